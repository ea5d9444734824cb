"""`Columns`: the values of a model's own fields, a block at a time, from its plan and its sources."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Any

from belljar.data.bulk.errors import BulkFailed
from belljar.data.bulk.groups import Groups, eased
from belljar.data.bulk.makers import longest_of, maker
from belljar.data.errors import CannotMeet
from belljar.data.factory.telling import told
from belljar.data.sources.failing import FunctionFailed, placed

if TYPE_CHECKING:
    from belljar.data.draw import Draw
    from belljar.data.factory.plan import Plan
    from belljar.data.scenarios.schema import Table

__all__ = ["Columns"]

Block = dict[str, list[Any]]
_TRIES = 200


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
            name: longest_of(step, table.columns.get(name)) for name, step in by_column.items()
        }
        alone = eased(table, by_column, longest)
        alone |= {name for name in by_column if _alone(table, name)}
        for name, step in self._steps.items():
            column = step.field.column or name
            self._makers[name] = maker(
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
        except CannotMeet as error:
            raise told(error, self.plan, name) from error.__cause__
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
                view = _View(self.plan, block, row)
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

    def __init__(self, plan: Plan, block: Block, row: int) -> None:
        self._plan, self._block, self._row = plan, block, row

    def __getitem__(self, name: str) -> Any:
        source = self._plan.derived.get(name)
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
            value, judge = source.of(self), self._plan.judge(name)
            if judge is not None and not judge.fits(value):
                raise judge.misfit(value, self._plan.title)
            done.append(value)
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
