"""`effects_of`: the money that an account has taken, in words that are the same in every run.

effects_of(state)   # -> {"charge of 2500 eur": 1, "hold of 900 eur": 1}
"""

from __future__ import annotations

from collections import Counter

from belljar.mocks.payments.state import State

__all__ = ["effects_of"]


def effects_of(state: State) -> Counter[str]:
    """Give how often each sum was charged and kept: what was refunded or given back is no effect."""
    found: Counter[str] = Counter()
    for charge in state.collections["charge"].values():
        if charge.get("status", "succeeded") != "succeeded":
            continue
        left = charge["amount"] - charge.get("amount_refunded", 0)
        if left > 0:
            what = "charge" if charge.get("captured", True) else "hold"
            found[f"{what} of {left} {charge['currency']}"] += 1
    return found
