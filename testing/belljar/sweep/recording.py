"""`Recording`: the outside calls of a test in a run without faults; and `steady`, those of two runs alike.

    swept, unsteady = steady(first, second)
    swept[0].signature, swept[0].number      # -> POST /v1/payment_intents, 1

A call is known by its signature and its number among those of the same signature: what happens in the
background does not shift it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from belljar.faults.noted import Noted
from belljar.sweep.signatures import Signature, merged, signature_of

__all__ = ["Known", "Recorded", "Recording", "steady"]

# Of what goes on in the background all the time.
FEW = 2


@dataclass(frozen=True)
class Recorded:
    """A call as it came: `at` is seconds from where the test's body began, below 0 if before."""

    signature: Signature
    noted: Noted
    at: float


@dataclass(frozen=True)
class Known:
    """A call that comes in every run: the `number`th of its signature; `counted` as a plan counts it."""

    signature: Signature
    number: int
    counted: int
    # From where the test's body began, and whether that was over by then.
    at: float
    late: bool

    @property
    def key(self) -> str:
        """Its name, the same in every run."""
        keys = " ".join(f"{key}={text}" for key, text in self.signature.keys)
        return f"{self.signature.boundary}: {keys} #{self.number}"


@dataclass
class Recording:
    """What a run without faults was like."""

    calls: list[Recorded]
    effects: Mapping[str, Counter[str]]
    seconds: float
    # What came when the test was over and nothing happened any more: the background.
    idle: frozenset[Signature] = frozenset()
    # The boundaries that the test has, watched or not.
    boundaries: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        noted: Mapping[str, Sequence[Noted]],
        families: Mapping[str, str],
        effects: Mapping[str, Counter[str]],
        begun: float,
        seconds: float,
        *,
        idle: Mapping[str, Sequence[Noted]],
    ) -> Recording:
        """Give it from what was noted at each boundary."""
        background = frozenset(
            signature_of(name, families[name], one.call)
            for name, all_of_it in idle.items()
            for one in all_of_it
        )
        calls = [
            Recorded(signature_of(name, families[name], one.call), one, one.at - begun)
            for name, all_of_it in noted.items()
            for one in all_of_it
        ]
        return cls(sorted(calls, key=lambda call: call.at), effects, seconds, background)

    def generalised(self, wider: Mapping[Signature, Signature]) -> Recording:
        """Give it with other signatures in the place of some."""
        calls = [
            replace(call, signature=wider.get(call.signature, call.signature))
            for call in self.calls
        ]
        idle = frozenset(wider.get(signature, signature) for signature in self.idle)
        return replace(self, calls=calls, idle=idle)

    def together(self, other: Recording) -> Recording:
        """Give it with the effects of both runs, and the longer time: neither is too much."""
        names = {**self.effects, **other.effects}
        none: Counter[str] = Counter()
        effects = {
            name: self.effects.get(name, none) | other.effects.get(name, none) for name in names
        }
        return replace(self, effects=effects, seconds=max(self.seconds, other.seconds))


def steady(first: Recording, second: Recording) -> tuple[list[Known], list[str]]:
    """Give the calls of the test that both runs have, and in words what is left out.

    Left out are calls that only one run has, and what the background goes on doing when all is over:
    of that, the first two of the test's body stay, and every end of a transaction.
    """
    wider = _wider(first, second)
    first, second = first.generalised(wider), second.generalised(wider)
    here, there = (Counter(call.signature for call in run.calls) for run in (first, second))
    found = []
    numbers: Counter[Signature] = Counter()
    swept: Counter[Signature] = Counter()
    background = first.idle | second.idle
    dropped: Counter[Signature] = Counter()
    for index, call in enumerate(first.calls):
        signature = call.signature
        numbers[signature] += 1
        if call.at < 0 or numbers[signature] > there[signature]:
            continue
        late = call.at > first.seconds
        often = swept[signature] >= FEW and str(signature).upper() != "COMMIT"
        if signature in background and (late or often):
            dropped[signature] += 1
            continue
        swept[signature] += 1
        # A pattern may mean calls of another signature, too: the plan counts these with it.
        counted = sum(
            other.signature.boundary == signature.boundary and signature.means(other.noted.call)
            for other in first.calls[: index + 1]
        )
        found.append(Known(signature, numbers[signature], counted, call.at, late))
    notes = [
        f"unsteady: {signature.boundary}: {signature}: {here[signature]} and {there[signature]} times "
        "in two runs without faults; swept as often as both have it"
        for signature in dict.fromkeys([*here, *there])
        if here[signature] != there[signature]
    ]
    notes += [
        f"background: {signature.boundary}: {signature}: {number} more, which are like the first"
        for signature, number in dropped.items()
    ]
    return found, notes


def _wider(first: Recording, second: Recording) -> dict[Signature, Signature]:
    """Give a wider signature for each that only one run has, where both have something like it."""
    here, there = (dict.fromkeys(call.signature for call in run.calls) for run in (first, second))
    only_there = [signature for signature in there if signature not in here]
    found: dict[Signature, Signature] = {}
    taken: defaultdict[Signature, bool] = defaultdict(bool)
    for signature in here:
        if signature in there:
            continue
        for other in only_there:
            both = None if taken[other] else merged(signature, other)
            if both is not None:
                taken[other] = True
                found[signature] = found[other] = both
                break
    return found
