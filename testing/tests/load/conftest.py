"""Fixtures of the load tests: a tiny web server, and scenarios written for one test."""

from __future__ import annotations

import textwrap
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

WriteScenario = Callable[..., Path]


class Answers(BaseHTTPRequestHandler):
    """Answers `/bad` with 503 and everything else with 200."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a request."""
        self.send_response(503 if self.path == "/bad" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """The base URL of a running web server."""
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    httpd.daemon_threads = True
    # Its threads wait for requests on open connections: they end with the connections.
    httpd.block_on_close = False
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def write_scenario(tmp_path: Path, server: str) -> WriteScenario:
    """A function that writes a scenario against the server: `write_scenario(task="...")`."""

    def write_scenario(
        *,
        task: str = 'self.client.get("/")',
        thresholds: str = '(Threshold("http_req_failed", "rate<0.01"),)',
        user: str = "HttpUser",
        prelude: str = "",
    ) -> Path:
        file = tmp_path / "small_scenario.py"
        file.write_text(
            textwrap.dedent(
                f"""\
                {prelude}
                from contextlib import contextmanager
                from locust import HttpUser, constant, task
                from belljar.load import Threshold

                THRESHOLDS = {thresholds}

                @contextmanager
                def target():
                    yield {server!r}

                class Visitor({user}):
                    wait_time = constant(0.005)

                    @task
                    def visit(self):
                        {task}
                """
            ),
            encoding="utf-8",
        )
        return file

    return write_scenario
