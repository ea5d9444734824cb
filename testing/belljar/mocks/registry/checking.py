"""`check_fallback` and `fallback_tests`: whether code does what its fallback says, by every fault that fits.

def test_rates_have_a_default(mocked):
    check_fallback(mocked("rates"), lambda rates: Shop(rates.url).rates(), Fallback.default({"usd": 1.0}))

TestPaying = fallback_tests("payments", lambda payments: pay(payments), Fallback.retry(2))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from belljar.faults.kind import kinds as all_kinds
from belljar.mocks.registry.errors import BadEntry, FallbackBroken
from belljar.mocks.registry.fallback import Fallback
from belljar.mocks.registry.mock_entry import Entry
from belljar.mocks.registry.registered import entry as entry_named
from belljar.mocks.registry.registered import entry_of
from belljar.mocks.registry.trying import Attempt
from belljar.sweep.trials import trials_for

if TYPE_CHECKING:
    from belljar.sweep.trials import Trial

__all__ = ["FallbackTests", "check_fallback", "fallback_tests"]

# A call that takes longer hangs.
LIMIT = 5.0


def check_fallback(
    mock: Any,
    call: Callable[[Any], object],
    fallback: Fallback | None = None,
    *,
    kinds: Sequence[str] = (),
    without: Sequence[str] = (),
    match: Mapping[str, str] | None = None,
    limit: float = LIMIT,
) -> list[str]:
    """Return the faults that were tried; raise `FallbackBroken`, which names those that the code does not survive.

    `mock` is the client that a fixture gives, or an entry or its name, whose model runs in this process then. `call`
    runs the code under test against it. `fallback` is the entry's own, if it is not given. `kinds` are the faults to
    keep to, `without` those to leave out, `match` the calls at the boundary that they are for.
    """
    if not isinstance(mock, str | Entry):
        return _checked(mock, call, fallback, kinds, without, match, limit)
    with _inside(mock) as client:
        return _checked(client, call, fallback, kinds, without, match, limit)


def fallback_tests(
    mock: str | Entry,
    call: Callable[[Any], object],
    fallback: Fallback | None = None,
    *,
    kinds: Sequence[str] = (),
    without: Sequence[str] = (),
    match: Mapping[str, str] | None = None,
    limit: float = LIMIT,
) -> type[FallbackTests]:
    """Return a class with a test for each fault that fits; the arguments are those of `check_fallback`."""
    found = entry_named(mock) if isinstance(mock, str) else mock
    return type(
        f"Test{found.name.title().replace(' ', '')}Fallback",
        (FallbackTests,),
        {
            "entry": found,
            "call": staticmethod(call),
            "fallback": _fallback(found, fallback),
            "trials": _trials(_family(found.client_type, found.name), kinds, without),
            "match": dict(match or {}),
            "limit": limit,
        },
    )


class FallbackTests:
    """The tests themselves; `fallback_tests` makes a subclass."""

    entry: ClassVar[Entry]
    call: Callable[[Any], object]
    fallback: ClassVar[Fallback]
    trials: ClassVar[list[Trial]]
    match: ClassVar[dict[str, str]]
    limit: ClassVar[float]

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make a test for each fault."""
        if "trial" in metafunc.fixturenames:
            metafunc.parametrize("trial", self.trials, ids=[each.name for each in self.trials])

    @pytest.fixture(scope="class")
    @classmethod
    def attempt(cls) -> Iterator[Attempt]:
        """Give what runs the call, which has run without a fault."""
        with _inside(cls.entry) as client:
            yield Attempt(client, cls.call, cls.fallback, cls.match, cls.limit)

    def test_the_code_falls_back(self, attempt: Attempt, trial: Trial) -> None:
        """As its fallback says."""
        if found := attempt.broken(trial):
            pytest.fail(
                f"{self.entry.name}: with {trial.name}, the code should be one that "
                f"{self.fallback}; it {found}",
                pytrace=False,
            )


def _checked(
    client: Any,
    call: Callable[[Any], object],
    fallback: Fallback | None,
    kinds: Sequence[str],
    without: Sequence[str],
    match: Mapping[str, str] | None,
    limit: float,
) -> list[str]:
    entry = entry_of(client)
    wanted = _fallback(entry, fallback)
    trials = _trials(_family(client, entry.name), kinds, without)
    attempt = Attempt(client, call, wanted, dict(match or {}), limit)
    broken = {trial.name: found for trial in trials if (found := attempt.broken(trial))}
    if broken:
        lines = [f"  {name}: it {found}" for name, found in broken.items()]
        raise FallbackBroken(
            f"{entry.name}: the code should be one that {wanted}; by {len(broken)} "
            f"of {len(trials)} faults it is not:\n" + "\n".join(lines)
        )
    return [trial.name for trial in trials]


def _fallback(entry: Entry, given: Fallback | None) -> Fallback:
    wanted = given or entry.fallback
    if wanted is None:
        raise BadEntry(
            f"{entry.name} has no fallback, and none is given",
            choices=("Fallback.retry(2)", "default(...)", "queue(...)", "raises(...)"),
            fix=f"give one here, or in the entry: Entry({entry.name!r}, fallback=...)",
        )
    return wanted


def _family(client: Any, name: str) -> str:
    boundaries = getattr(client, "boundaries", None) or {name: "http"}
    return str(next(iter(boundaries.values())))


def _trials(family: str, kinds: Sequence[str], without: Sequence[str]) -> list[Trial]:
    """Return the faults that a call can't miss: what only comes later, or in pieces, is none."""
    fitting = [trial for trial in trials_for(family, tuple(kinds)) if not trial.harmless]
    there = {trial.kind for trial in fitting}
    for name in (*kinds, *without):
        if name not in there:
            known = "no kind of fault" if name not in all_kinds() else "no fault that is tried"
            raise BadEntry(
                f"{name!r} is {known} at a boundary of the family {family}",
                choices=sorted({trial.kind for trial in trials_for(family) if not trial.harmless}),
                fix="choose among these",
            )
    return [trial for trial in fitting if trial.kind not in without]


class _inside:  # used like a function
    """The client of an entry's model in this process."""

    def __init__(self, mock: str | Entry) -> None:
        self._entry = entry_named(mock) if isinstance(mock, str) else mock

    def __enter__(self) -> Any:
        self._server = self._entry.start_inside()
        return self._entry.make_client(self._server.url, "fallback")

    def __exit__(self, *_: object) -> None:
        self._server.close()
