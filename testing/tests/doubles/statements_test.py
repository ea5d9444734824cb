"""Raw cursors over the statements that a test expects."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from belljar.doubles import BadExpectation, DoubleError, Refused, Statements
from belljar.doubles.ledger import Ledger

SELECT = "SELECT id, name FROM users WHERE id = ?"


@pytest.fixture
def expected(ledger: Ledger) -> Statements:
    return Statements(ledger)


def test_rows_columns_and_counts_are_as_told(expected: Statements) -> None:
    expected.expect(SELECT, (1,)).rows([(1, "Ada"), (2, "Bob")], columns=["id", "name"])
    expected.expect("UPDATE users *", [("a",), ("b",)]).affects(2)
    with expected.connection() as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT id, name\n  FROM users WHERE id = ?;", (1,))
        assert cursor.description is not None
        assert [column[0] for column in cursor.description] == ["id", "name"]
        assert (cursor.rowcount, cursor.fetchone()) == (2, (1, "Ada"))
        assert (cursor.fetchall(), cursor.fetchone()) == ([(2, "Bob")], None)
        cursor.executemany("UPDATE users SET name = ?", [("a",), ("b",)])
        assert cursor.rowcount == 2
    assert (expected.commits, expected.rollbacks) == (1, 0)


def test_an_error_is_the_driver_s_and_rolls_back(expected: Statements) -> None:
    expected.expect("INSERT *").raises(sqlite3.IntegrityError("UNIQUE constraint failed"))
    with pytest.raises(sqlite3.IntegrityError), expected.connection() as connection:
        connection.execute("INSERT INTO users VALUES (1)")
    assert (expected.commits, expected.rollbacks) == (0, 1)


def test_another_statement_or_other_parameters_are_refused(
    expected: Statements, ledger: Ledger
) -> None:
    expected.expect(SELECT, (1,)).rows([], columns=["id", "name"])
    connection = expected.connection()
    for sql, parameters in ((SELECT, (2,)), ("SELECT 1", ())):
        with pytest.raises(Refused, match=r"was not expected(?s:.*)valid: SELECT id, name.*\(1,\)"):
            connection.execute(sql, parameters)
    text = ledger.verdict()
    assert "was expected once, and came 0 times" in text
    assert "came: SELECT 1" in text
    connection.execute(SELECT, (1,))
    with pytest.raises(Refused, match="not expected again"):
        connection.execute(SELECT, (1,))


def test_what_a_driver_refuses_is_refused(expected: Statements) -> None:
    expected.expect("UPDATE *").affects(1)
    connection = expected.connection()
    cursor = connection.execute("UPDATE users")
    with pytest.raises(Refused, match="fetchone after a statement that gives no rows"):
        cursor.fetchone()
    cursor.close()
    with pytest.raises(Refused, match="closed cursor"):
        cursor.execute("UPDATE users")
    connection.close()
    with pytest.raises(Refused, match="closed connection"):
        connection.commit()


def test_a_row_that_does_not_fit_its_columns_is_refused(expected: Statements) -> None:
    with pytest.raises(BadExpectation, match="has 1 values, and there are 2 columns"):
        expected.expect(SELECT).rows([(1,)], columns=["id", "name"])


def test_answers_in_a_row_are_for_one_time_each(expected: Statements) -> None:
    locked = sqlite3.OperationalError("database is locked")
    expected.expect("INSERT *").raises(locked).affects(1, lastrowid=7)
    connection = expected.connection()
    with pytest.raises(sqlite3.OperationalError):
        connection.execute("INSERT INTO users VALUES (1)")
    assert connection.execute("INSERT INTO users VALUES (1)").lastrowid == 7


def test_rows_need_no_columns_and_may_be_mappings(expected: Statements) -> None:
    expected.expect("SELECT 1").rows([(1, 2)])
    expected.expect("SELECT 2").rows([{"id": 1, "name": "Ada"}])
    expected.expect("SELECT 3").rows([])
    connection = expected.connection()
    told = [connection.execute(f"SELECT {n}") for n in (1, 2, 3)]
    assert [cursor.fetchall() for cursor in told] == [[(1, 2)], [(1, "Ada")], []]
    assert [column[0] for column in told[0].description or []] == ["column1", "column2"]
    assert [column[0] for column in told[1].description or []] == ["id", "name"]


def test_parameters_in_a_list_are_those_in_a_tuple(expected: Statements) -> None:
    expected.expect(SELECT, (1,)).rows([])
    assert expected.connection().execute(SELECT, [1]).fetchall() == []


@pytest.mark.parametrize(
    "call",
    [
        lambda expected: expected.expect(None),
        lambda expected: expected.expect(SELECT).rows(None),
        lambda expected: expected.expect(SELECT).rows([{"a": 1}, {"b": 1}]),
        lambda expected: expected.expect(SELECT).raises("locked"),
        lambda expected: expected.expect(SELECT).affects(-1),
        lambda expected: expected.expect(SELECT).times(None),
        lambda expected: expected.expect(SELECT).row([1]),
    ],
)
def test_what_no_database_gives_is_refused(
    expected: Statements, call: Callable[[Statements], object]
) -> None:
    with pytest.raises(DoubleError, match=r"(?s)test: .*line: .*valid: .*fix: "):
        call(expected)
