"""`timeout`: nothing is done and nothing is answered, until the caller gives up."""

from __future__ import annotations

from belljar.faults.answers import Actions, leading_waits, stall
from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Parameter, Values

__all__: list[str] = []


def _actions(actions: Actions, values: Values) -> Actions:
    return (*leading_waits(actions), stall())


register(
    Kind(
        name="timeout",
        summary="never answers; the connection stays until the caller leaves",
        fits=("http", "storage", "client", "smtp", "tcp", "postgres", "valkey", "subprocess"),
        parameters=(
            Parameter(
                "phase",
                str,
                "read",
                "what times out; `connect` is for `client` only",
                choices=("read", "connect"),
            ),
        ),
        instead=True,
        actions=_actions,
    )
)
