"""`slice`: the work is done, and the answer comes in small pieces."""

from __future__ import annotations

from belljar.faults.answers import Action, Actions, send, wait
from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Parameter, Values

__all__: list[str] = []


def _actions(actions: Actions, values: Values) -> Actions:
    size, delay = values["size"], values["delay"]
    sliced: list[Action] = []
    for action in actions:
        if action.what != "send":
            sliced.append(action)
            continue
        for start in range(0, len(action.data), size):
            if start:
                sliced.append(wait(delay))
            sliced.append(send(action.data[start : start + size]))
    return tuple(sliced)


register(
    Kind(
        name="slice",
        summary="sends the answer in pieces",
        fits=("http", "storage", "client", "smtp", "tcp", "postgres", "valkey"),
        parameters=(
            Parameter("size", int, meaning="bytes of a piece", low=1),
            Parameter("delay", float, 0.0, "seconds between two", low=0, high=60),
        ),
        actions=_actions,
    )
)
