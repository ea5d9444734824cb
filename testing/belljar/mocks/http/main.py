"""`run`: the main of a mock server: options in, requests answered, exit code 0 after SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Sequence

from belljar.mocks.errors import CannotListen, MockError
from belljar.mocks.http.listening import open_socket, url_of
from belljar.mocks.http.loops import new_loop
from belljar.mocks.http.server import HttpServer

__all__ = ["run"]

# Objects that come and stay until the garbage collector looks; Python's own number is 700.
COLLECT_AFTER = 50_000


def run(
    name: str,
    make: Callable[[], HttpServer],
    arguments: Sequence[str] | None = None,
    own: argparse.ArgumentParser | None = None,
) -> int:
    """Serve what `make` makes until SIGTERM or SIGINT; returns the exit status.

    `own` has the mock's own options (and no help), which it has read already: they are in its --help.

    It prints `NAME: listening on http://127.0.0.1:41873` as soon as requests are answered. The
    status is 0 after a graceful end, and 2 when the address can't be used or `make` says what else is wrong.
    """
    parser = argparse.ArgumentParser(
        prog=name,
        description=f"the mock service {name}",
        parents=[own] if own is not None else [],
        allow_abbrev=False,
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--fd", type=int, help="the number of an inherited, bound socket")
    where.add_argument("--port", type=int, default=0, help="0, the default: a free one")
    parser.add_argument("--host", default="127.0.0.1")
    options = parser.parse_args(arguments)
    try:
        listening = open_socket(options.host, options.port, options.fd)
    except CannotListen as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    url = url_of(listening)
    loop = new_loop()

    async def serve() -> None:
        asked = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            try:
                loop.add_signal_handler(number, asked.set)
            except NotImplementedError:  # Windows
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(asked.set))
        server = make()
        await server.start(listening)
        # What is there now stays: the collector need not look at it again. Nor often at what comes: a
        # mock keeps what it is told, and makes next to no cycles; it was a tenth of a request's time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(COLLECT_AFTER, 20, 50)
        print(f"{name}: listening on {url}", flush=True)
        await asked.wait()
        await server.stop()

    try:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())
    except MockError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    return 0
