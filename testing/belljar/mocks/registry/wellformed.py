"""`check`: refuses an entry that can't be one, where it is written and not where it is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from belljar.mocks.registry.errors import BadEntry
from belljar.mocks.registry.fallback import Fallback

if TYPE_CHECKING:
    from belljar.mocks.registry.mock_entry import Entry

__all__ = ["check", "check_scenario"]

__tracebackhide__ = True


def check(entry: Entry) -> None:
    """Raise `BadEntry` for the first thing that is not as it should be."""
    if not isinstance(entry.name, str) or not entry.name.strip():
        raise BadEntry(
            f"an entry can't be named {entry.name!r}", fix="give it a name: Entry('rates', ...)"
        )
    _has_a_model(entry)
    _check_client(entry)
    _check_contract(entry)
    if not isinstance(entry.scenarios, Mapping):
        raise _wrong(entry, "scenarios", '{"dear": Scenario("all is dear", state=...)}')
    for name, scenario in entry.scenarios.items():
        check_scenario(entry.name, name, scenario)
    if not isinstance(entry.fallback, Fallback | None):
        raise _wrong(
            entry, "fallback", "Fallback.retry(2), default(...), queue(...) or raises(...)"
        )


def check_scenario(entry: str, name: object, scenario: Any) -> None:
    """Raise `BadEntry` for a scenario that sets nothing up."""
    state, faults = (getattr(scenario, each, None) for each in ("state", "faults"))
    if isinstance(name, str) and (callable(state) or callable(faults)):
        return
    raise BadEntry(
        f"the scenario {name!r} of the entry {entry!r} sets nothing up: {scenario!r}",
        fix='write Scenario("what it is", state=lambda client: ...), or faults=lambda on: ...',
    )


def _has_a_model(entry: Entry) -> None:
    if entry.mock is None and entry.document is None and entry.inside is None:
        raise BadEntry(
            f"the entry {entry.name!r} has no model",
            fix="give mock=, a class of belljar.mocks.Mock, or document=, an OpenAPI document",
        )
    if not isinstance(entry.document, str | Path | None):
        raise _wrong(entry, "document", "the path of an OpenAPI document")
    if entry.mock is not None and not callable(entry.mock):
        raise _wrong(entry, "mock", "the class itself, without (): mock=Rates")
    if isinstance(entry.mock, type) and not getattr(entry.mock, "boundaries", None):
        raise BadEntry(
            f"the model {entry.mock.__name__} of the entry {entry.name!r} has no boundaries",
            fix="make it a class of belljar.mocks.Mock, with "
            f'boundaries = {{"{entry.name}": "http"}}',
        )


def _check_client(entry: Entry) -> None:
    if entry.client is None:
        return
    if not isinstance(entry.client, type) or not hasattr(entry.client, "journal"):
        raise _wrong(entry, "client", "a class of belljar.mocks.MockClient")


def _check_contract(entry: Entry) -> None:
    operations: object = entry.operations
    if not isinstance(operations, Sequence) or not all(map(callable, operations)):
        raise _wrong(entry, "operations", "a list of functions of the client and a Record")
    ignored: object = entry.ignored
    if not isinstance(ignored, Mapping) or not all(
        isinstance(each, str) for pair in ignored.items() for each in pair
    ):
        raise _wrong(entry, "ignored", '{"*.headers.date": "why it may differ"}')


def _wrong(entry: Entry, what: str, fix: str) -> BadEntry:
    return BadEntry(
        f"the entry {entry.name!r} has {what}={getattr(entry, what)!r}", fix=f"give {fix}"
    )
