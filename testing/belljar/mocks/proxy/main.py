"""`python -m belljar.mocks.proxy`: a server of proxies that speaks Toxiproxy's API.

python -m belljar.mocks.proxy --port 8474
python -m belljar.mocks.proxy --fd 3 --config proxies.json --seed 7

It says where it listens in a line on standard output, and ends with SIGTERM or Ctrl-C.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

# Imported, the toxics are known.
from belljar.mocks.proxy import toxics as _toxics  # noqa: F401
from belljar.mocks.proxy.addresses import Address
from belljar.mocks.proxy.api import Api
from belljar.mocks.proxy.collection import Proxies
from belljar.mocks.proxy.errors import BadRequest, ProxyError
from belljar.mocks.proxy.http_server import HttpServer

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal comes; give the exit code."""
    options = _options().parse_args(arguments)
    try:
        listening = _listening(options)
        populated = _config(options.config) if options.config else []
        # Windows' usual loop has no add_reader.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            return runner.run(_serve(listening, populated, options.seed))
    except ProxyError as error:
        print(f"belljar.mocks.proxy: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(
        prog="python -m belljar.mocks.proxy",
        description="A TCP proxy with toxics, controlled by Toxiproxy's HTTP API.",
    )
    where = options.add_mutually_exclusive_group()
    where.add_argument("--fd", type=int, help="a bound TCP socket that was inherited, for the API")
    where.add_argument(
        "--port", type=int, default=8474, help="port of the API, 0: any (default: %(default)s)"
    )
    options.add_argument(
        "--host", default="127.0.0.1", help="host of the API (default: %(default)s)"
    )
    options.add_argument(
        "--config", type=Path, metavar="FILE", help="JSON list of proxies to begin with"
    )
    options.add_argument(
        "--seed", type=int, default=0, help="of all that is left to chance (default: %(default)s)"
    )
    return options


def _listening(options: argparse.Namespace) -> socket.socket:
    if options.fd is None:
        if not 0 <= options.port <= 65535:
            raise BadRequest(f"--port is {options.port}", "give a number from 0 to 65535")
        return Address(options.host, options.port).listen()[0]
    try:
        listening = socket.socket(fileno=options.fd)
        listening.getsockname()
    except OSError as error:
        raise BadRequest(
            f"--fd is {options.fd}: {error.strerror}",
            "pass the number of a bound TCP socket that this process inherits",
        ) from None
    listening.setblocking(False)
    return listening


def _config(file: Path) -> list[object]:
    fix = 'give a file with a list such as [{"name": "db", "upstream": "127.0.0.1:5432"}]'
    try:
        proxies = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadRequest(f"--config {file}: {error.strerror}", fix) from None
    except ValueError as error:
        raise BadRequest(f"--config {file}: {error}", fix) from None
    if not isinstance(proxies, list):
        raise BadRequest(f"--config {file} has no list", fix)
    return proxies


async def _serve(listening: socket.socket, populated: list[object], seed: int) -> int:
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # Windows: Ctrl-C is a KeyboardInterrupt there
            loop.add_signal_handler(number, ended.set)
    proxies = Proxies(loop, seed=seed)
    server = HttpServer(Api(proxies))
    try:
        there, error = proxies.populate(populated)
        if error:
            raise error
        host, port = listening.getsockname()[:2]
        await server.start(listening)
        for proxy in there:
            print(f"proxy {proxy.name} listens at {proxy.listen} for {proxy.upstream}", flush=True)
        print(f"belljar.mocks.proxy listens at {Address(str(host), port)}", flush=True)
        await ended.wait()
    finally:
        await server.close()
        proxies.close()
        listening.close()
    return 0
