"""`kill`: the server's process ends at once; nothing is answered."""

from __future__ import annotations

from belljar.faults.answers import Actions, kill, leading_waits
from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Values

__all__: list[str] = []


def _actions(actions: Actions, values: Values) -> Actions:
    return (*leading_waits(actions), kill())


register(
    Kind(
        name="kill",
        summary="kills the server's process",
        fits=("process", "http", "storage", "smtp"),
        instead=True,
        actions=_actions,
    )
)
