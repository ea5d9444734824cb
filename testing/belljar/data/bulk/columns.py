"""`Columns`: the values of a model's own fields, a block at a time, from its plan and its sources."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from belljar.data.bulk.errors import BulkFailed
from belljar.data.bulk.groups import Groups, eased
from belljar.data.errors import CannotMeet
from belljar.data.sources.choices import Nullable
from belljar.data.sources.failing import FunctionFailed, placed
from belljar.data.sources.given import Derived, Faked
from belljar.data.sources.numbers import Integers
from belljar.data.sources.source import Source
from belljar.data.sources.texts import Texts as TextSource
from belljar.data.tagging import tagged

if TYPE_CHECKING:
    from belljar.data.draw import Draw
    from belljar.data.factory.plan import Plan, Step
    from belljar.data.scenarios.schema import Column, Table

__all__ = ["Columns"]

Block = dict[str, list[Any]]
_TRIES = 200
_POOL = 512
# Of the count in a text that is unique.
_DIGITS = 8
_LENGTH = re.compile(r"char\w*(?: varying)?\((\d+)\)", re.IGNORECASE)


class Columns:
    """Fills the fields of one model; those that refer to other rows are given to it."""

    def __init__(
        self,
        plan: Plan,
        draw: Draw,
        outside: set[str],
        table: Table,
        *,
        known: Collection[str] = (),
        together: Collection[str] = (),
    ) -> None:
        """`known` are columns whose keys are another one in each row, `together` those that are one key."""
        self.plan = plan
        self._makers: dict[str, Callable[[int], list[Any]]] = {}
        self._steps = {step.name: step for step in plan.steps if step.name not in outside}
        self._draws = {name: draw.child(name) for name in self._steps}
        by_column = {step.field.column or name: step for name, step in self._steps.items()}
        longest = {
            name: _longest(step, table.columns.get(name)) for name, step in by_column.items()
        }
        alone = eased(table, by_column, longest)
        alone |= {name for name in by_column if _alone(table, name)}
        for name, step in self._steps.items():
            column = step.field.column or name
            self._makers[name] = _maker(
                step,
                self._draws[name],
                plan.title,
                unique=step.unique or column in alone,
                longest=longest[column],
            )
        self._groups = Groups(plan.title, {c: f.name for c, f in plan.shape.by_column.items()})
        sure = alone | {name for name, step in by_column.items() if step.unique} | set(known)
        for unique in table.uniques:
            names = set(unique.columns)
            looked_after = bool(unique.predicate or sure & names) or names <= set(together)
            if len(names) > 1 and not looked_after:
                self._groups.add(unique)
        self._checks = [
            check for check in plan.checks if self._names(check.columns) & set(self._steps)
        ]

    @property
    def names(self) -> Iterator[str]:
        """The fields that it fills."""
        yield from self._steps
        yield from (name for name in self.plan.derived if name not in self._steps)
        for name, value in self.plan.left.items():
            if value is not None and name not in self._steps:
                yield name

    def draw(self, block: Block, name: str, n: int) -> bool:
        """Add one field to a block before all others; tell whether that can be done."""
        if name not in self._makers:
            return False
        try:
            block[name] = self._makers[name](n)
        except FunctionFailed as error:
            raise placed(error, f"{self.plan.shape.title}.{name}") from error.__cause__
        return True

    def fill(self, block: Block, n: int, pick: Callable[[int, Collection[str]], None]) -> None:
        """Add its fields to a block, in which those of the references are.

        `pick` lets a row refer to another one, where a unique key of several columns needs that.
        """
        for name in self._makers:
            if name not in block:
                self.draw(block, name, n)
        self._groups.keep(block, n, self._steps, self._draws, pick)
        for name, value in self.plan.left.items():
            block.setdefault(name, [value] * n)
        if self.plan.derived:
            for row in range(n):
                view = _View(self.plan.derived, block, row)
                for name in self.plan.derived:
                    try:
                        view[name]
                    except FunctionFailed as error:
                        raise placed(error, f"{self.plan.shape.title}.{name}") from error.__cause__
            for name in self.plan.derived:
                block[name] = block.pop(f"derived {name}")
        if self._checks:
            self._mend(block, n)

    def _names(self, columns: frozenset[str]) -> set[str]:
        by_column = self.plan.shape.by_column
        return {by_column[column].name for column in columns if column in by_column}

    def _mend(self, block: Block, n: int) -> None:
        """Draw again what breaks a CHECK, row by row."""
        by_column = self.plan.shape.by_column
        for check in self._checks:
            involved = self._names(check.columns)
            columns = {
                column: block[field.name]
                for column, field in by_column.items()
                if field.name in block and column in check.columns
            }
            if len(columns) < len(check.columns):
                continue  # it speaks of what the database fills in
            drawn = sorted(name for name in involved if name in self._steps)
            for row in range(n):
                trial = 0
                while not check.holds({name: values[row] for name, values in columns.items()}):
                    trial += 1
                    if trial > _TRIES:
                        shown = {name: values[row] for name, values in columns.items()}
                        raise BulkFailed(
                            f"no row keeps to the check {check.name or check.text}: {check.text}; "
                            f"the last one tried was {shown}",
                            place=self.plan.shape.title,
                            fix=f"give {self.plan.title} sources for {', '.join(sorted(involved))}",
                        )
                    for name in drawn:
                        step = self._steps[name]
                        if not step.unique:
                            draw = self._draws[name]
                            block[name][row] = step.source.again(draw, trial)


class _View:
    """One row as the function of a derived field sees it."""

    def __init__(self, derived: dict[str, Derived], block: Block, row: int) -> None:
        self._derived, self._block, self._row = derived, block, row

    def __getitem__(self, name: str) -> Any:
        source = self._derived.get(name)
        if source is None:
            try:
                return self._block[name][self._row]
            except KeyError:
                raise BulkFailed(
                    f"a derived field asks for {name!r}, which rows made in bulk don't have: they have "
                    "columns and no relations",
                    choices=sorted(one.removeprefix("derived ") for one in self._block),
                    fix="derive it from these",
                ) from None
        done = self._block.setdefault(f"derived {name}", [])
        if len(done) <= self._row:
            done.append(source.of(self))
        return done[self._row]

    def __getattr__(self, name: str) -> Any:
        return self[name]


def _alone(table: Table, column: str | None) -> bool:
    """Whether a column is a unique key by itself, as the database has it."""
    return any(
        unique.columns == (column,) and not unique.predicate
        for unique in table.uniques
        if column is not None
    )


def _longest(step: Step, column: Column | None) -> int | None:
    """How long a text may be, by the model and by the database."""
    found = _LENGTH.search(column.type) if column is not None else None
    said = [step.field.limits.max_length, int(found[1]) if found else None]
    return min((limit for limit in said if limit is not None), default=None)


def _maker(
    step: Step, draw: Draw, title: str, *, unique: bool, longest: int | None
) -> Callable[[int], list[Any]]:
    source = step.source.source if isinstance(step.source, Nullable) else step.source
    if not unique:
        return _pooled(source, draw) if isinstance(source, Faked) else partial(source.column, draw)
    limits = step.field.limits
    if isinstance(source, (Faked, TextSource)) and step.field.type is str:
        return _tagged(_pooled(source, draw), step, draw, longest)
    free = isinstance(source, Integers) and source.step == 1
    if free and isinstance(source, Integers) and limits.choices is None:
        low, high = source.low, source.high
        if source.least is None and source.most is None:
            low, high = 1, min(source.widest, 2**53) - 1
        return lambda n: [draw.unique.integer(low, high) for _ in range(n)]
    return _new(source, draw, f"{title}.{step.name}")


def _pooled(source: Source, draw: Draw) -> Callable[[int], list[Any]]:
    """Values that repeat, chosen among some that were drawn at the beginning."""
    plain = copy.copy(source)
    plain.unique = False
    pool: list[Any] = []

    def column(n: int) -> list[Any]:
        if not pool:
            pool.extend(plain.column(draw, _POOL))
        return draw.random.choices(pool, k=n)

    return column


def _tagged(
    pooled: Callable[[int], list[Any]], step: Step, draw: Draw, longest: int | None
) -> Callable[[int], list[Any]]:
    """Texts with the tag and a count, as `draw.unique.text` makes them, without looking at each anew."""
    case = step.field.limits.case
    tag = draw.unique.tag
    parts: dict[str, tuple[str, str]] = {}
    given = 0

    def column(n: int) -> list[Any]:
        nonlocal given
        values = []
        for number, base in enumerate(pooled(n), given):
            found = parts.get(base)
            if found is None:
                # With room for a count, which text() would ask for later.
                room = None if longest is None else longest - _DIGITS
                text = tagged(str(base), tag, room)
                if text is None:
                    draw.unique.text(str(base), room)  # says why
                before, _, after = str(text).partition(tag)
                found = parts[base] = (before, tag + after)
            values.append(f"{found[0]}{number}{found[1]}")
        given += n
        if case is None:
            return values
        return [v.upper() if case == "upper" else v.lower() for v in values]

    return column


def _new(source: Source, draw: Draw, place: str) -> Callable[[int], list[Any]]:
    """Values of which none was there before; what was there is remembered by its hash."""
    seen: set[int] = set()

    def column(n: int) -> list[Any]:
        values = source.column(draw, n)
        for at, value in enumerate(values):
            trial = 0
            while hash(value) in seen:
                trial += 1
                if trial > _TRIES:
                    raise CannotMeet(
                        f"there is no value left that is unique; {len(seen)} were given",
                        place=place,
                        fix="ask for fewer rows, or give it a source: sequence('{n}')",
                    )
                value = values[at] = source.again(draw, trial)
            seen.add(hash(value))
        return values

    return column
