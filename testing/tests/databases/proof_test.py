"""The proof of isolation: silent when nothing escaped, quick, and exact when something did."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from belljar.databases import PostgresServer
from belljar.databases.isolation.proof import KINDS, Escape, Finding, Proof, UnknownKind, describe
from belljar.databases.isolation.proof import looks as looks_module
from belljar.databases.isolation.proof import others as others_module
from belljar.databases.isolation.proof.about import About
from belljar.databases.isolation.wire import exchange

Connection = psycopg.Connection[Any]
AUTO_CONF = "SELECT pg_read_file('postgresql.auto.conf')"
INSERT = "INSERT INTO orders (note) VALUES ('secret')"


@pytest.fixture(scope="module")
def template(server: PostgresServer) -> str:
    with psycopg.connect(server.create_database("belljar_proof")) as connection:
        connection.execute("CREATE TABLE orders (id serial PRIMARY KEY, note text)")
        connection.execute("INSERT INTO orders (note) VALUES ('seed')")
    return "belljar_proof"


@pytest.fixture
def url(server: PostgresServer, template: str) -> str:
    return server.create_database(template=template)


@pytest.fixture
def inner(url: str) -> Iterator[Connection]:
    """The session that all tests use."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def proof(inner: Connection) -> Proof:
    return Proof(inner)


def no_reference() -> Connection:
    raise AssertionError("nothing was to be compared")


