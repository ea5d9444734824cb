"""A server that writes its secrets to its log."""

from __future__ import annotations

import http.server
import os
import socket
import sys
from pathlib import Path


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers everything."""

    def do_GET(self) -> None:
        """Say what it has; note the graph's own for the test that looks for it."""
        own = os.environ["OWN"]
        if self.path == "/own":
            Path(__file__).with_name("own_secret").write_text(own, encoding="utf-8")
        print("the token is", os.environ["TOKEN"], "and", own, flush=True)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(own.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


server = http.server.HTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
server.socket.close()
server.socket = socket.socket(fileno=int(sys.argv[sys.argv.index("--fd") + 1]))
server.server_activate()
server.serve_forever()
