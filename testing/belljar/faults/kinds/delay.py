"""`delay`: a webhook is delivered later."""

from __future__ import annotations

from dataclasses import replace

from belljar.faults.kind import Delivery, Kind, register
from belljar.faults.parameters import Parameter, Values

__all__: list[str] = []


def _delivery(delivery: Delivery, values: Values) -> Delivery:
    return replace(delivery, delay=delivery.delay + values["seconds"])


register(
    Kind(
        name="delay",
        summary="delivers the event later",
        fits=("webhook",),
        parameters=(Parameter("seconds", float, meaning="how much later", low=0, high=3600),),
        delivery=_delivery,
    )
)
