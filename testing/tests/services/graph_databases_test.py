"""The databases of a graph: put back between tests, while services stay connected."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg
import pytest
import valkey

from belljar.databases import DatabaseError, PostgresServer, PostgresTemplate
from belljar.databases.urls import with_database
from belljar.services.databases import GraphDatabases

Ask = Callable[[str], Any]

TABLES = """
CREATE TABLE product (id serial PRIMARY KEY, name text UNIQUE, parent int REFERENCES product);
CREATE TABLE line (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product int NOT NULL REFERENCES product,
    amount int NOT NULL DEFAULT 1,
    twice int GENERATED ALWAYS AS (amount * 2) STORED
);
CREATE TABLE journal (entry text);
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN INSERT INTO journal VALUES (TG_OP); RETURN NULL; END $$;
CREATE TRIGGER noted AFTER INSERT OR DELETE ON product EXECUTE FUNCTION noted();
CREATE TABLE event (at date NOT NULL, what text) PARTITION BY RANGE (at);
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM product;
"""
SEED = """
INSERT INTO product (name) VALUES ('lamp'), ('desk');
UPDATE product SET parent = 3 - id;
INSERT INTO line (product) VALUES (1);
DELETE FROM journal;
INSERT INTO event VALUES ('2024-05-01', E'tab\\tand\\nline');
REFRESH MATERIALIZED VIEW totals;
"""
ALL = """
SELECT string_agg(x, '; ' ORDER BY x) FROM (
    SELECT 'p ' || p::text FROM product p UNION ALL SELECT 'l ' || l::text FROM line l
    UNION ALL SELECT 'j ' || j::text FROM journal j UNION ALL SELECT 'e ' || e::text FROM event e
    UNION ALL SELECT 't ' || t::text FROM totals t
    UNION ALL SELECT 's ' || last_value::text FROM product_id_seq
    UNION ALL SELECT 'i ' || last_value::text FROM line_id_seq) AS all_of_it (x)
