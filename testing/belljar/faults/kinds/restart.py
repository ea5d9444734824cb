"""`restart`: the server's process ends at once, and comes back; nothing is answered."""

from __future__ import annotations

from belljar.faults.answers import Actions, kill, leading_waits
from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Parameter, Values

__all__: list[str] = []


def _actions(actions: Actions, values: Values) -> Actions:
    return (*leading_waits(actions), kill(values["after"]))


register(
    Kind(
        name="restart",
        summary="kills the server's process, and starts it again",
        fits=("process", "http", "storage", "smtp"),
        parameters=(Parameter("after", float, 0.0, "seconds until it is back", low=0, high=3600),),
        instead=True,
        actions=_actions,
    )
)
