"""`prepare`: which tables are filled, in which order, and with what keys, before a row is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from belljar.data.bulk.errors import BulkFailed
from belljar.data.bulk.keys import Keys, ListedKeys, UuidKeys
from belljar.data.bulk.picking import SPREADS
from belljar.data.bulk.rows import Parent, Rows
from belljar.data.errors import nearest
from belljar.data.factory.plan import Plan, plan_of
from belljar.data.factory.reaching import asking
from belljar.data.scenarios.ordering import in_order
from belljar.data.scenarios.schema import Schema, Table
from belljar.data.scenarios.wanted import Wanted

if TYPE_CHECKING:
    from belljar.data.bulk.server import Server
    from belljar.data.draw import Draw

__all__ = ["prepare"]

# Of a table that is there already, this many rows are referred to.
_EXISTING = 100_000


def prepare(
    counts: Mapping[Any, int],
    server: Server,
    draw: Draw,
    spread: str | Mapping[str, str],
    *,
    noted: bool = False,
) -> list[Rows]:
    """Return the makers of rows, parents first. `noted`: every row's key has to be known."""
    if not isinstance(counts, Mapping):
        raise BulkFailed(
            f"how many rows of what is a mapping, and no {type(counts).__name__}",
            place="counts",
            fix="data.bulk({CustomerFactory: 1_000, Order: 10_000})",
        )
    plans: dict[str, tuple[Plan, int]] = {}
    schema = server.schema
    for model, count in counts.items():
        with asking(draw.asker):
            plan = plan_of(model)
        table = _table(plan, schema)
        if type(count) is not int or count < 0:
            raise BulkFailed(
                f"{count!r} rows of {table.name} can't be made", fix="say a whole number: 100_000"
            )
        if table.name in plans:
            raise BulkFailed(
                f"{table.name} is asked for twice", fix="ask for its rows under one factory"
            )
        plans[table.name] = (plan, count)
    spreads = _spreads(spread, plans, schema)
    parents: dict[str, Parent] = {}
    made = []
    for table in _ordered(plans, schema):
        plan, count = plans[table.name]
        own = draw.child(f"bulk {table.name}")
        needed = _referred(table, plans, schema)
        given: dict[str, Keys] = {}
        known = set(table.key) | needed if noted else needed
        for column in sorted(known):
            keys = _keys(column, table, plan, count, server, own)
            if keys is not None:
                given[column] = keys
        parent = Parent(count)
        for column in sorted(known):
            parent.keys[column] = given.get(column) or ListedKeys()
        parents[table.name] = parent
        _existing(table, plans, schema, server, parents)
        made.append(Rows(plan, table, count, own, parents, given, spreads))
    return made


def _table(plan: Plan, schema: Schema) -> Table:
    shape = plan.shape
    names = [f"{shape.schema}.{shape.name}"] if shape.schema else []
    names += [shape.name, shape.name.lower(), f"{shape.name.lower()}s"]
    for name in names:
        table = schema.get(name)
        if table is not None:
            _alone(plan, table)
            return table
    raise BulkFailed(
        f"the database has no table {shape.name!r}",
        place=shape.title,
        choices=nearest(shape.name, schema.tables) or sorted(schema.tables)[:12],
        fix="migrate the database before, or name the table: __tablename__",
    )


def _alone(plan: Plan, table: Table) -> None:
    mapper = getattr(plan.shape.model, "__mapper__", None)
    if mapper is not None and len(mapper.tables) > 1:
        names = ", ".join(one.name for one in mapper.tables)
        raise BulkFailed(
            f"a row of it is in several tables: {names}",
            place=plan.shape.title,
            fix="create these one by one: data.create_many",
        )


def _spreads(
    spread: str | Mapping[str, str], plans: Mapping[str, Any], schema: Schema
) -> dict[str, str]:
    said = {"": "uniform", **spread} if isinstance(spread, Mapping) else {"": spread}
    columns = [f"{name}.{r.columns[0]}" for name in plans for r in schema.tables[name].references]
    for name, value in said.items():
        if value not in SPREADS:
            raise BulkFailed(
                f"{value!r} is no way to spread references", place="spread", choices=SPREADS
            )
        if name and name not in columns:
            raise BulkFailed(f"{name!r} is no reference", place="spread", choices=columns)
    return said


def _ordered(plans: Mapping[str, Any], schema: Schema) -> list[Table]:
    tables = []
    for group in in_order({name: Wanted(schema.tables[name]) for name in plans}):
        if len(group) > 1:
            names = ", ".join(wanted.table.name for wanted in group)
            raise BulkFailed(
                f"{names} refer to each other in a circle, which can't be loaded in blocks",
                fix="create these one by one, or load them as a scenario",
            )
        tables.append(group[0].table)
    return tables


def _referred(table: Table, plans: Mapping[str, Any], schema: Schema) -> set[str]:
    """The columns of a table that rows of this bulk refer to."""
    return {
        column
        for name in plans
        for reference in schema.tables[name].references
        if reference.to == table.name
        for column in reference.to_columns
    }


def _keys(
    column: str, table: Table, plan: Plan, count: int, server: Server, draw: Draw
) -> Keys | None:
    """Keys that are known before; None for those that the factory's source draws."""
    field = plan.shape.by_column.get(column)
    if field is not None and field.name in plan.given:
        return None
    if any(column in reference.columns for reference in table.references):
        return None
    about = table.columns[column]
    if about.sequence:
        return server.reserve(table, about, count)
    if field is not None and field.type is UUID:
        return UuidKeys(draw.child(f"keys {column}").key)
    if field is None or field.computed:
        raise BulkFailed(
            f"the database makes {table.name}.{column}, and not of a sequence; rows can't refer to it",
            fix=f"give {plan.title} a source for it",
        )
    return None


def _existing(
    table: Table,
    plans: Mapping[str, Any],
    schema: Schema,
    server: Server,
    parents: dict[str, Parent],
) -> None:
    """Find rows to refer to in tables that are not filled here."""
    for reference in table.references:
        if reference.to in plans or reference.to not in schema.tables:
            continue
        parent = parents.setdefault(reference.to, Parent(0))
        missing: Sequence[str] = [c for c in reference.to_columns if c not in parent.keys]
        if missing:
            wanted = [*parent.keys, *missing]
            rows = server.some(schema.tables[reference.to], wanted, _EXISTING)
            parent.count = len(rows)
            for number, name in enumerate(wanted):
                parent.keys[name] = ListedKeys(row[number] for row in rows)
