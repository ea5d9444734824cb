"""`Statements`: what the fixture `statements` gives; a DB-API connection for code that uses raw cursors.

    statements.expect("SELECT id, name FROM users WHERE id = ?", (1,)).rows([(1, "Ada")], columns=["id", "name"])
    statements.expect("UPDATE users *").affects(1)
    statements.expect("INSERT *").raises(sqlite3.IntegrityError("UNIQUE constraint failed"))
    load_user(statements.connection(), 1)

It checks no SQL: a statement with a typo passes. A real SQLite in memory costs a tenth of a millisecond and does
(`sqlite_database`); this is for what it can't say: another engine's SQL, rows that are hard to get, errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from belljar.doubles.counting import counted, often
from belljar.doubles.cursors import Connection
from belljar.doubles.errors import BadExpectation, DoubleError, Refused, Unmet
from belljar.doubles.ledger import Ledger
from belljar.doubles.patterns import pattern
from belljar.doubles.spoken import Spoken
from belljar.doubles.turns import Turns

__all__ = ["ExpectedStatement", "Statements"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

ANY: Any = object()


@dataclass(frozen=True)
class Given:
    """What one statement gives."""

    columns: list[str] = field(default_factory=list)
    result: list[tuple[Any, ...]] = field(default_factory=list)
    count: int = -1
    last: int | None = None
    error: BaseException | type[BaseException] | None = None


class ExpectedStatement(Turns[Given]):
    """A statement and what it gives; once, unless it is told otherwise, or gives several things in a row."""

    def __init__(self, sql: str, parameters: Any, ledger: Ledger) -> None:
        super().__init__(ledger)
        self.sql, self.parameters = _flat(sql), parameters

    def rows(
        self, rows: Iterable[Sequence[Any] | Mapping[str, Any]], *, columns: Sequence[str] = ()
    ) -> ExpectedStatement:
        """Give these rows once more; columns are those that are told, a mapping's keys, or `column1` and so on."""
        try:
            told = list(rows)
            first: Any = told[0] if told else ()
            names = list(columns or (first if isinstance(first, Mapping) else ()))
            names = names or [f"column{n + 1}" for n in range(len(first) or 1)]
            result = [
                tuple(row[name] for name in names) if isinstance(row, Mapping) else tuple(row)
                for row in told
            ]
        except (KeyError, TypeError) as error:
            raise self._ledger.error(
                BadExpectation,
                f"statements: {self.sql}: {rows!r} are no rows ({error!r})",
                choices=[
                    '.rows([(1, "Ada")], columns=["id", "name"])',
                    '.rows([{"id": 1}])',
                    ".rows([])",
                ],
                fix="give a list of rows, each with a value for each column",
            ) from None
        for row in result:
            if len(row) != len(names):
                raise self._ledger.error(
                    BadExpectation,
                    f"statements: the row {row!r} has {len(row)} values, and there are {len(names)} columns",
                    choices=names,
                    fix="give each row a value for each column",
                )
        return self._turn(Given(names, result, len(result)))

    def affects(self, count: int, *, lastrowid: int | None = None) -> ExpectedStatement:
        """Give no rows once more, and this as `rowcount`."""
        return self._turn(Given(count=counted(self._ledger, "affects", count), last=lastrowid))

    def raises(self, error: BaseException | type[BaseException]) -> ExpectedStatement:
        """Raise the driver's own error once more."""
        kind = error if isinstance(error, type) else type(error)
        if not issubclass(kind, BaseException):
            raise self._ledger.error(
                BadExpectation,
                f"statements: {self.sql} raises {error!r}: that is no error",
                choices=['sqlite3.OperationalError("database is locked")'],
                fix="give it the driver's own error",
            )
        return self._turn(Given(error=error))

    def take(self) -> Given:
        """Give what is next."""
        given = self._next() or Given()
        if given.error is not None:
            raise given.error
        return given

    def takes(self, sql: str, parameters: Any) -> bool:
        """Tell whether it is this statement."""
        if not pattern(self.sql).fullmatch(sql):
            return False
        return self.parameters is ANY or _plain(self.parameters) == _plain(parameters)

    def __str__(self) -> str:
        told = "" if self.parameters is ANY else f" with {self.parameters!r}"
        return f"{self.sql}{told}, {often(self.least, self.most)} (came {self.came}; {self.line})"


class Statements(Spoken):
    """The expected statements; `ran` are those that came, `commits` and `rollbacks` count."""

    def __init__(self, ledger: Ledger) -> None:
        self.ran: list[tuple[str, Any]] = []
        self.commits = self.rollbacks = 0
        self.ledger = self._ledger = ledger
        self._expected: list[ExpectedStatement] = []
        ledger.at_the_end(self._unmet)

    def expect(self, sql: str, parameters: Any = ANY) -> ExpectedStatement:
        """Expect a statement: spaces don't matter, `*` stands for any text; any parameters, unless they are told."""
        if not isinstance(sql, str) or not sql.strip():
            raise self.ledger.error(
                BadExpectation,
                f"statements.expect({sql!r}): that is no statement",
                choices=['"SELECT name FROM users *"', '"*"'],
                fix="say the SQL as a text",
            )
        expected = ExpectedStatement(sql, parameters, self.ledger)
        self._expected.append(expected)
        return expected

    def connection(self) -> Connection:
        """Give a connection, as a driver's `connect` does."""
        return Connection(self)

    def run(self, sql: str, parameters: Any) -> Given:
        """Give what is expected for a statement that came."""
        sql = _flat(sql)
        self.ran.append((sql, parameters))
        fitting = [each for each in self._expected if each.takes(sql, parameters)]
        for each in fitting:
            if not each.is_over:
                return each.take()
        told = f" with {parameters!r}" if parameters else ""
        raise self.ledger.complaint(
            Refused,
            f"statements: {sql}{told} was not expected{' again' if fitting else ''}",
            choices=[str(each) for each in self._expected] or ["nothing is expected"],
            fix="statements.expect(SQL, PARAMETERS).rows(...) or .affects(...), if it is right",
        )

    def _unmet(self) -> Iterable[DoubleError]:
        for each in self._expected:
            if each.came < each.least:
                yield self.ledger.error(
                    Unmet,
                    f"statements: {each.sql} was expected {often(each.least)}, and came {each.came} times",
                    line=each.line,
                    choices=[f"came: {sql}" for sql, _ in self.ran] or ["nothing came"],
                    fix="let the code run it, or say .any_number()",
                )


def _plain(parameters: Any) -> Any:
    """Give parameters as lists: to a driver a tuple and a list are the same."""
    if isinstance(parameters, list | tuple):
        return [_plain(each) for each in parameters]
    return parameters


def _flat(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).strip().rstrip(";").rstrip()
