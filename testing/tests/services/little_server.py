"""A little HTTP server for the tests of belljar.services, with every bad habit as an option."""

from __future__ import annotations

import argparse
import http.server
import json
import os
import signal
import socket
import socketserver
import sys
import time


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers /env/NAME, /args, /exit/CODE and everything else."""

    def do_GET(self) -> None:
        """Answer."""
        verb, _, argument = self.path[1:].partition("/")
        if verb == "exit":
            print(f"leaving with {argument}", flush=True)
            os._exit(int(argument))
        if verb == "say":
            print(argument, flush=True)
        status = 503 if verb == "busy" else 200
        body = {
            "env": lambda: os.environ.get(argument, "(unset)"),
            "environ": lambda: json.dumps(dict(os.environ)),
            "args": lambda: json.dumps(sys.argv[1:]),
            "cwd": os.getcwd,
        }.get(verb, lambda: "ok")()
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def address_string(self) -> str:
        """Give nothing: a Unix socket's client has no address."""
        return "client"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """On a socket that was made before."""

    daemon_threads = True

    def __init__(self, listening: socket.socket) -> None:
        super().__init__(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.server_activate()


def made(options: argparse.Namespace) -> socket.socket:
    """Give the socket that the options ask for."""
    if options.fd is not None:
        return socket.socket(fileno=options.fd)
    if options.path:
        bound = socket.socket(socket.AF_UNIX)
        bound.bind(options.path)
        return bound
    bound = socket.socket()
    if not options.rude:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", options.port))
    return bound


def main() -> None:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int)
    parser.add_argument("--path")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--rude", action="store_true", help="bind without SO_REUSEADDR")
    parser.add_argument("--report", action="store_true", help="print the port")
    parser.add_argument("--die", type=int, help="exit at once with this code")
    parser.add_argument("--deaf", action="store_true", help="do not listen")
    parser.add_argument("--stubborn", action="store_true", help="ignore SIGTERM")
    parser.add_argument("--flood", type=int, default=0, help="write so many MB first")
    parser.add_argument("--fork", action="store_true", help="go into the background")
    parser.add_argument(
        "--children", type=int, default=0, help="start so many, and tell their pids"
    )
    parser.add_argument("--say", action="append", default=[])
    parser.add_argument("--slow", type=float, default=0.0, help="seconds of work before it listens")
    parser.add_argument("rest", nargs="*")
    options = parser.parse_args()
    for line in options.say:
        print(line, flush=True)
    if options.die is not None:
        sys.exit(options.die)
    if options.fork and os.fork():
        os._exit(0)
    signal.signal(
        signal.SIGTERM,
        signal.SIG_IGN if options.stubborn else lambda *_: os._exit(0),
    )
    for _ in range(options.children):
        if (child := os.fork()) == 0:
            while True:
                signal.pause()
        print(f"child {child}", flush=True)
    for _ in range(options.flood):
        os.write(1, (b"x" * 1023 + b"\n") * 1024)
    if options.slow:
        time.sleep(options.slow)  # the work of a slow start
    if options.deaf:
        while True:
            signal.pause()
    server = Server(made(options))
    if options.report:
        print(f"listening on 127.0.0.1:{server.socket.getsockname()[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
