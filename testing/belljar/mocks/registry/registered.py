"""`register`, `entry` and `entries`: the table of all mocks by name. Ours are in it from the start."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from belljar.mocks.registry.errors import BadEntry, NameTaken, UnknownEntry, nearest
from belljar.mocks.registry.mock_entry import Entry

__all__ = ["entries", "entry", "entry_of", "register"]

# Errors are a mistake of the test: its line is shown, and not those in here.
__tracebackhide__ = True

# Name -> the module whose ENTRY it is, imported when it is asked for.
_OURS = {
    "email": "belljar.mocks.registry.email",
    "payments": "belljar.mocks.registry.payments",
    "storage": "belljar.mocks.registry.storage",
}
_entries: dict[str, Entry] = {}
_places: dict[str, str] = {}


def register(entry: Entry) -> Entry:
    """Make an entry known, and give it back. Raises `NameTaken`, and `BadEntry` for what is none."""
    if not isinstance(entry, Entry):
        raise BadEntry(f"{entry!r} is no entry", fix="write register(Entry('NAME', mock=...))")
    frame = sys._getframe(1)
    place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
    name = entry.name
    # The same file may be imported twice, under two names: by pytest, and by the test.
    if name in _OURS or _places.get(name, place) != place:
        where = _places.get(name, f"belljar.mocks.{name}")
        raise NameTaken(
            f"there are two mocks named {name!r}: at {place}, and at {where}",
            choices=[f"{each} is taken" for each in sorted({*_OURS, *_entries})],
            fix="give one another name",
        )
    _places[name] = place
    _entries[name] = entry
    return entry


def entry(name: str) -> Entry:
    """Return the entry of that name. Raises `UnknownEntry`."""
    if name in _OURS and name not in _entries:
        found: Entry = import_module(_OURS[name]).ENTRY
        _entries[name] = found
    if name not in _entries:
        known = sorted({*_OURS, *_entries})
        raise UnknownEntry(
            f"the registry has no mock {name!r}",
            choices=known,
            fix=nearest(name, known, "register it in a conftest.py: register(Entry(...))"),
        )
    return _entries[name]


def entry_of(client: Any) -> Entry:
    """Return the entry of a mock's client. Raises `BadEntry` for a client of none."""
    known: Entry | str = getattr(client, "entry", "")
    if not known:
        raise BadEntry(
            f"{client!r} is of no entry of the registry",
            fix='take the fixture mocked: mocked("NAME")',
        )
    return known if isinstance(known, Entry) else entry(known)


def entries() -> Mapping[str, Entry]:
    """Return all entries by name."""
    return MappingProxyType({name: entry(name) for name in sorted({*_OURS, *_entries})})
