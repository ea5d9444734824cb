"""`Rows`: the rows of one table that are made in bulk, a block at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from belljar.data.bulk.columns import Block, Columns
from belljar.data.bulk.errors import BulkFailed
from belljar.data.bulk.keys import Keys, ListedKeys
from belljar.data.bulk.picking import Once, Picker
from belljar.data.scenarios.schema import Reference, Table

if TYPE_CHECKING:
    from belljar.data.draw import Draw
    from belljar.data.factory.plan import Plan

__all__ = ["Parent", "Rows"]


class Parent:
    """Rows that can be referred to: how many, and the columns that are."""

    def __init__(self, count: int, keys: Mapping[str, Keys] | None = None) -> None:
        self.count = count
        self.keys: dict[str, Keys] = dict(keys or {})


class Rows:
    """Makes the rows of one table: `columns` are the table's, in the order of a block's lists."""

    def __init__(
        self,
        plan: Plan,
        table: Table,
        count: int,
        draw: Draw,
        parents: Mapping[str, Parent],
        given: Mapping[str, Keys],
        spreads: Mapping[str, str],
    ) -> None:
        self.plan, self.table, self.count = plan, table, count
        self._given = dict(given)
        self.keys = parents[table.name].keys
        self._fields = {c: f.name for c, f in plan.shape.by_column.items() if c in table.columns}
        names = {name: column for column, name in self._fields.items()}
        said = {self._fields[c] for c in given if c in self._fields}
        self._parents = parents
        self._links = [r for r in table.references if not self._said(r, plan, names)]
        picked = {self._fields.get(c, c) for r in self._links for c in r.columns}
        self._pickers = self._chosen(draw, spreads)
        together = {c for r in self._together() for c in r.columns}
        self._own = Columns(plan, draw, picked | said, table, known=self._given, together=together)
        # Keys that are drawn, and that other rows of this table refer to.
        self._early = [
            c
            for c in dict.fromkeys(c for r in self._links if _own(r, table) for c in r.to_columns)
            if c not in self._given
        ]
        self.columns = list(
            dict.fromkeys(
                [
                    *self._given,
                    *(c for r in self._links for c in r.columns),
                    *(names[n] for n in self._own.names if n in names),
                ]
            )
        )
        self.columns = [c for c in self.columns if not table.columns[c].generated]

    def blocks(self, size: int) -> Iterator[list[Sequence[Any]]]:
        """Yield the lists of values of each block, in the order of `columns`."""
        for first in range(0, self.count, size):
            n = min(size, self.count - first)
            block: Block = {}
            rows = range(first, first + n)
            for column, keys in self._given.items():
                block[self._fields.get(column, column)] = keys.at(rows)
            self._refer(block, first, n, own=False)
            for column in self._early:
                self._draw_early(block, column, n)
            self._refer(block, first, n, own=True)
            self._own.fill(block, n, partial(self._pick_again, block, first))
            values: list[Sequence[Any]] = [
                block[self._fields.get(column, column)] for column in self.columns
            ]
            for column, known in self.keys.items():
                early = column in self._early
                if isinstance(known, ListedKeys) and column in self.columns and not early:
                    known.extend(values[self.columns.index(column)])
            yield values

    def _said(self, reference: Reference, plan: Plan, names: Mapping[str, str]) -> bool:
        """Whether the factory itself, or a key that is given, says what a reference is to."""
        fields = {self._fields.get(column, column) for column in reference.columns}
        drawn = fields & (set(plan.by_name) - plan.foreign) & set(plan.given)
        return bool(drawn | fields & set(plan.derived)) or any(
            column in self._given for column in reference.columns
        )

    def _chosen(self, draw: Draw, spreads: Mapping[str, str]) -> list[Any]:
        """A picker for each reference; one for several where they are a key together."""
        pickers: list[Any] = []
        together = self._together()
        done = {id(r) for r in together}
        if together:
            counts = [self._parent(r).count for r in together]
            what = " and ".join(", ".join(r.columns) for r in together)
            random = draw.child(f"refers {what}").random
            pickers.append((together, Once(random, counts, self.count, what)))
        for reference in self._links:
            if id(reference) in done:
                continue
            random = draw.child(f"refers {', '.join(reference.columns)}").random
            spread = spreads.get(f"{self.table.name}.{reference.columns[0]}", spreads[""])
            count = None if reference.to == self.table.name else self._parent(reference).count
            pickers.append(([reference], Picker(random, count, spread)))
        return pickers

    def _together(self) -> list[Reference]:
        """The references that are all there is to a unique key."""
        for unique in self.table.uniques:
            links = [
                r
                for r in self._links
                if r.to != self.table.name and set(r.columns) <= set(unique.columns)
            ]
            covered = {column for r in links for column in r.columns}
            if links and covered == set(unique.columns) and not unique.predicate:
                return links
        return []

    def _parent(self, reference: Reference) -> Parent:
        parent = self._parents.get(reference.to)
        if parent is None or not parent.count:
            raise BulkFailed(
                f"{self.table.name}.{reference.columns[0]} refers to {reference.to}, which has no rows",
                fix=f"ask for rows of {reference.to} as well, or load some before",
            )
        return parent

    def _draw_early(self, block: Block, column: str, n: int) -> None:
        """Make keys before the rows that refer to them, which may be in the same block."""
        name, known = self._fields.get(column, column), self.keys[column]
        if name not in block and not self._own.draw(block, name, n):
            raise BulkFailed(
                f"{self.table.name}.{column} is derived from its row, and rows of the table refer to it",
                fix=f"give {self.plan.title} another source for it, or none for what refers to it",
            )
        if isinstance(known, ListedKeys):
            known.extend(block[name])

    def _pick_again(self, block: Block, first: int, row: int, names: Collection[str]) -> None:
        """Let one row refer to other ones with the references that these fields are of."""
        for references, picker in self._pickers:
            reference = references[0]
            fields = {self._fields.get(c, c) for c in reference.columns}
            if isinstance(picker, Once) or not fields & set(names):
                continue
            alone: Block = {}
            self._set(alone, reference, picker.pick(first + row, 1), first + row)
            for name, values in alone.items():
                block[name][row] = values[0]

    def _refer(self, block: Block, first: int, n: int, *, own: bool) -> None:
        for references, picker in self._pickers:
            if _own(references[0], self.table) is not own:
                continue
            picked = picker.pick(first, n)
            lists = picked if isinstance(picker, Once) else [picked]
            for reference, rows in zip(references, lists, strict=True):
                self._set(block, reference, rows, first)

    def _set(self, block: Block, reference: Reference, rows: list[int], first: int) -> None:
        parent = self._parent(reference)
        nullable = all(self.table.columns[column].nullable for column in reference.columns)
        if rows and rows[0] < 0 and not nullable:
            rows = [first, *rows[1:]]  # the first refers to itself
        for column, to in zip(reference.columns, reference.to_columns, strict=True):
            keys = parent.keys[to]
            if rows and rows[0] < 0:
                values: list[Any] = [None, *keys.at(rows[1:])]
            else:
                values = keys.at(rows)
            block[self._fields.get(column, column)] = values


def _own(reference: Reference, table: Table) -> bool:
    """Whether it is to the same table."""
    return reference.to == table.name
