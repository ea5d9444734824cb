"""When a process counts as ready."""

from __future__ import annotations

import http.server
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from belljar.processes import (
    CommandReady,
    HttpReady,
    LineReady,
    NotReady,
    TcpReady,
    UnixReady,
    bind_socket,
    short_directory,
    start_process,
)


class Said:
    """A process that has said something."""

    pid = 0

    def __init__(self, text: str) -> None:
        self.text = text

    def log_bytes(self, start: int, limit: int) -> bytes:
        """What it has said."""
        return self.text.encode()[start : start + limit]


SILENT = Said("")

LISTEN = """
import socket, sys, time
server = socket.socket(fileno=int(sys.argv[1]))
server.listen()
time.sleep(60)
"""
CLOSE = LISTEN.replace("listen()", "listen(); server.close(); print('closed')")


def test_half_a_line_is_not_a_line_yet() -> None:
    """A port cut in two would be another port."""
    ready = LineReady(r"port (\d+)")
    assert ready.pending(Said("port 80")) is not None
    assert ready.pending(Said("port 8080\n")) is None
    match = ready.match(Said("port 8080\nport 9"))
    assert match is not None
    assert match[1] == "8080"


def test_a_line_is_searched_not_only_its_start() -> None:
    assert LineReady("up$").pending(Said("now it is up\n")) is None


def test_a_line_is_looked_at_once() -> None:
    """A server that floods its log would be read from the start at each look."""

    class Counting(Said):
        read = 0

        def log_bytes(self, start: int, limit: int) -> bytes:
            data = super().log_bytes(start, limit)
            self.read += len(data)
            return data

    said = Counting("a\n" * 1000)
    ready = LineReady("up")
    for _ in range(10):
        assert ready.pending(said) == "1000 lines of output, none of them matches"
    assert said.read == len(said.text)
    said.text += "u"
    assert ready.pending(said) is not None
    said.text += "p\n"
    assert ready.pending(said) is None


def test_one_strategy_serves_several_processes() -> None:
    ready = LineReady("up")
    assert ready.pending(Said("up\n")) is None
    assert ready.pending(Said("down\n")) == "1 line of output, none of them matches"


def test_a_command_says_whether_it_is_ready(tmp_path: Path) -> None:
    file = tmp_path / "up"
    ready = CommandReady(["sh", "-c", f"test -e {file} || {{ echo not yet; exit 3; }}"])
    assert ready.pending(SILENT) == "exit code 3: not yet"
    file.touch()
    assert ready.pending(SILENT) is None


def test_a_command_that_hangs_or_is_not_there_is_not_ready() -> None:
    assert CommandReady(["sleep", "60"], timeout=0.1).pending(SILENT) == "no end within 0.1 s"
    pending = CommandReady(["no-such-client"]).pending(SILENT)
    assert pending is not None
    assert "No such file" in pending


def test_a_bound_port_is_ready_when_the_process_listens() -> None:
    with bind_socket() as bound:
        host, port = bound.getsockname()
        ready = TcpReady(host, port)
        assert ready.pending(SILENT) == "connection refused"
        with start_process(
            [sys.executable, "-c", LISTEN, str(bound.fileno())],
            pass_fds=[bound.fileno()],
            ready=ready,
        ):
            bound.close()
            assert ready.pending(SILENT) is None
        assert ready.pending(SILENT) == "connection refused"


def test_a_port_is_closed_when_the_process_closes_it() -> None:
    """Nobody in between keeps a listening socket open: a server that drains refuses newcomers."""
    with bind_socket() as bound:
        host, port = bound.getsockname()
        with start_process(
            [sys.executable, "-c", CLOSE, str(bound.fileno())],
            pass_fds=[bound.fileno()],
            ready=LineReady("closed"),
        ):
            bound.close()
            assert TcpReady(host, port).pending(SILENT) == "connection refused"


def test_a_port_that_never_opens_is_told_with_its_address() -> None:
    with bind_socket() as bound:
        port = bound.getsockname()[1]
        with pytest.raises(NotReady, match=rf"a connection to 127\.0\.0\.1:{port}") as caught:
            start_process(["sleep", "60"], ready=TcpReady("127.0.0.1", port), ready_timeout=0.1)
    assert caught.value.last_status == "connection refused"


def test_a_unix_socket_is_ready_when_it_is_listened_to() -> None:
    with short_directory() as folder, socket.socket(socket.AF_UNIX) as server:
        ready = UnixReady(folder / "s")
        assert ready.pending(SILENT) == "no such file or directory"
        server.bind(str(folder / "s"))
        assert ready.pending(SILENT) == "connection refused"
        server.listen()
        assert ready.pending(SILENT) is None


@pytest.fixture
def web() -> Iterator[str]:
    """An HTTP server on which /200 answers 200, and so on."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(int(Path(self.path).name))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_url_is_ready_with_a_good_status(web: str) -> None:
    assert HttpReady(f"{web}/204").pending(SILENT) is None
    assert HttpReady(f"{web}/503").pending(SILENT) == "HTTP 503"
    assert HttpReady(f"{web}/302").pending(SILENT) == "HTTP 302"
    assert HttpReady(f"{web}/401", status=401).pending(SILENT) is None
    assert HttpReady(f"{web}/200", status=401).pending(SILENT) == "HTTP 200"


def test_a_url_nobody_serves_is_not_ready() -> None:
    with bind_socket() as bound:
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/health"
        ready = HttpReady(url)
        assert ready.pending(SILENT) == "connection refused"
        assert ready.what == f"HTTP 2xx from {url}"


@pytest.mark.parametrize("url", ["https://127.0.0.1/", "127.0.0.1:80", "http:///path"])
def test_a_url_that_cannot_be_waited_for_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="needs an http:// URL"):
        HttpReady(url)
