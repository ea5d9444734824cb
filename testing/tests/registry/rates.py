"""A model of a team's own: exchange rates, and notes that can be taken; and ways to plant a difference in it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from belljar.mocks import Mock, MockClient
from belljar.mocks.http import Request, Response
from belljar.mocks.namespaces import Namespace
from belljar.mocks.registry import Record

__all__ = ["Rates", "RatesClient", "notes", "reading"]

State = dict[str, float]


class Rates(Mock[State]):
    """`GET /rates` and `POST /notes`."""

    name = "rates"
    boundaries: Mapping[str, str] = {"rates": "http"}
    routes = ("rates",)

    def new(self, namespace: str) -> State:
        """Two rates."""
        return {"usd": 1.08, "gbp": 0.85}

    def namespace_of(self, request: Request) -> str:
        """The team's."""
        return request.headers.get("x-team", "default")

    def answer(self, space: Namespace[State], request: Request) -> Response:
        """The rates, or what was noted."""
        if request.method == "POST":
            return Response.of_json({"noted": request.body.decode()}, 201, {"X-Number": "1"})
        rates = [{"currency": name, "rate": rate} for name, rate in space.state.items()]
        return Response.of_json({"rates": rates}, headers={"X-Count": str(len(rates))})

    def control(self, space: Namespace[State], request: Request, route: str) -> Response | None:
        """`PUT rates`: others."""
        if route == "rates" and request.method == "PUT":
            space.state.clear()
            space.state.update(request.json())  # type: ignore[call-overload]  # the test's own
            return Response.of_json({})
        return None


class Strange(Rates):
    """The same, but for what a variable says: a process that parts from the model inside."""

    def answer(self, space: Namespace[State], request: Request) -> Response:
        """The same, but for one thing."""
        answer = super().answer(space, request)
        match os.environ.get("STRANGE", ""):
            case "status":
                answer.status = 203
            case "field":
                answer.body = answer.body.replace(b'"currency"', b'"code"')
            case "value":
                answer.body = answer.body.replace(b"0.85", b"0.86")
            case "header":
                answer.headers = [each for each in answer.headers if each[0] != "X-Count"]
            case "order":
                answer.body = (
                    b'{"rates":['
                    + b",".join(reversed(answer.body[10:-2].replace(b"},{", b"}|{").split(b"|")))
                    + b"]}"
                )
        return answer


class RatesClient(MockClient):
    """What a test gets."""

    boundaries = Rates.boundaries

    @property
    def headers(self) -> dict[str, str]:
        """Whose requests these are."""
        return {"X-Team": self.namespace}

    def say(self, **rates: float) -> None:
        """Have these rates, and no others."""
        self.call("PUT", "rates", rates)


def reading(client: RatesClient, record: Record) -> None:
    """Read, before and after a change."""
    send = record.http(client.url, client.headers)
    send("GET /rates")
    client.say(usd=1.0, eur=1.0)
    send("GET /rates")


def notes(client: RatesClient, record: Record) -> None:
    """Take a note."""
    record.http(client.url, client.headers)("POST /notes", _body=b"hello")
