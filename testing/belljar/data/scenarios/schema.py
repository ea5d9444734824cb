"""`Schema`: what a live database says of its tables: columns, keys, references, checks."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Check", "Column", "Reference", "Schema", "Table", "Unique"]


@dataclass(frozen=True)
class Column:
    """One column; `kind` is `json`, `array` or empty, where that matters to a reader."""

    name: str
    type: str
    nullable: bool = True
    default: bool = False
    generated: bool = False
    kind: str = ""
    labels: tuple[str, ...] = ()
    sequence: str = ""
    limit: int | None = None
    # Whether it is made of times, so that `now` would be another one each time.
    clock: bool = False
    # Of a domain: what it is made of, and what its checks say.
    domain: str = ""


@dataclass(frozen=True)
class Reference:
    """A foreign key of some columns to those of another table."""

    name: str
    columns: tuple[str, ...]
    to: str
    to_columns: tuple[str, ...]
    # MATCH FULL: all of its columns are NULL, or none is.
    full: bool = False


@dataclass(frozen=True)
class Unique:
    """A unique key; `keys` are columns or expressions, `predicate` says for which rows it holds."""

    name: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    predicate: str = ""
    nulls_differ: bool = True


@dataclass(frozen=True)
class Check:
    """A condition on one row."""

    name: str
    columns: tuple[str, ...]
    expression: str


@dataclass
class Table:
    """One table; `name` is what messages call it, `sql` what statements do."""

    name: str
    sql: str
    columns: dict[str, Column] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    uniques: list[Unique] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    key: tuple[str, ...] = ()
    # Whether a trigger may fill or change a row before it is stored.
    filled: bool = False


class Schema:
    """The tables of a database, by each name that they may be called.

    `others` are what is no table and has a name like one, with what it is (`a view`).
    """

    def __init__(
        self,
        tables: dict[str, Table],
        aliases: dict[str, str],
        others: dict[str, str] | None = None,
    ) -> None:
        self.tables = tables
        self.others = others or {}
        self._aliases = aliases

    def get(self, name: str) -> Table | None:
        """Return the table of that name (`orders`, `sales.orders`); None if there is none."""
        found = self.tables.get(name)
        return found or self.tables.get(self._aliases.get(name, ""))
