"""For servers: how an answer goes out under faults, as a list of actions; nothing is done here.

    faults = engine.decide(Call(request.method, request.path))
    answer = Answer(500) if instead(faults) else await work(request)
    actions = schedule(answer, faults)
    keep = await play(actions, transport)       # belljar.faults.playing

`schedule` takes an `Answer`, or the bytes of any protocol. Faults that change the answer come first,
in the order of the plan, then those that change how it is sent, in the same order.
"""

from __future__ import annotations

from collections.abc import Iterable

from belljar.faults.answers import Action, Actions, Answer, send
from belljar.faults.fault import Fault
from belljar.faults.playing import end_process, play

__all__ = [
    "Action",
    "Actions",
    "Answer",
    "end_process",
    "injected",
    "instead",
    "play",
    "schedule",
]


def instead(faults: Iterable[Fault]) -> bool:
    """Tell whether the work is not to be done: a fault comes in its place."""
    return any(fault.instead for fault in faults)


def schedule(answer: Answer | bytes, faults: Iterable[Fault]) -> Actions:
    """Give the actions that send this answer, as the faults have it.

    Of bytes, HTTP is understood where a fault changes an HTTP answer; other faults take them as they are.
    With none, the answer is sent in one piece and the connection stays.
    """
    listed = list(faults)
    changes = [(fault, fault.definition) for fault in listed]
    for fault, kind in changes:
        if kind.answer is not None:
            whole = Answer.parse(answer) if isinstance(answer, bytes) else answer
            answer = kind.answer(whole, fault.values)
        elif kind.reply is not None:
            answer = kind.reply(fault.values)
    data = answer if isinstance(answer, bytes) else answer.encode()
    actions: Actions = (send(data),) if data else ()
    for fault, kind in changes:
        if kind.actions is not None:
            actions = kind.actions(actions, fault.values)
    return actions


def injected(faults: Iterable[Fault]) -> str:
    """Give the text for a journal: `status, latency`."""
    return ", ".join(fault.kind for fault in faults)
