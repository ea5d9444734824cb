"""`latency`: everything as it should be, later; how much is drawn from a distribution."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from belljar.faults.answers import Actions, wait
from belljar.faults.kind import Delivery, Kind, register
from belljar.faults.parameters import Parameter, Values

__all__: list[str] = []


def _draw(values: Values, chance: random.Random) -> Mapping[str, Any]:
    mean, jitter = values["mean"], values["jitter"]
    if not jitter:
        seconds = mean
    elif values["distribution"] == "uniform":
        seconds = chance.uniform(mean - jitter, mean + jitter)
    elif values["distribution"] == "normal":
        seconds = chance.gauss(mean, jitter)
    else:
        # The logarithm's own mean and deviation, so that the latency has the given ones.
        variance = math.log(1 + (jitter / mean) ** 2)
        seconds = chance.lognormvariate(math.log(mean) - variance / 2, math.sqrt(variance))
    return {"seconds": max(0.0, seconds)}


def _actions(actions: Actions, values: Values) -> Actions:
    return (wait(values["seconds"]), *actions)


def _delivery(delivery: Delivery, values: Values) -> Delivery:
    return replace(delivery, delay=delivery.delay + values["seconds"])


def _check(values: Values) -> str:
    if values["distribution"] == "lognormal" and values["jitter"] and not values["mean"]:
        return "mean is 0, and a lognormal latency has one above it"
    return ""


register(
    Kind(
        name="latency",
        summary="answers later",
        fits=(
            "http",
            "storage",
            "client",
            "webhook",
            "smtp",
            "tcp",
            "postgres",
            "valkey",
            "sql",
            "subprocess",
            "file",
        ),
        parameters=(
            Parameter("mean", float, meaning="seconds", low=0, high=3600),
            Parameter("jitter", float, 0.0, "deviation, or half the width if uniform", 0, 3600),
            Parameter(
                "distribution",
                str,
                "uniform",
                "how it is spread",
                choices=("normal", "uniform", "lognormal"),
            ),
        ),
        draw=_draw,
        actions=_actions,
        delivery=_delivery,
        check=_check,
    )
)
