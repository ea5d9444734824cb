"""`reorder`: a webhook is delivered after others that came later."""

from __future__ import annotations

from dataclasses import replace

from belljar.faults.kind import Delivery, Kind, register
from belljar.faults.parameters import Parameter, Values

__all__: list[str] = []


def _delivery(delivery: Delivery, values: Values) -> Delivery:
    return replace(delivery, behind=delivery.behind + values["behind"])


register(
    Kind(
        name="reorder",
        summary="delivers the event behind later ones",
        fits=("webhook",),
        parameters=(Parameter("behind", int, 1, "so many later ones go first", low=1, high=100),),
        delivery=_delivery,
    )
)
