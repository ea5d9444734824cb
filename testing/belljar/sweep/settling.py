"""`settle`: waits until a test's effects are as recorded and its invariants hold, and tells what is not so.

settled = settle(look, recorded, invariants, passed=True, patience=Patience())
settled.extra       # -> {"payments: charge of 2500 eur": 1}
settled.broken      # -> ["an order that was charged is not paid"]

What is right at once is not waited for.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Effects", "Invariant", "Patience", "Settled", "settle"]

Effects = Mapping[str, Counter[str]]
Invariant = Callable[[], object]

# Between two looks.
STEP = 0.02
# After a failure effects are missing, and nobody waits for them as long.
FAILED_QUIET = 0.4


@dataclass(frozen=True)
class Patience:
    """Seconds: of effects that do not change any more, and for invariants."""

    effects: float = 2.0
    invariants: float = 5.0


@dataclass(frozen=True)
class Settled:
    """What there was in the end: effects, and by how much they differ; invariants that do not hold."""

    effects: Effects
    extra: Counter[str]
    missing: Counter[str]
    broken: Sequence[str]
    seconds: float
    # When effects changed for the last time, by time.monotonic.
    changed: float


def settle(
    look: Callable[[], Effects],
    recorded: Effects | None,
    invariants: Sequence[Invariant],
    *,
    passed: bool,
    patience: Patience,
) -> Settled:
    """Give what there is when all is right, or when nothing changes any more; None records.

    What is too much may be given back, and what is missing may come: both are waited for.
    """
    begun = changed = time.monotonic()
    effects = look()
    while True:
        broken = [text for text in map(_trouble, invariants) if text]
        wanted = effects if recorded is None else recorded
        extra, missing = _more(effects, wanted), _more(wanted, effects)
        now = time.monotonic()
        settled = Settled(effects, extra, missing, broken, now - begun, changed)
        if recorded is not None and not (extra or missing or broken):
            return settled
        quiet = patience.effects if passed or extra else min(FAILED_QUIET, patience.effects)
        is_quiet = now - changed >= quiet
        if is_quiet and (not broken or now - begun >= patience.invariants):
            return settled
        time.sleep(STEP)  # between two looks
        before, effects = effects, look()
        if effects != before:
            changed = time.monotonic()


def _more(some: Effects, others: Effects) -> Counter[str]:
    """Give what there is more of in `some`."""
    found: Counter[str] = Counter()
    for name, counted in some.items():
        for effect, number in (counted - others.get(name, Counter())).items():
            found[f"{name}: {effect}"] = number
    return found


def _trouble(invariant: Invariant) -> str:
    try:
        invariant()
    except AssertionError as error:
        lines = str(error).strip().splitlines()
        return lines[0] if lines else f"{getattr(invariant, '__name__', invariant)} does not hold"
    except Exception as error:
        return f"{getattr(invariant, '__name__', invariant)}: {type(error).__name__}: {error}"
    return ""
