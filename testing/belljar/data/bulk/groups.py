"""`Groups`: unique keys of several columns, kept to while rows are made.

One column that can be another one in each row makes a whole key unique, and nothing has to be
remembered (`eased`). Of a key without such a column every row's hash is kept, and what was there is drawn
again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from belljar.data.bulk.errors import BulkFailed
from belljar.data.scenarios.schema import Table, Unique
from belljar.data.sources.given import Faked
from belljar.data.sources.judged import bare
from belljar.data.sources.numbers import Integers
from belljar.data.sources.texts import Texts

if TYPE_CHECKING:
    from belljar.data.draw import Draw
    from belljar.data.factory.steps import Step

__all__ = ["Groups", "eased"]

_TRIES = 200
# From then on another row is referred to as well.
_PATIENCE = 10
# Of a text's tag, its count and the mark between them.
_ROOM = 24


def eased(table: Table, steps: Mapping[str, Step], longest: Mapping[str, int | None]) -> set[str]:
    """Return columns that are to be unique by themselves, so that the keys they are in are.

    `steps` are the fields that are drawn, by their columns, `longest` is how long their texts may be.
    """
    found: set[str] = set()
    for unique in table.uniques:
        if len(unique.columns) < 2 and not unique.predicate:
            continue
        drawn = [name for name in unique.columns if name in steps]
        if any(steps[name].unique or name in found for name in drawn):
            continue
        free = [name for name in drawn if _endless(steps[name], longest.get(name))]
        found.update(free[:1])
    return found


def _endless(step: Step, longest: int | None) -> bool:
    """Whether there is another value for each row, however many there are."""
    source = bare(step.source)
    if isinstance(source, Integers):
        free = source.step == 1 and step.field.limits.choices is None
        return free and source.least is None and source.most is None
    if isinstance(source, (Faked, Texts)) and step.field.type is str:
        return longest is None or longest >= _ROOM
    return False


class Groups:
    """The other unique keys of a table, each with what was there already."""

    def __init__(self, title: str, fields: Mapping[str, str]) -> None:
        self._title, self._fields = title, fields
        self._known: list[tuple[Unique, list[str], set[int]]] = []

    def add(self, unique: Unique) -> None:
        """Look after one more."""
        self._known.append((unique, [self._fields.get(c, c) for c in unique.columns], set()))

    def keep(
        self,
        block: dict[str, list[Any]],
        n: int,
        steps: Mapping[str, Step],
        draws: Mapping[str, Draw],
        pick: Callable[[int, Collection[str]], None],
    ) -> None:
        """Draw again what another row has; `pick` lets a row refer to another one."""
        for unique, names, seen in self._known:
            columns = [block.get(name) for name in names]
            if any(column is None for column in columns):
                continue  # the database fills it in
            for row in range(n):
                trial = 0
                while True:
                    key = tuple(_fixed(block[name][row]) for name in names)
                    if (None in key and unique.nulls_differ) or hash(key) not in seen:
                        break
                    trial += 1
                    if trial > _TRIES:
                        raise self._none_left(unique, key, len(seen))
                    for name in names:
                        if name in steps:
                            again = steps[name].source.again(draws[name], trial)
                            block[name] = _changed(block[name], row, again)
                    if trial >= _PATIENCE or not any(name in steps for name in names):
                        pick(row, names)
                seen.add(hash(key))

    def _none_left(self, unique: Unique, key: Sequence[object], count: int) -> BulkFailed:
        said = ", ".join(unique.columns)
        shown = ", ".join(f"{c} = {v}" for c, v in zip(unique.columns, key, strict=True))
        return BulkFailed(
            f"{unique.name}: {count} rows have another ({said}), and no further one was found; the last "
            f"one tried was {shown}",
            place=self._title,
            fix=f"ask for fewer rows, or give its factory a source for one of {said} with more values",
        )


def _fixed(value: Any) -> Any:
    """What a value is told by: lists have no hash."""
    return value if value.__hash__ is not None else repr(value)


def _changed(values: Sequence[Any], row: int, value: Any) -> list[Any]:
    """The values with another one; a block's lists may be somebody's."""
    changed = values if isinstance(values, list) else list(values)
    changed[row] = value
    return changed
