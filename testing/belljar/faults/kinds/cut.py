"""`cut`: the work is done, and the connection ends after so many bytes of the answer."""

from __future__ import annotations

from dataclasses import replace

from belljar.faults.answers import Action, Actions, close, reset
from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Parameter, Values

__all__: list[str] = []


def _actions(actions: Actions, values: Values) -> Actions:
    left: int = values["after"]
    kept: list[Action] = []
    for action in actions:
        if action.what != "send":
            kept.append(action)
            continue
        part = action.data[:left]
        if part:
            kept.append(replace(action, data=part))
        left -= len(part)
        if len(part) < len(action.data) or not left:
            break
    return (*kept, reset() if values["how"] == "reset" else close())


register(
    Kind(
        name="cut",
        summary="ends the connection in the middle of the answer",
        fits=("http", "storage", "client", "smtp", "tcp", "postgres", "valkey"),
        parameters=(
            Parameter("after", int, meaning="bytes, of head and body together", low=0),
            Parameter("how", str, "close", "how it ends", choices=("close", "reset")),
        ),
        actions=_actions,
    )
)
