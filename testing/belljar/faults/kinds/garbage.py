"""`garbage`: bytes of no protocol, drawn by chance, and the end of the connection; nothing is done."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from belljar.faults.answers import Actions, close, leading_waits, send
from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Parameter, Values

__all__: list[str] = []


def _draw(values: Values, chance: random.Random) -> Mapping[str, Any]:
    # Never a line's end: that would be an answer of its own to a patient reader.
    return {"bytes": bytes(chance.randrange(128, 256) for _ in range(values["size"]))}


def _actions(actions: Actions, values: Values) -> Actions:
    return (*leading_waits(actions), send(values["bytes"]), close())


register(
    Kind(
        name="garbage",
        summary="answers with bytes that mean nothing, and closes",
        fits=("http", "storage", "client", "smtp", "tcp", "postgres", "valkey"),
        parameters=(Parameter("size", int, 64, "how many", low=1, high=65536),),
        instead=True,
        draw=_draw,
        actions=_actions,
    )
)
