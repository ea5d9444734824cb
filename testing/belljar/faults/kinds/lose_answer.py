"""`lose_answer`: the work is done, and the answer does not arrive."""

from __future__ import annotations

from belljar.faults.answers import Actions, close, leading_waits, reset, stall
from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Parameter, Values

__all__: list[str] = []

ENDS = {"reset": reset, "close": close, "timeout": stall}


def _actions(actions: Actions, values: Values) -> Actions:
    return (*leading_waits(actions), ENDS[values["how"]]())


register(
    Kind(
        name="lose_answer",
        summary="does the work, and lets the answer get lost",
        fits=("http", "storage", "client", "smtp", "tcp", "postgres", "valkey", "sql"),
        parameters=(
            Parameter(
                "how",
                str,
                "reset",
                "what the caller sees; `sql` knows the broken connection only",
                choices=tuple(ENDS),
            ),
        ),
        actions=_actions,
    )
)
