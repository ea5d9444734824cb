"""`struck`: which of the toxics that are meant happens to a call: the first action, and the delays of all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from belljar.mocks.proxy.noise import noise_of
from belljar.mocks.proxy.session import PlannedCall, Wire
from belljar.mocks.proxy.toxic import Toxic

__all__ = ["Struck", "struck"]


class Struck(NamedTuple):
    """What happens to one call, and by which toxic; `delay` in seconds."""

    toxic: Toxic
    action: str
    delay: float
    noise: bytes = b""


def struck(
    wire: Wire, meant: Sequence[Toxic], call: Callable[[], PlannedCall], said: Callable[[], str]
) -> Struck | None:
    """Return what is to happen, or None; `call` is what fault plans know it by, `said` is for the record."""
    delay, action, by, noise = 0.0, "", None, b""
    # Each counts the case, also one that another toxic is quicker at.
    cases = [(toxic, wire.applies(toxic)) for toxic in meant]
    cases += [(toxic, 0.0) for toxic in wire.planned(call)]
    for toxic, case in cases:
        values = toxic.values
        if case is None or (action and values["action"] != "delay"):
            continue
        wire.note(toxic, f"{values['action']}: {said()}")
        if values["action"] == "delay":
            delay += max(float(values["latency"]) + case * float(values["jitter"]), 0) / 1000
            by = by or toxic
        else:
            action, by = str(values["action"]), toxic
            noise = toxic.noise or noise_of(case, int(values["bytes"]))
    return Struck(by, action or "delay", delay, noise) if by else None
