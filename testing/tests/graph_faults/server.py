"""Two little services for the tests of faults in a graph: `shop`, with database, cache and a `stock` behind it."""

from __future__ import annotations

import argparse
import http.server
import socket
import socketserver
import urllib.request
from typing import Any


class Shop:
    """Sells things: a row in the database, a number in the cache, and a word with the stock."""

    def __init__(self, database: str, cache: str, stock: str) -> None:
        import valkey
        from valkey.backoff import NoBackoff
        from valkey.retry import Retry

        self._database = database
        self._connection: Any = None
        self._cache: Any = valkey.Valkey.from_url(cache, retry=Retry(NoBackoff(), 0))
        self._stock = stock

    def answer(self, path: str) -> str:
        """Give `done`, or the name of what went wrong."""
        try:
            return self._do(path)
        except Exception as error:
            if self._connection is not None and self._connection.broken:
                self._connection = None
            return type(error).__name__

    def _open(self) -> Any:
        import psycopg

        return psycopg.connect(self._database)

    def _do(self, path: str) -> str:
        verb, _, number = path[1:].partition("/")
        if verb == "sell":
            connection = self._connection = self._connection or self._open()
            with connection.transaction():
                connection.execute("INSERT INTO sale VALUES (%s)", [int(number)])
        elif verb == "count":
            return str(self._cache.incr("sold"))
        elif verb == "ask":
            with urllib.request.urlopen(f"{self._stock}/", timeout=5) as response:
                return str(response.read().decode())
        return "done"


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with what the shop says; the stock has no shop."""

    shop: Shop | None = None

    def do_GET(self) -> None:
        """Answer."""
        body = (self.shop.answer(self.path) if self.shop else "plenty").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """On a socket that was made before."""

    daemon_threads = True

    def __init__(self, descriptor: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = socket.socket(fileno=descriptor)
        self.server_activate()


def main() -> None:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument("--database")
    parser.add_argument("--cache")
    parser.add_argument("--stock")
    options = parser.parse_args()
    if options.stock:
        Handler.shop = Shop(options.database, options.cache, options.stock)
    Server(options.fd).serve_forever()


if __name__ == "__main__":
    main()
