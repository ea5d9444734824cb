"""What the tests of belljar.faults share: a server of answers, and points that are taken down again."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from belljar.faults import Faults

BODY = json.dumps({"id": "ch_1", "amount": 1000}).encode()


@dataclass
class LittleServer:
    """An HTTP server that answers BODY to anything, and remembers what came."""

    url: str
    came: list[str] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[LittleServer]:
    """Serve on a port of its own."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            little.came.append(f"{self.command} {self.path}")
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY)

        do_POST = do_GET

        def log_message(self, *arguments: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as real:
        real.daemon_threads = True
        real.block_on_close = False
        little = LittleServer(f"http://127.0.0.1:{real.server_port}")
        thread = threading.Thread(target=real.serve_forever, args=(0.01,))
        thread.start()
        yield little
        real.shutdown()
        thread.join()


@pytest.fixture
def faults() -> Iterator[Faults]:
    """Give faults without the plugin: what it does is tested from outside."""
    session = Faults(seed=7, test="x_test.py::test_one")
    yield session
    session.close()


@pytest.fixture
def schedule_of() -> Callable[..., list[tuple[str, Any]]]:
    """Give the actions for an answer under the faults that a function plans, as pairs."""
    from belljar.faults import Call, FaultEngine, Planner
    from belljar.faults.wire import Answer, schedule

    def make(plan: Callable[[Any], object], answer: Any = None, on: str = "http") -> Any:
        planner = Planner(seed=7)
        plan(planner.on(on))
        faults = FaultEngine(planner.plan, on, on).decide(Call("GET", "/"))
        if answer is None:
            answer = Answer(200, [("Content-Type", "application/json")], BODY)
        return [(action.what, action.data or action.seconds) for action in schedule(answer, faults)]

    return make