"""


@pytest.fixture(autouse=True)
def _clean_environ(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("BELLJAR_POSTGRES", "BELLJAR_VALKEY", "PG")):
            monkeypatch.delenv(name)


@pytest.fixture(name="template", scope="module")
def _template(tmp_path_factory: pytest.TempPathFactory) -> PostgresTemplate:
    folder = tmp_path_factory.mktemp("template")
    (folder / "tables.sql").write_text(TABLES, encoding="utf-8")
    (folder / "seed.sql").write_text(SEED, encoding="utf-8")
    return PostgresTemplate.build(
        migrations=[folder / "tables.sql"], seed=[folder / "seed.sql"], folder=folder / "built"
    )


@pytest.fixture(name="shared", scope="module")
def _shared(template: PostgresTemplate) -> Iterator[GraphDatabases]:
    databases = GraphDatabases(
        None, {"shop": template, "cache": "valkey"}, labels={"shop": "//shop:shop_db"}
    )
    yield databases
    databases.close()


@pytest.fixture(name="graph")
def _graph(shared: GraphDatabases) -> Iterator[GraphDatabases]:
    """Give the databases as they are at the start of a test."""
    shared.reset()
    yield shared


@pytest.fixture(name="service")
def _service(graph: GraphDatabases) -> Iterator[psycopg.Connection[Any]]:
    """Give the connection of a service, which does not know of tests."""
    url = graph.url("shop")
    with closing(psycopg.connect(url, autocommit=True, application_name="till")) as service:
        yield service


@pytest.fixture(name="ask")
def _ask(graph: GraphDatabases) -> Ask:
    """Ask over a connection of its own, and give the first value."""

    def ask(statement: str) -> Any:
        with psycopg.connect(graph.url("shop"), autocommit=True) as connection:
            row = connection.execute(statement.encode()).fetchone()
        return row[0] if row else None

    return ask


def test_a_database_has_what_its_template_has(graph: GraphDatabases, ask: Ask) -> None:
    assert ask("SELECT string_agg(name, ' ' ORDER BY id) FROM product") == "lamp desk"


def test_many_threads_get_one_database(template: PostgresTemplate) -> None:
    databases = GraphDatabases(None, {"shop": template, "cache": "valkey"})
    try:
        with ThreadPoolExecutor(8) as pool:
            urls = set(pool.map(databases.url, ["shop", "cache"] * 8))
        assert len(urls) == 2
    finally:
        databases.close()


def test_an_unknown_name_is_told_with_the_known_ones(graph: GraphDatabases) -> None:
    with pytest.raises(DatabaseError, match=r"no database 'shops' \(it has: 'shop', 'cache'\)"):
        graph.url("shops")


def test_everything_is_put_back_while_a_service_is_connected(
    graph: GraphDatabases, service: psycopg.Connection[Any], ask: Ask
) -> None:
    before = ask(ALL)
    pid = service.info.backend_pid
    service.execute("INSERT INTO product (name) VALUES ('sofa')")
    service.execute("INSERT INTO line (product, amount) VALUES (3, 7)")
    service.execute("UPDATE product SET name = 'table' WHERE name = 'desk'")
    service.execute("DELETE FROM event")
    service.execute("INSERT INTO event VALUES ('2024-12-31', 'new year')")
    service.execute("REFRESH MATERIALIZED VIEW totals")
    assert ask(ALL) != before
    assert graph.reset() == []
    assert not graph.cut
    assert ask(ALL) == before
    assert service.execute("SELECT pg_backend_pid()").fetchone() == (pid,)


def test_it_is_put_back_test_after_test(
    graph: GraphDatabases, service: psycopg.Connection[Any], ask: Ask
) -> None:
    before = ask(ALL)
    for _ in range(5):
        service.execute("DELETE FROM line")
        service.execute("INSERT INTO product (name) VALUES ('sofa')")
        assert graph.reset() == []
        assert ask(ALL) == before


def test_a_truncated_table_has_its_rows_again(
    graph: GraphDatabases, service: psycopg.Connection[Any], ask: Ask
) -> None:
    """TRUNCATE changes a catalog, and yet it is no DDL."""
    before = ask(ALL)
    service.execute("TRUNCATE product, line RESTART IDENTITY CASCADE")
    assert graph.reset() == []
    assert ask(ALL) == before


def test_rows_that_nobody_has_written_are_not_written_again(
    graph: GraphDatabases, service: psycopg.Connection[Any], ask: Ask
) -> None:
    places = "SELECT string_agg(ctid::text || xmin::text, ' ') FROM product"
    before = ask(places)
    service.execute("INSERT INTO journal VALUES ('seen')")
    graph.reset()
    assert ask(places) == before


def test_nothing_is_written_when_nothing_was(
    graph: GraphDatabases, service: psycopg.Connection[Any]
) -> None:
    next_one = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"
    before = service.execute(next_one.encode()).fetchone()
    service.execute("SELECT * FROM product")
    assert graph.reset() == []
    assert service.execute(next_one.encode()).fetchone() == before


def test_ids_are_the_same_after_a_rollback(
    graph: GraphDatabases, service: psycopg.Connection[Any], ask: Ask
) -> None:
    with service.transaction(force_rollback=True):
        service.execute("INSERT INTO product (name) VALUES ('sofa')")
    graph.reset()
    assert ask("INSERT INTO product (name) VALUES ('sofa') RETURNING id") == 3


def test_who_only_reads_is_left_in_peace(
    graph: GraphDatabases, service: psycopg.Connection[Any], ask: Ask
) -> None:
    before = ask(ALL)
    with service.transaction():
        service.execute("SELECT * FROM product")
        ask("INSERT INTO product (name) VALUES ('sofa') RETURNING id")
        assert graph.reset() == []
    assert ask(ALL) == before


def test_a_transaction_that_is_being_finished_is_waited_for(
    graph: GraphDatabases, service: psycopg.Connection[Any], ask: Ask
) -> None:
    before = ask(ALL)
    service.autocommit = False
    service.execute("INSERT INTO product (name) VALUES ('sofa')")
    with ThreadPoolExecutor(1) as pool:
        resetting = pool.submit(graph.reset)
        while not _looked_at(ask):
            assert not resetting.done()
        service.commit()
        assert resetting.result() == []
    assert ask(ALL) == before


def _looked_at(ask: Ask) -> bool:
    """Whether the one that puts back has come to look at the sessions."""
    return bool(
        ask(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'belljar' "
            "AND query LIKE '%backend_xid IS NOT NULL%'"
        )
    )


def test_a_transaction_that_never_ends_is_named_and_ended(
    graph: GraphDatabases, service: psycopg.Connection[Any], ask: Ask
) -> None:
    before = ask(ALL)
    service.autocommit = False
    service.execute("INSERT INTO product (name) VALUES ('sofa')")
    (complaint,) = graph.reset()
    assert "database 'shop' (//shop:shop_db)" in complaint
    assert "till (pid" in complaint
    assert "idle in transaction" in complaint
    assert "INSERT INTO product (name) VALUES ('sofa')" in complaint
    assert "fix:" in complaint
    assert graph.cut == {"shop"}
    assert ask(ALL) == before
    with pytest.raises(psycopg.OperationalError):
        service.commit()


def test_a_lock_is_not_waited_for_without_end(
    graph: GraphDatabases, service: psycopg.Connection[Any], ask: Ask
) -> None:
    before = ask(ALL)
    ask("INSERT INTO line (product) VALUES (2) RETURNING id")
    service.autocommit = False
    service.execute("LOCK TABLE line IN SHARE MODE")
    began = time.monotonic()
    (complaint,) = graph.reset()
    assert time.monotonic() - began < 10
    assert "till (pid" in complaint
    assert "LOCK TABLE line IN SHARE MODE" in complaint
    assert ask(ALL) == before


@pytest.mark.parametrize(
    ("ddl", "told"),
    [
        ("CREATE TABLE extra (x int)", "table extra: created"),
        ("ALTER TABLE line ADD COLUMN note text", "column note of table line: created"),
        ("DROP TRIGGER noted ON product", "trigger noted on table product: dropped"),
        ("SELECT lo_create(0)", "large object"),
    ],
)
def test_after_ddl_it_is_made_anew_and_said(
    graph: GraphDatabases,
    service: psycopg.Connection[Any],
    ask: Ask,
    ddl: str,
    told: str,
) -> None:
    before, url = ask(ALL), graph.url("shop")
    service.execute(ddl.encode())
    (complaint,) = graph.reset()
    assert told in complaint
    assert "made anew" in complaint
    assert "till (pid" in complaint
    assert graph.cut == {"shop"}
    assert graph.url("shop") == url
    assert ask(ALL) == before
    assert graph.reset() == []
    assert not graph.cut


def test_settings_of_the_database_are_undone(
    graph: GraphDatabases, service: psycopg.Connection[Any], ask: Ask
) -> None:
    name = service.info.dbname
    service.execute(f"ALTER DATABASE \"{name}\" SET statement_timeout = '7s'".encode())
    assert ask("SHOW statement_timeout") == "7s"
    assert len(graph.reset()) == 1
    assert ask("SHOW statement_timeout") == "0"


def test_temporary_tables_of_a_service_stay(
    graph: GraphDatabases, service: psycopg.Connection[Any]
) -> None:
    service.execute("CREATE TEMPORARY TABLE scratch AS SELECT 1 AS x")
    assert graph.reset() == []
    assert service.execute("SELECT x FROM scratch").fetchone() == (1,)


def test_it_is_put_back_after_all_sessions_were_ended(graph: GraphDatabases, ask: Ask) -> None:
    before = ask(ALL)
    ask("INSERT INTO product (name) VALUES ('sofa') RETURNING id")
    ask(
        "SELECT count(pg_terminate_backend(pid, 1000)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert graph.reset() == []
    assert ask(ALL) == before


def test_dead_rows_do_not_pile_up(
    graph: GraphDatabases, service: psycopg.Connection[Any], ask: Ask
) -> None:
    for _ in range(6):
        service.execute(
            "INSERT INTO journal SELECT repeat('x', 1000) FROM generate_series(1, 2000)"
        )
        assert graph.reset() == []
    assert ask("SELECT pg_relation_size('journal')") < 3 * 2000 * 1100


def test_a_server_that_died_is_told_and_another_one_started(template: PostgresTemplate) -> None:
    databases = GraphDatabases(None, {"shop": template})
    try:
        url = databases.url("shop")
        server: Any = databases.get("shop").server  # type: ignore[union-attr]  # a PostgreSQL
        server._process.kill()
        (complaint,) = databases.reset()
        assert "the PostgreSQL server died" in complaint
        assert databases.cut == {"shop"}
        assert databases.url("shop") != url
        with psycopg.connect(databases.url("shop")) as connection:
            assert connection.execute("SELECT count(*) FROM product").fetchone() == (2,)
    finally:
        databases.close()


@pytest.fixture(name="existing")
def _existing(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresServer]:
    """Give a server that runs already, for a user who may create databases and nothing else."""
    with PostgresServer() as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE ROLE guest LOGIN CREATEDB")
        monkeypatch.setenv("BELLJAR_POSTGRES_URL", server.url.replace("postgres@", "guest@"))
        yield server


def test_without_the_right_to_turn_triggers_off_it_is_made_anew(
    existing: PostgresServer, template: PostgresTemplate
) -> None:
    databases = GraphDatabases(None, {"shop": template})
    try:
        with psycopg.connect(databases.url("shop"), autocommit=True) as service:
            service.execute("INSERT INTO product (name) VALUES ('sofa')")
            (complaint,) = databases.reset()
        assert "must not turn off triggers" in complaint
        assert databases.cut == {"shop"}
        with psycopg.connect(databases.url("shop")) as connection:
            assert connection.execute("SELECT count(*) FROM product").fetchone() == (2,)
    finally:
        databases.close()


def test_nothing_is_left_on_a_server_that_runs_already(
    existing: PostgresServer, template: PostgresTemplate
) -> None:
    listing = "SELECT count(*) FROM pg_database WHERE datname ~ '^belljar_[0-9a-f]{8}_'"
    databases = GraphDatabases(None, {"shop": template})
    databases.url("shop")
    databases.reset()
    databases.close()
    with psycopg.connect(with_database(existing.url, "postgres")) as connection:
        assert connection.execute(listing.encode()).fetchone() == (0,)


def test_valkey_is_emptied(graph: GraphDatabases) -> None:
    client = valkey.Valkey.from_url(graph.url("cache"))
    client.set("x", "1")
    script: Any = client.script_load("return 1")
    assert graph.reset() == []
    assert client.dbsize() == 0
    assert client.script_exists(script) == [False]
    client.connection_pool.disconnect()


def test_the_fence_is_told_where_servers_listen(graph: GraphDatabases) -> None:
    graph.url("shop")
    graph.url("cache")
    sockets = graph.sockets()
    assert [(each.label, each.name) for each in sockets] == [
        ("//shop:shop_db", "shop"),
        ("", "cache"),
    ]
    for each in sockets:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.connect(each.address)
