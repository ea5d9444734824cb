"""Raw cursors over the statements that a test expects."""

from __future__ import annotations

import sqlite3

import pytest

from belljar.doubles import BadExpectation, Refused, Statements
from belljar.doubles.ledger import Ledger

SELECT = "SELECT id, name FROM users WHERE id = ?"


@pytest.fixture
def expected(ledger: Ledger) -> Statements:
    return Statements(ledger)


def test_rows_columns_and_counts_are_as_told(expected: Statements) -> None:
    expected.expect(SELECT, (1,)).rows([(1, "Ada"), (2, "Bob")], columns=["id", "name"])
    expected.expect("UPDATE users *").affects(2).times(2)
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
