"""`delivery`: how a webhook is delivered under these faults.

    delivery(faults)   # -> Delivery(copies=2, delay=0.0, behind=0)

`behind` means: only after so many later deliveries of the same endpoint, or when there are none to come.
"""

from __future__ import annotations

from collections.abc import Iterable

from belljar.faults.answers import Answer
from belljar.faults.fault import Fault
from belljar.faults.kind import Delivery

__all__ = ["Delivery", "delivery", "payload"]


def delivery(faults: Iterable[Fault]) -> Delivery:
    """Give how often, how late and behind how many others it is delivered."""
    result = Delivery()
    for fault in faults:
        if change := fault.definition.delivery:
            result = change(result, fault.values)
    return result


def payload(body: bytes, faults: Iterable[Fault]) -> bytes:
    """Give the body that is delivered: broken, if a fault says so. It is signed as it was."""
    answer = Answer(200, body=body)
    for fault in faults:
        if change := fault.definition.answer:
            answer = change(answer, fault.values)
    return answer.body