def other(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.mark.parametrize(
    "statements",
    [
        (),
        (INSERT, "CREATE TABLE t (id int)", "SELECT lo_create(0)", "TRUNCATE orders"),
        ("SAVEPOINT s", INSERT, "ROLLBACK TO s"),
        ("SELECT pg_advisory_xact_lock(7)", "LISTEN x", "NOTIFY x", "SET work_mem = '7MB'"),
        ("CREATE TEMP TABLE t (id int)", "DECLARE c CURSOR WITH HOLD FOR SELECT 1"),
        ("CREATE ROLE nobody_at_all", "ALTER ROLE postgres SET work_mem = '7MB'"),
        ("SELECT pg_advisory_lock(7)", "SELECT pg_advisory_unlock(7)"),
        ("PREPARE x AS SELECT 1", "DEALLOCATE x"),
        ("DEALLOCATE ALL",),
        ("ROLLBACK", "BEGIN", INSERT),
    ],
    ids=lambda statements: statements[-1] if statements else "nothing",
)
def test_what_is_rolled_back_or_put_away_has_not_escaped(
    inner: Connection, proof: Proof, statements: tuple[str, ...]
) -> None:
    for _ in range(2):
        proof.begin(inner)
        for statement in statements:
            inner.execute(statement.encode())
        assert proof.rollback(inner) == Finding()


def test_a_transaction_that_failed_is_clean(inner: Connection, proof: Proof) -> None:
    for _ in range(2):
        proof.begin(inner)
        inner.execute(INSERT.encode())
        with pytest.raises(psycopg.errors.DivisionByZero):
            inner.execute("SELECT 1/0")
        assert not proof.rollback(inner)


def test_what_sets_sequences_back_is_not_in_the_transaction_of_the_test(
    inner: Connection, proof: Proof
) -> None:
    proof.begin(inner)
    inner.execute(INSERT.encode())
    assert not proof.rollback(inner)
    proof.begin(inner)
    row = inner.execute("SELECT pg_current_xact_id_if_assigned()").fetchone()
    assert row == (None,)
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        inner.execute("SELECT lastval()")
    assert not proof.rollback(inner)


def test_ids_are_the_same_in_each_test(inner: Connection, proof: Proof) -> None:
    given = []
    for rollback in ("ROLLBACK TO s", "RELEASE s", "ROLLBACK TO s"):
        proof.begin(inner)
        inner.execute("SAVEPOINT s")
        given.append(inner.execute(f"{INSERT} RETURNING id".encode()).fetchone())
        inner.execute(rollback.encode())
        assert not proof.rollback(inner)
    assert given == [(2,)] * 3


def test_what_the_driver_prepares_is_its_own_business(inner: Connection, proof: Proof) -> None:
    proof.begin(inner)
    for number in range(10):
        inner.execute("SELECT %s::int", [number], prepare=True)
    assert not proof.rollback(inner)


def test_it_is_one_message_at_the_start_and_one_at_the_end(
    inner: Connection, proof: Proof, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []

    def counted(pgconn: Any, message: bytes) -> Any:
        sent.append(message)
        return exchange(pgconn, message)

    monkeypatch.setattr(looks_module, "exchange", counted)
    monkeypatch.setattr("belljar.databases.isolation.sequences.exchange", counted)
    for _ in range(3):
        proof.begin(inner)
        inner.execute(INSERT.encode())
        assert not proof.rollback(inner)
    assert len(sent) == 6


def test_a_second_connection_that_commits_nothing_needs_no_comparison(
    inner: Connection, proof: Proof, url: str
) -> None:
    for _ in range(20):
        proof.begin(inner)
        inner.execute(INSERT.encode())
        other(url, "SELECT * FROM orders")
        assert proof.rollback(inner) == Finding()


def test_a_commit_is_never_missed_because_its_session_is_still_closing(
    inner: Connection, proof: Proof, url: str
) -> None:
    for _ in range(20):
        proof.begin(inner)
        other(url, "UPDATE orders SET note = 'x'")
        finding = proof.rollback(inner)
        assert finding.suspicion
        assert not finding.escapes


def test_commits_elsewhere_on_the_server_are_not_ours(
    inner: Connection, proof: Proof, url: str, server: PostgresServer, template: str
) -> None:
    proof.begin(inner)
    inner.execute(INSERT.encode())
    other(server.create_database(template=template), INSERT)
    assert not proof.rollback(inner)
    proof.begin(inner)
    other(url, "SELECT 1")
    other(server.create_database(template=template), INSERT)
    finding = proof.rollback(inner)
    assert finding.suspicion
    assert proof.verdict(inner, lambda: _clone(server, template), finding=finding) == ""


def test_a_session_that_may_stay_is_watched_all_the_same(
    inner: Connection, url: str, server: PostgresServer, template: str
) -> None:
    proof = Proof(inner, off={"sessions"})
    with psycopg.connect(url, autocommit=True) as stays:
        for _ in range(2):
            proof.begin(inner)
            stays.execute("SELECT 1")
            assert not proof.rollback(inner)
        proof.begin(inner)
        stays.execute(INSERT.encode())
        finding = proof.rollback(inner)
        text = proof.verdict(inner, lambda: _clone(server, template), finding=finding)
        assert "table public.orders: 1 row more" in text


def test_sessions_of_the_caller_are_not_left_over(inner: Connection, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as ours:
        proof = Proof(inner)
        ours.execute("SELECT 1")
        proof.begin(inner)
        assert not proof.rollback(inner, ours=[ours.info.backend_pid])


def test_a_left_over_session_is_ended_by_the_verdict(
    inner: Connection, proof: Proof, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(others_module, "CLOSING_SECONDS", 0.05)
    with psycopg.connect(url) as forgotten:
        forgotten.execute("LOCK orders")
        assert "still connected" in proof.verdict(inner, no_reference)
        with pytest.raises(psycopg.OperationalError):
            forgotten.execute("SELECT 1")
    assert proof.verdict(inner, no_reference) == ""


def test_who_rolls_back_by_himself_asks_afterwards(
    inner: Connection, proof: Proof, server: PostgresServer, template: str
) -> None:
    inner.execute("BEGIN")
    inner.execute(INSERT.encode())
    inner.execute("ROLLBACK")
    proof.sequences.restore(inner)
    assert proof.quick(inner) == Finding()
    inner.execute("BEGIN")
    inner.execute(INSERT.encode())
    inner.execute("COMMIT")
    proof.sequences.restore(inner)
    text = proof.verdict(inner, lambda: _clone(server, template), outer_ended=True)
    assert "table public.orders: 1 row more than the template (2, not 1)" in text
    assert "secret" not in text


def test_rows_are_shown_on_request(
    inner: Connection, proof: Proof, server: PostgresServer, template: str
) -> None:
    inner.execute(INSERT.encode())
    inner.execute("DELETE FROM orders WHERE note = 'seed'")
    text = proof.verdict(inner, lambda: _clone(server, template), outer_ended=True, show_rows=True)
    assert "not the same rows as in the template (1, as there)" in text
    assert "+ (2,secret)" in text
    assert "- (1,seed)" in text


@pytest.mark.parametrize("statement", ["SELECT 1", "UPDATE orders SET note = 'x'"])
def test_a_server_that_counts_late_is_asked_in_another_way(
    inner: Connection,
    url: str,
    server: PostgresServer,
    template: str,
    monkeypatch: pytest.MonkeyPatch,
    statement: str,
) -> None:
    """As PostgreSQL 14 does, whose statistics come half a second later."""
    about = About.of

    def late(connection: Connection) -> About:
        found = about(connection)
        return dataclasses.replace(found, counts_sessions=False, counts_rows=False)

    monkeypatch.setattr(About, "of", late)
    proof = Proof(inner)
    for _ in range(2):
        proof.begin(inner)
        inner.execute(INSERT.encode())
        assert proof.rollback(inner) == Finding()
    proof.begin(inner)
    other(url, statement)
    finding = proof.rollback(inner)
    text = proof.verdict(inner, lambda: _clone(server, template), finding=finding)
    assert ("table public.orders: not the same rows" in text) == (statement != "SELECT 1")


def test_a_user_who_may_only_create_databases_is_enough(server: PostgresServer, url: str) -> None:
    other(server.url, "DROP ROLE IF EXISTS maker", "CREATE ROLE maker LOGIN CREATEDB")
    made = url.replace("postgres@", "maker@").replace(url.split("/")[3].split("?")[0], "postgres")
    with psycopg.connect(made, autocommit=True) as connection:
        connection.execute("CREATE DATABASE theirs")
        connection.execute("CREATE DATABASE working TEMPLATE theirs")
    names = ("theirs", "working")
    theirs, working = (made.replace("/postgres?", f"/{name}?") for name in names)
    with psycopg.connect(working, autocommit=True) as connection:
        proof = Proof(connection)
        assert proof.unseen
        proof.begin(connection)
        other(working, "CREATE SCHEMA s", "CREATE TABLE s.t (id serial)")
        finding = proof.rollback(connection)
        text = proof.verdict(
            connection, lambda: psycopg.connect(theirs, autocommit=True), finding=finding
        )
    assert "schema s: created" in text
    assert "table s.t: created" in text
    for name in names:
        other(made, f"DROP DATABASE {name}")
    other(server.url, "DROP ROLE maker")


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("INSERT INTO public.orders (note) VALUES ('x')", "table public.orders: 1 row more"),
        ("CREATE TABLE public.left_over (id int)", "table public.left_over: created"),
        ("SELECT nextval('public.orders_id_seq')", "sequence public.orders_id_seq: moved"),
        ("ALTER ROLE postgres SET work_mem = '7MB'", "still set to '7MB'"),
        ("ALTER SYSTEM SET work_mem = '7MB'", "ALTER SYSTEM SET work_mem: still '7MB'"),
        ("SELECT lo_create(77)", "large object 77: created"),
        ("INSERT INTO mine VALUES (1)", ""),
        ("SELECT * FROM public.orders", ""),
    ],
)
def test_on_the_rung_schema_only_what_is_outside_counts(
    inner: Connection, url: str, statement: str, told: str
) -> None:
    proof = Proof(inner, schema="test_1", owns_server=True)
    for each in ("SELECT 1", statement, "SELECT 1"):
        inner.execute("CREATE SCHEMA test_1; CREATE TABLE test_1.mine (id int)")
        other(url, "SET search_path = test_1, public", each)
        inner.execute("DROP SCHEMA test_1 CASCADE")
        text = proof.verdict(inner, no_reference)
        if each is not statement or not told:
            assert text == ""
            continue
        assert told in text
        # A new database would be like at the start.
        inner.execute("DROP TABLE IF EXISTS public.left_over")
        inner.execute("DELETE FROM orders WHERE note = 'x'")
        inner.execute("SELECT lo_unlink(oid) FROM pg_largeobject_metadata")


@pytest.mark.parametrize("owns_server", [True, False])
def test_what_concerns_a_server_that_others_use_is_told_and_not_undone(
    inner: Connection, url: str, owns_server: bool
) -> None:
    proof = Proof(inner, schema="test_1", owns_server=owns_server)
    other(url, "CREATE ROLE belljar_left", "ALTER ROLE belljar_left SET work_mem = '7MB'")
    other(url, "ALTER SYSTEM SET work_mem = '7MB'")
    text = proof.verdict(inner, no_reference)
    for told in ("role belljar_left: created", 'ALTER ROLE "belljar_left" SET', "ALTER SYSTEM SET"):
        assert told in text
    query = "SELECT FROM pg_roles WHERE rolname = 'belljar_left'"
    gone = inner.execute(query.encode()).fetchone() is None
    configured = "work_mem" in str(inner.execute(AUTO_CONF.encode()).fetchone())
    assert (gone, configured) == (owns_server, not owns_server)
    assert proof.verdict(inner, no_reference) == ""
    inner.execute("DROP ROLE IF EXISTS belljar_left")
    inner.execute("ALTER SYSTEM RESET ALL")


def test_an_unknown_kind_is_told_with_the_known_ones(inner: Connection) -> None:
    with pytest.raises(UnknownKind, match=r"no check 'row'; there are: channels, .*, temporary"):
        Proof(inner, off={"row"})


def test_a_description_says_by_kind_what_it_is_and_how_to_mend_it() -> None:
    escapes = [Escape("rows", f"table {name}", "1 row more") for name in ("b", "a")]
    text = describe([*escapes, Escape("locks", "advisory lock 7", "still held", "session")])
    assert text.splitlines()[1].startswith("  advisory lock 7: still held")
    assert text.index("table a") < text.index("table b") < text.index('isolation="template"')
    assert "proof={'locks', 'rows'}" in text
    assert list(KINDS) == sorted(KINDS)


def _clone(server: PostgresServer, template: str) -> Connection:
    return psycopg.connect(server.create_database(template=template), autocommit=True)
