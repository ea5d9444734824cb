"""`slow`: the work is done, and the answer comes at so many bytes a second."""

from __future__ import annotations

import math

from belljar.faults.answers import Action, Actions, send, wait
from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Parameter, Values

__all__: list[str] = []

# Parts a second, as far as the answer is not so long that they would be too many.
RATE = 20
MOST = 5000


def _actions(actions: Actions, values: Values) -> Actions:
    speed: float = values["bytes_per_second"]
    slow: list[Action] = []
    for action in actions:
        if action.what != "send":
            slow.append(action)
            continue
        size = max(1, math.ceil(speed / RATE), math.ceil(len(action.data) / MOST))
        for start in range(0, len(action.data), size):
            part = action.data[start : start + size]
            slow += [wait(len(part) / speed), send(part)]
    return tuple(slow)


register(
    Kind(
        name="slow",
        summary="sends the answer slowly",
        fits=("http", "storage", "client", "smtp", "tcp", "postgres", "valkey"),
        parameters=(Parameter("bytes_per_second", float, meaning="the speed", low=1),),
        actions=_actions,
    )
)
