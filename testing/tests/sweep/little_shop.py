"""A little shop for the tests of belljar.sweep: it charges by the payments mock, with bad habits as options."""

from __future__ import annotations

import argparse
import http.server
import json
import os
import socket
import socketserver
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import Any

TIMEOUT = 0.4
TRIES = 3
PAUSE = 0.01


class Unpaid(Exception):
    """Nobody knows whether it was paid."""


def ask(method: str, path: str, form: dict[str, str] | None = None, key: str = "") -> Any:
    """Give what the payments service answers; an OSError or ValueError if that is nothing."""
    headers = {"Authorization": f"Bearer {os.environ['PAYMENTS_KEY']}"}
    if key:
        headers["Idempotency-Key"] = key
    data = urllib.parse.urlencode(form).encode() if form is not None else None
    request = urllib.request.Request(
        os.environ["PAYMENTS_URL"] + path, data=data, headers=headers, method=method
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
        return json.loads(response.read())


def charge(habit: str, amount: int) -> Any:
    """Charge the amount, as carefully as the habit has it."""
    form = {
        "amount": str(amount),
        "currency": "eur",
        "payment_method": "pm_card_visa",
        "confirm": "true",
        "payment_method_types[]": "card",
    }
    key = str(uuid.uuid4())
    tries = 0
    while True:
        tries += 1
        try:
            return ask("POST", "/v1/payment_intents", form, "" if habit == "double" else key)
        except (OSError, ValueError, http.client.HTTPException) as error:
            if habit == "forgetful" or (habit != "endless" and tries >= TRIES):
                raise Unpaid(str(error)) from error
            time.sleep(PAUSE)  # as a client's pause between two tries


def discount(habit: str) -> int:
    """Give what a known customer saves; without the answer, nothing."""
    try:
        return len(ask("GET", "/v1/customers?limit=1")["data"])
    except (OSError, ValueError, KeyError, http.client.HTTPException):
        return 0


class Shop(http.server.BaseHTTPRequestHandler):
    """POST /orders buys; GET /orders lists."""

    habit = "careful"

    def do_GET(self) -> None:
        """Answer readiness."""
        self._answer(200, {"ready": True})

    def do_POST(self) -> None:
        """Take an order, and have it paid."""
        import psycopg

        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=3) as connection:
                identifier = str(uuid.uuid4())
                connection.execute(
                    "INSERT INTO purchase (id, amount, status) VALUES (%s, %s, 'new')",
                    (identifier, order["amount"]),
                )
                connection.commit()
                amount = order["amount"] - discount(self.habit)
                try:
                    charge(self.habit, amount)
                    status = "paid"
                except Unpaid:
                    # Who forgets, forgets that it may have been charged.
                    status = "lost" if self.habit == "forgetful" else "unclear"
                connection.execute(
                    "UPDATE purchase SET status = %s WHERE id = %s", (status, identifier)
                )
        except psycopg.Error as error:
            self._answer(503, {"error": str(error)})
            return
        self._answer(201 if status == "paid" else 502, {"id": identifier, "status": status})

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, content: object) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """On a socket that was made before."""

    daemon_threads = True

    def __init__(self, listening: socket.socket) -> None:
        super().__init__(("127.0.0.1", 0), Shop, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self.server_activate()


def main() -> None:
    """Serve until it is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    parser.add_argument(
        "--habit", default="careful", choices=("careful", "double", "forgetful", "endless")
    )
    options = parser.parse_args()
    Shop.habit = options.habit
    Server(socket.socket(fileno=options.fd)).serve_forever()


if __name__ == "__main__":
    main()
