"""`reset`: nothing is done, and the connection breaks."""

from __future__ import annotations

from belljar.faults.answers import Actions, leading_waits, reset
from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Values

__all__: list[str] = []


def _actions(actions: Actions, values: Values) -> Actions:
    return (*leading_waits(actions), reset())


register(
    Kind(
        name="reset",
        summary="breaks the connection instead of doing the work",
        fits=("http", "storage", "client", "smtp", "tcp", "postgres", "valkey", "sql"),
        instead=True,
        actions=_actions,
    )
)
