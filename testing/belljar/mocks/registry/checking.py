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
    __tracebackhide__ = True
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
    __tracebackhide__ = True
    found = entry_named(mock) if isinstance(mock, str) else mock
    return type(
        f"Test{found.name.title().replace(' ', '')}Fallback",
        (FallbackTests,),
        {
            "entry": found,
            "call": staticmethod(call),
            "fallback": _fallback(found, fallback),
            "trials": _trials(_family(found.client_type, found.name), kinds, without),
            "match": _match(match),
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
            try:
                attempt = Attempt(client, cls.call, cls.fallback, cls.match, cls.limit)
            except BadEntry as error:
                text = str(error)
            else:
                text = ""
                yield attempt
        if text:  # out of the handler, or pytest would tell it twice
            pytest.fail(text, pytrace=False)

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
    __tracebackhide__ = True
    entry = entry_of(client)
    wanted = _fallback(entry, fallback)
    trials = _trials(_family(client, entry.name), kinds, without)
    attempt = Attempt(client, call, wanted, _match(match), limit)
    broken = {trial.name: found for trial in trials if (found := attempt.broken(trial))}
    if broken:
        lines = [f"  {name}: it {found}" for name, found in broken.items()]
        raise FallbackBroken(
            f"{entry.name}: the code should be one that {wanted}; by {len(broken)} "
            f"of {len(trials)} faults it is not:\n" + "\n".join(lines)
        )
    return [trial.name for trial in trials]


def _fallback(entry: Entry, given: Fallback | None) -> Fallback:
    __tracebackhide__ = True
    wanted = entry.fallback if given is None else given
    if not isinstance(wanted, Fallback | None):
        raise BadEntry(
            f"{wanted!r} is no fallback",
            choices=("Fallback.retry(2)", "default(...)", "queue(...)", "raises(...)"),
            fix="import Fallback from belljar.mocks.registry, and give one of these",
        )
    if wanted is None:
        raise BadEntry(
            f"{entry.name} has no fallback, and none is given",
            choices=("Fallback.retry(2)", "default(...)", "queue(...)", "raises(...)"),
            fix=f"give one here, or in the entry: Entry({entry.name!r}, fallback=...)",
        )
    return wanted


def _match(given: Mapping[str, str] | None) -> dict[str, str]:
    __tracebackhide__ = True
    if not isinstance(given, Mapping | None):
        raise BadEntry(
            f"match={given!r} is no dictionary", fix='write match={"path": "/v1/charges"}'
        )
    return dict(given or {})


def _family(client: Any, name: str) -> str:
    boundaries = getattr(client, "boundaries", None) or {name: "http"}
    return str(next(iter(boundaries.values())))


def _trials(family: str, kinds: Sequence[str], without: Sequence[str]) -> list[Trial]:
    """Return the faults that a call can't miss: what only comes later, or in pieces, is none."""
    __tracebackhide__ = True
    for option, names in (("kinds", kinds), ("without", without)):
        if isinstance(names, str):
            raise BadEntry(f"{option}={names!r} is no list", fix=f"write {option}=[{names!r}]")
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
    left = [trial for trial in fitting if trial.kind not in without]
    if not left:
        raise BadEntry(
            f"kinds={list(kinds)} without={list(without)} leave no fault to try",
            choices=sorted({trial.kind for trial in trials_for(family) if not trial.harmless}),
            fix="leave fewer out",
        )
    return left


class _inside:  # used like a function
    """The client of an entry's model in this process."""

    def __init__(self, mock: str | Entry) -> None:
        self._entry = entry_named(mock) if isinstance(mock, str) else mock

    def __enter__(self) -> Any:
        self._server = self._entry.start_inside()
        return self._entry.make_client(self._server.url, "fallback")

    def __exit__(self, *_: object) -> None:
        self._server.close()
