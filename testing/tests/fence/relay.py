"""A service that connects wherever it is told to, for the tests of the fence around a graph."""

from __future__ import annotations

import argparse
import errno
import http.server
import os
import signal
import socket
import socketserver
import threading
from urllib.parse import unquote


def reach(address: str) -> str:
    """Give "ok", or the name of the error that a connection to `address` ends with."""
    family = socket.AF_UNIX if address.startswith("/") else socket.AF_INET
    host, _, port = address.rpartition(":")
    with socket.socket(family) as client:
        code = client.connect_ex(address if family == socket.AF_UNIX else (host, int(port)))
    return errno.errorcode.get(code, "ok")


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers /env/NAME and /reach/ADDRESS."""

    def do_GET(self) -> None:
        """Answer."""
        verb, _, argument = unquote(self.path[1:]).partition("/")
        body = reach(argument) if verb == "reach" else os.environ.get(argument, "")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

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


def main() -> None:
    """Serve until SIGTERM; also at the Unix socket `--path`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int)
    parser.add_argument("--path")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    if options.path:
        local = socket.socket(socket.AF_UNIX)
        local.bind(options.path)
        threading.Thread(target=Server(local).serve_forever, daemon=True).start()
    Server(socket.socket(fileno=options.fd)).serve_forever()


if __name__ == "__main__":
    main()
