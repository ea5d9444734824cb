"""`duplicate`: a webhook is delivered more than once."""

from __future__ import annotations

from dataclasses import replace

from belljar.faults.kind import Delivery, Kind, register
from belljar.faults.parameters import Parameter, Values

__all__: list[str] = []


def _delivery(delivery: Delivery, values: Values) -> Delivery:
    return replace(delivery, copies=delivery.copies + values["copies"])


register(
    Kind(
        name="duplicate",
        summary="delivers the same event again",
        fits=("webhook",),
        parameters=(Parameter("copies", int, 1, "so often more", low=1, high=100),),
        delivery=_delivery,
    )
)
