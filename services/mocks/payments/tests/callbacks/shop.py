"""A little shop that is paid by Stripe: it asks for webhooks, checks their signatures and tells what came."""

from __future__ import annotations

import argparse
import http.server
import json
import socket

import stripe


class Shop(http.server.HTTPServer):
    """Knows the secret of its webhooks and the events that were signed with it."""

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = socket.socket(fileno=options.fd)
        self.server_activate()
        self._client = stripe.StripeClient(
            options.key, base_addresses={"api": options.payments, "files": options.payments}
        )
        self._own = options.own
        self._secret = ""
        self.events: list[str] = []

    def ask_for_webhooks(self) -> None:
        """Tell the payment provider where to post them."""
        endpoint = self._client.v1.webhook_endpoints.create(
            {"url": f"{self._own}/webhooks", "enabled_events": ["payment_intent.succeeded"]}
        )
        self._secret = endpoint.secret or ""

    def take(self, body: bytes, signature: str) -> None:
        """Take an event. Raises what the library raises for a wrong signature."""
        event = stripe.Webhook.construct_event(body, signature, self._secret)
        self.events.append(f"{event.type} {event.data.object['id']}")


class Handler(http.server.BaseHTTPRequestHandler):
    """GET gives the events; POST is a webhook, or the wish for them."""

    server: Shop

    def do_GET(self) -> None:
        """Answer."""
        self._answer(200, json.dumps(self.server.events).encode())

    def do_POST(self) -> None:
        """Answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/webhooks":
            self.server.ask_for_webhooks()
            self._answer(200)
            return
        try:
            self.server.take(body, self.headers["Stripe-Signature"])
        except stripe.SignatureVerificationError:
            self._answer(400)
        else:
            self._answer(200)

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--fd", type=int, required=True)
    for name in ("own", "payments", "key"):
        parser.add_argument(f"--{name}", required=True)
    Shop(parser.parse_args()).serve_forever()


if __name__ == "__main__":
    main()
