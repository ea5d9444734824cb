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
from collections.abc import Iterable, Sequence
from typing import Any

from belljar.doubles.counting import FOREVER, often
from belljar.doubles.cursors import Connection
from belljar.doubles.errors import BadExpectation, DoubleError, Refused, Unmet
from belljar.doubles.ledger import Ledger
from belljar.doubles.patterns import pattern
from belljar.doubles.places import caller

__all__ = ["ExpectedStatement", "Statements"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

ANY: Any = object()


class ExpectedStatement:
    """A statement and what it gives; once, unless it is told otherwise."""

    def __init__(self, sql: str, parameters: Any, ledger: Ledger) -> None:
        self.line = caller()
        self.sql, self.parameters = _flat(sql), parameters
        self.least = self.most = 1
        self.came = 0
        self.columns: list[str] = []
        self.result: list[tuple[Any, ...]] = []
        self.count = -1
        self.error: BaseException | None = None
        self._ledger = ledger

    def rows(self, rows: Iterable[Sequence[Any]], *, columns: Sequence[str]) -> ExpectedStatement:
        """Give these rows; each has to have a value for each column."""
        self.columns = list(columns)
        self.result = [tuple(row) for row in rows]
        self.count = len(self.result)
        for row in self.result:
            if len(row) != len(self.columns):
                raise self._ledger.error(
                    BadExpectation,
                    f"statements: the row {row!r} has {len(row)} values, and there are {len(self.columns)} columns",
                    choices=self.columns,
                )
        return self

    def affects(self, count: int) -> ExpectedStatement:
        """Give no rows, and this as `rowcount`."""
        self.count = count
        return self

    def raises(self, error: BaseException) -> ExpectedStatement:
        """Raise the driver's own error."""
        self.error = error
        return self

    def times(self, count: int) -> ExpectedStatement:
        """Expect it so many times."""
        self.least = self.most = count
        return self

    def any_number(self) -> ExpectedStatement:
        """Let it come any number of times, or never."""
        self.least, self.most = 0, FOREVER
        return self

    def takes(self, sql: str, parameters: Any) -> bool:
        """Tell whether it is this statement."""
        if not pattern(self.sql).fullmatch(sql):
            return False
        return self.parameters is ANY or self.parameters == parameters

    def __str__(self) -> str:
        told = "" if self.parameters is ANY else f" with {self.parameters!r}"
        return f"{self.sql}{told}, {often(self.least, self.most)} (came {self.came}; {self.line})"


class Statements:
    """The expected statements; `ran` are those that came, `commits` and `rollbacks` count."""

    def __init__(self, ledger: Ledger) -> None:
        self.ran: list[tuple[str, Any]] = []
        self.commits = self.rollbacks = 0
        self.ledger = ledger
        self._expected: list[ExpectedStatement] = []
        ledger.at_the_end(self._unmet)

    def expect(self, sql: str, parameters: Any = ANY) -> ExpectedStatement:
        """Expect a statement: spaces don't matter, `*` stands for any text; any parameters, unless they are told."""
        expected = ExpectedStatement(sql, parameters, self.ledger)
        self._expected.append(expected)
        return expected

    def connection(self) -> Connection:
        """Give a connection, as a driver's `connect` does."""
        return Connection(self)

    def run(self, sql: str, parameters: Any) -> ExpectedStatement:
        """Give what is expected for a statement that came."""
        sql = _flat(sql)
        self.ran.append((sql, parameters))
        fitting = [each for each in self._expected if each.takes(sql, parameters)]
        for each in fitting:
            if each.came < each.most:
                each.came += 1
                if each.error is not None:
                    raise each.error
                return each
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


def _flat(sql: str) -> str:
    return re.sub(r"\s+", " ", sql).strip().rstrip(";").rstrip()
