"""`snapshot_fixture` and `restore_before`: a state that is prepared once and there for each test.

    def checkout(module_database, faker):
        ...  # fifty orders, three payments: a second's work

    checkout_done = snapshot_fixture(checkout)

    def test_refund(checkout_done):
        with checkout_done.connect() as connection:
            ...

The preparation runs before the module's first test that asks for it, and takes its other arguments
from fixtures of those names. Every test finds the state as it left it.

`@restore_before("checkout-done")`, on a test or a class, or as `pytestmark` of a module, brings back
a snapshot that the module's own fixtures have taken. It comes before all fixtures of the test itself.
"""

from __future__ import annotations

import inspect
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import pytest

from belljar.databases.errors import DatabaseError

__all__ = ["Restorable", "restore_before", "snapshot_fixture"]

MARK = "restore_before"
DATABASE = "module_database"
_FIXTURE = "_restored_before"


class Restorable(Protocol):
    """A database whose state can be kept and brought back: the fixture `database`, and its like."""

    def snapshot(self, name: str) -> None:
        """Keep the state under that name."""

    def restore(self, name: str) -> None:
        """Bring it back."""

    def export(self, path: Path) -> None:
        """Write it to a file."""

    def import_(self, path: Path) -> None:
        """Replace it by what is in a file."""


def snapshot_fixture(
    prepare: Callable[..., object],
    scope: Literal["session", "package", "module", "class"] = "module",
    *,
    database: str = "",
    name: str | None = None,
) -> Any:
    """Return a fixture that gives the database, in the state in which `prepare` has left it.

    `database` names the fixture that is prepared (default: `{scope}_database`). It has to live for
    as long as the state shall, and is the first argument of `prepare`. Tests of one process share
    it, so whatever else they put into it is gone with the next test that asks for this fixture.
    """
    source = database or f"{scope}_database"
    arguments = list(inspect.signature(prepare).parameters)[1:]
    called = getattr(prepare, "__name__", "state")
    snapshot = f"fixture {secrets.token_hex(4)}"
    # The database that was prepared, and why that failed if it did: for the tests that come after.
    prepared: tuple[Restorable, str] | None = None

    def restored_state(request: pytest.FixtureRequest) -> Restorable:
        nonlocal prepared
        target: Restorable = request.getfixturevalue(source)
        if prepared and prepared[0] is target:
            if prepared[1]:
                pytest.fail(prepared[1], pytrace=False)
            _told(target.restore, snapshot)
            return target
        values = {argument: request.getfixturevalue(argument) for argument in arguments}
        failed = f"the preparation {called!r} has failed before, in {request.node.nodeid}"
        prepared = (target, failed)
        prepare(target, **values)
        _told(target.snapshot, snapshot)
        prepared = (target, "")
        return target

    restored_state.__doc__ = prepare.__doc__
    return pytest.fixture(name=name)(restored_state)


def restore_before(snapshot: str, *, database: str = DATABASE) -> pytest.MarkDecorator:
    """Return a mark that brings back a snapshot of the fixture `database` before each test."""
    return pytest.mark.restore_before(snapshot, database=database)


def pytest_configure(config: pytest.Config) -> None:
    """Make the mark known."""
    config.addinivalue_line(
        "markers",
        f"{MARK}(snapshot, database={DATABASE!r}): bring that snapshot back before each test",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a test with the mark have the fixture that does it; the others pay nothing for it."""
    for item in items:
        names = getattr(item, "fixturenames", None)
        if names is not None and MARK in item.keywords and _FIXTURE not in names:
            names.insert(_first_of_its_own(item, names), _FIXTURE)


def _first_of_its_own(item: pytest.Item, names: Sequence[str]) -> int:
    """Return the place of the first fixture that is not of a module, class or session."""
    known: Mapping[str, Sequence[pytest.FixtureDef[object]]] = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]  # no other way to scopes before setup
    for place, name in enumerate(names):
        if name not in known or known[name][-1].scope == "function":
            return place
    return len(names)


@pytest.fixture
def _restored_before(request: pytest.FixtureRequest) -> None:
    """Bring back what the mark names: after the fixtures of modules, before those of tests."""
    mark = request.node.get_closest_marker(MARK)
    if mark is not None:
        target: Restorable = request.getfixturevalue(mark.kwargs["database"])
        _told(target.restore, *mark.args)


def _told(act: Callable[[str], None], snapshot: str) -> None:
    """Do it; what is the user's mistake is said without a trace."""
    try:
        act(snapshot)
    except DatabaseError as error:
        pytest.fail(str(error), pytrace=False)
