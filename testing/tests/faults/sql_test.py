"""SQLAlchemy on SQLite: what is planned is raised where the driver raises it, and the work is done or not."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from belljar.faults import BadParameter, Faults, ImpossibleFault


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = create_engine(f"sqlite:///{tmp_path}/t.db")
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE t (n INTEGER UNIQUE)"))
    yield made
    made.dispose()


def insert(engine: Engine, number: int) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO t VALUES (:n)"), {"n": number})


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM t")).scalar_one())


def test_a_statement_fails_as_the_driver_has_it_and_then_passes(
    faults: Faults, engine: Engine
) -> None:
    faults.on("sql", verb="insert").sql_error(times=2)
    for _ in range(2):
        with pytest.raises(OperationalError, match="database is locked") as caught:
            insert(engine, 1)
        assert type(caught.value.orig) is sqlite3.OperationalError
        assert caught.value.statement == "INSERT INTO t VALUES (:n)".replace(":n", "?")
    insert(engine, 1)
    assert count(engine) == 1


def test_another_error_is_of_its_own_class(faults: Faults, engine: Engine) -> None:
    faults.on("sql", statement="INSERT INTO t *").sql_error(
        error="IntegrityError", message="UNIQUE constraint failed: t.n"
    )
    with pytest.raises(IntegrityError, match="UNIQUE constraint failed"):
        insert(engine, 1)


def test_a_commit_that_fails_leaves_nothing(faults: Faults, engine: Engine) -> None:
    faults.on("sql", method="commit").sql_error(times=1)
    with pytest.raises(OperationalError, match="database is locked"):
        insert(engine, 1)
    assert count(engine) == 0


def test_a_commit_whose_answer_is_lost_is_done(faults: Faults, engine: Engine) -> None:
    faults.on("sql", method="commit").lose_answer(times=1)
    with pytest.raises(OperationalError, match="disk I/O error"):
        insert(engine, 1)
    assert count(engine) == 1


def test_a_session_s_commit_is_one_as_well(faults: Faults, engine: Engine) -> None:
    faults.on("sql", method="commit").sql_error(times=1)
    with Session(engine) as session:
        session.execute(text("INSERT INTO t VALUES (1)"))
        with pytest.raises(OperationalError):
            session.commit()
    assert count(engine) == 0


def test_many_rows_at_once_fail_as_one(faults: Faults, engine: Engine) -> None:
    faults.on("sql", verb="INSERT").sql_error(calls=1)
    rows = [{"n": 1}, {"n": 2}]
    with pytest.raises(OperationalError), engine.begin() as connection:
        connection.execute(text("INSERT INTO t VALUES (:n)"), rows)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO t VALUES (:n)"), rows)
    assert count(engine) == 2


def test_a_statement_without_parameters_fails_too(faults: Faults, engine: Engine) -> None:
    faults.on("sql", verb="SELECT").sql_error(times=1)
    with (
        pytest.raises(OperationalError),
        engine.connect().execution_options(no_parameters=True) as connection,
    ):
        connection.exec_driver_sql("SELECT 1")
    assert count(engine) == 0


def test_connecting_fails(faults: Faults, tmp_path: Path) -> None:
    faults.on("sql", method="connect").sql_error(message="unable to open database file", times=1)
    engine = create_engine(f"sqlite:///{tmp_path}/u.db")
    with pytest.raises(OperationalError, match="unable to open database file"):
        engine.connect()
    engine.connect().close()
    engine.dispose()


def test_a_slow_statement_takes_its_time(faults: Faults, engine: Engine) -> None:
    faults.on("sql", verb="SELECT").latency(mean=0.1)
    begin = time.monotonic()
    assert count(engine) == 0
    assert time.monotonic() - begin >= 0.1


def test_sqlalchemy_is_as_before_when_it_is_over(faults: Faults, engine: Engine) -> None:
    faults.on("sql").sql_error()
    assert event.contains(Engine, "do_execute", lambda: None) is False
    with pytest.raises(OperationalError):
        count(engine)
    faults.close()
    assert count(engine) == 0


def test_what_a_database_cannot_do_is_refused(faults: Faults) -> None:
    with pytest.raises(ImpossibleFault, match=r"(?s)'status' can't happen at 'sql'.*sql_error"):
        faults.on("sql").fail(status=503)
    with pytest.raises(ImpossibleFault, match="five digits or capitals"):
        faults.on("sql").sql_error(sqlstate="bad")
    with pytest.raises(BadParameter, match=r"error is 'OperatinalError'(?s:.*)'OperationalError'"):
        faults.on("sql").sql_error(error="OperatinalError")
