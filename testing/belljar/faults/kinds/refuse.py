"""`refuse`: no connection comes about.

A server that has accepted can only break the connection: there it is like `reset`. A real refusal is
had at `client`, at `sql`, and from a proxy in front of the server.
"""

from __future__ import annotations

from belljar.faults.answers import Actions, leading_waits, reset
from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Values

__all__: list[str] = []


def _actions(actions: Actions, values: Values) -> Actions:
    return (*leading_waits(actions), reset())


register(
    Kind(
        name="refuse",
        summary="refuses the connection",
        fits=("http", "storage", "client", "smtp", "tcp", "postgres", "valkey"),
        instead=True,
        actions=_actions,
    )
)
