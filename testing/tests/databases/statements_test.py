"""What a statement says about the isolation it needs."""

from __future__ import annotations

import pytest

from belljar.databases.isolation.statements import hazard_of, only_reads


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("CREATE TABLE t (i int)", "CREATE"),
        ("  -- first a comment\n alter table t add x int", "ALTER"),
        ("/* and\n another */ DROP INDEX i", "DROP"),
        ("LISTEN news", "LISTEN"),
        ("SELECT 1; NOTIFY news", "NOTIFY"),
        ("select pg_notify('news', 'x')", "pg_notify"),
        ("SELECT pg_advisory_lock(1)", "pg_advisory_lock"),
        ("VACUUM", "VACUUM"),
        ("COMMIT", "COMMIT"),
        ("start  transaction", "START TRANSACTION"),
        ("PREPARE TRANSACTION 'x'", "two-phase"),
        ("REFRESH MATERIALIZED VIEW v", "materialized"),
        ("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "isolation level"),
    ],
)
def test_what_a_rollback_cannot_hide_is_named(statement: str, word: str) -> None:
    assert word in hazard_of(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1",
        "INSERT INTO t VALUES ('CREATE TABLE')",
        "CREATE TEMP TABLE t (i int)",
        "SELECT pg_advisory_xact_lock(1)",
        "ROLLBACK TO SAVEPOINT a",
        "SAVEPOINT a",
        "TRUNCATE t RESTART IDENTITY",
        "SELECT * FROM commits",
        "DELETE FROM created",
    ],
)
def test_what_a_rollback_undoes_is_no_hazard(statement: str) -> None:
    assert hazard_of(statement) == ""


@pytest.mark.parametrize(
    ("statement", "reads"),
    [
        ("SELECT 1", True),
        ("-- a comment\nSELECT 1", True),
        ("SELECT * FROM t FOR UPDATE", False),
        ("SELECT * FROM t FOR NO KEY UPDATE", False),
        ("WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", False),
        ("INSERT INTO t SELECT 1", False),
        ("SELECT 1; DELETE FROM t", False),
        ("SHOW all", True),
    ],
)
def test_a_statement_only_reads_if_it_begins_like_a_query_and_locks_nothing(
    statement: str, reads: bool
) -> None:
    assert only_reads(statement) is reads
