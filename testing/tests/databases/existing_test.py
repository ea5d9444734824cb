"""Servers that run already, and are somebody else's."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from belljar.databases import (
    BadServerUrl,
    ExistingPostgres,
    ExistingValkey,
    PostgresServer,
    PostgresTemplate,
    ServerUnreachable,
    TemplateNotLoaded,
    ValkeyServer,
    loading,
)
from belljar.databases import (
    server as server_module,
)
from belljar.databases.urls import database_of
from belljar.processes import bind_socket

Ask = Callable[[str, str], object]
SOURCE = "BELLJAR_POSTGRES_URL"


@pytest.fixture(scope="module")
def theirs() -> Iterator[PostgresServer]:
    """A server with two users: `maker` may create databases, `reader` may not."""
    with PostgresServer(tcp=True) as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE ROLE maker LOGIN CREATEDB PASSWORD 'maker-secret'")
            connection.execute("CREATE ROLE reader LOGIN PASSWORD 'reader-secret'")
        yield server


def url_for(server: PostgresServer, user: str) -> str:
    place = urlsplit(server.url)
    return f"postgresql+psycopg://{user}:{user}-secret@127.0.0.1:{place.port}/postgres"


def databases(server: PostgresServer, ask: Ask) -> set[str]:
    names = ask(server.url, "SELECT array_agg(datname::text) FROM pg_database")
    assert isinstance(names, list)
    return set(names)


def test_what_a_run_creates_has_its_prefix_and_goes_at_the_end(
    theirs: PostgresServer, ask: Ask
) -> None:
    before = databases(theirs, ask)
    with ExistingPostgres(url_for(theirs, "maker"), source=SOURCE) as server:
        named, own = server.create_database("orders"), server.url
        assert server.url == own
        for url in (named, own):
            assert database_of(url).startswith(server.prefix)
            assert ask(url, "SELECT 1") == 1
        server.drop_database("orders")
        assert databases(theirs, ask) == before | {database_of(own)}
    assert databases(theirs, ask) == before


def test_two_runs_may_use_the_same_name(theirs: PostgresServer) -> None:
    url = url_for(theirs, "maker")
    with ExistingPostgres(url) as one, ExistingPostgres(url) as two:
        assert one.create_database("orders") != two.create_database("orders")


def test_a_user_who_may_not_create_databases_is_told_so(theirs: PostgresServer) -> None:
    server = ExistingPostgres(url_for(theirs, "reader"), source=SOURCE)
    with pytest.raises(ServerUnreachable, match='ALTER ROLE "reader" CREATEDB') as caught:
        server.start()
    assert "reader-secret" not in str(caught.value)


def test_a_wrong_password_is_told_in_one_line_without_it(theirs: PostgresServer) -> None:
    url = url_for(theirs, "maker").replace("maker-secret", "wrong-secret")
    with pytest.raises(ServerUnreachable, match="password authentication failed") as caught:
        ExistingPostgres(url, source=SOURCE).start()
    text = str(caught.value)
    assert text.startswith(f"{SOURCE}: cannot connect to postgresql://maker:***@127.0.0.1:")
    assert "wrong-secret" not in text
    assert "\n" not in text


def test_nobody_there_is_told_in_one_line() -> None:
    with bind_socket() as bound:
        url = f"postgresql://u:secret@127.0.0.1:{bound.getsockname()[1]}/postgres"
        with pytest.raises(ServerUnreachable, match="refused") as caught:
            ExistingPostgres(url, source=SOURCE).start()
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "told"), [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "not PostgreSQL"), (b"", "timeout")]
)
def test_what_is_not_postgresql_is_told_and_not_waited_for(
    words: bytes, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "CONNECT_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:

        def answer() -> socket.socket:
            client = listener.accept()[0]
            client.sendall(words)
            return client

        answered = pool.submit(answer)
        url = f"postgresql://u:secret@127.0.0.1:{listener.getsockname()[1]}/postgres"
        with pytest.raises(ServerUnreachable, match=told) as caught:
            ExistingPostgres(url, source=SOURCE).start()
        answered.result(10).close()
    assert "secret" not in str(caught.value)


def test_an_unknown_host_is_told() -> None:
    with pytest.raises(ServerUnreachable, match=f"{SOURCE}: cannot connect to .*nowhere.invalid"):
        ExistingPostgres("postgresql://u@nowhere.invalid/postgres", source=SOURCE).start()


def test_a_password_is_not_in_the_repr(theirs: PostgresServer) -> None:
    server = ExistingPostgres(url_for(theirs, "maker"))
    assert "maker:***@" in repr(server)
    assert "maker-secret" not in repr(server)


def test_what_a_killed_run_left_goes_at_the_next_start_and_what_a_living_one_has_stays(
    theirs: PostgresServer, ask: Ask
) -> None:
    url = url_for(theirs, "maker")
    dead, living = ExistingPostgres(url).start(), ExistingPostgres(url).start()
    left, kept = (database_of(run.create_database()) for run in (dead, living))
    assert dead._lease is not None
    dead._lease._connection.close()  # as the system does when a run is killed
    with ExistingPostgres(url):
        assert databases(theirs, ask) & {left, kept} == {kept}
    living.stop()
    assert kept not in databases(theirs, ask)


DUMP = """
SET statement_timeout = 0;
SET no_such_setting_in_this_version = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.orders (id integer NOT NULL, note text);
CREATE FUNCTION public.f() RETURNS text LANGUAGE sql AS $_$ SELECT '
COPY public.orders (id, note) FROM stdin;
'::text; $_$;
COPY public.orders (id, note) FROM stdin;
1\tone
2\tBack\\\\slash; 'quoted
3\t\\N
\\.
SELECT pg_catalog.set_config('search_path', 'x', false);
"""


def template(folder: Path, text: str = DUMP) -> PostgresTemplate:
    dump = folder / "orders.sql"
    dump.write_text(text)
    key = hashlib.sha256(text.encode()).hexdigest()
    return PostgresTemplate(folder / "orders.tar", dump, folder / "orders.tables.json", key)


def templates(server: PostgresServer, ask: Ask) -> object:
    query = "SELECT count(*) || ' ' || coalesce(max(oid), 0) FROM pg_database WHERE datname LIKE"
    return ask(server.url, f"{query} 'belljar\\_t\\_%'")


def test_a_template_is_loaded_once_by_a_user_with_createdb_and_cloned(
    theirs: PostgresServer, ask: Ask, tmp_path: Path
) -> None:
    orders = template(tmp_path)
    url = url_for(theirs, "maker")
    with ExistingPostgres(url) as server:
        name = server.ensure_template(orders)
        clone = server.create_database(template=name)
        rows = ask(clone, "SELECT array_agg(note ORDER BY id) FROM orders")
        assert rows == ["one", "Back\\slash; 'quoted", None]
        assert "COPY" in str(ask(clone, "SELECT f()"))
    once = templates(theirs, ask)
    with ExistingPostgres(url) as later:
        assert later.ensure_template(orders) == name
    assert templates(theirs, ask) == once


def test_many_runs_that_want_a_template_at_once_make_one(
    theirs: PostgresServer, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[str] = []
    load = loading._load

    def counted(url: str, wanted: PostgresTemplate) -> None:
        loads.append(url)
        load(url, wanted)

    monkeypatch.setattr(loading, "_load", counted)
    orders = template(tmp_path, DUMP + "-- another key")
    before = databases(theirs, ask)

    def ensure(_: int) -> str | None:
        with ExistingPostgres(url_for(theirs, "maker")) as server:
            name = server.ensure_template(orders)
            server.create_database(template=name)
            return name

    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(ensure, range(8)))
    assert databases(theirs, ask) - before == names
    assert len(names) == len(loads) == 1


def test_a_dump_that_does_not_go_in_leaves_nothing(
    theirs: PostgresServer, ask: Ask, tmp_path: Path
) -> None:
    before = databases(theirs, ask)
    broken = template(tmp_path, "CREATE TABLE public.t (); CREATE TABLE public.t ();")
    with ExistingPostgres(url_for(theirs, "maker")) as server:
        with pytest.raises(TemplateNotLoaded, match=r'orders.sql could not .*"t" already exists'):
            server.ensure_template(broken)
        assert databases(theirs, ask) == before


@pytest.mark.parametrize(
    ("extension", "told"),
    [
        ("file_fdw", "let a superuser run CREATE EXTENSION"),
        ("nonsense", "this server has: .*pg_trgm"),
    ],
)
def test_an_extension_that_the_user_may_not_have_is_told(
    theirs: PostgresServer, tmp_path: Path, extension: str, told: str
) -> None:
    wanting = template(tmp_path, f"CREATE EXTENSION IF NOT EXISTS {extension};")
    with (
        ExistingPostgres(url_for(theirs, "maker")) as server,
        pytest.raises(TemplateNotLoaded, match=told),
    ):
        server.ensure_template(wanting)


def test_a_template_that_nobody_used_for_long_is_dropped(
    theirs: PostgresServer, ask: Ask, tmp_path: Path
) -> None:
    with ExistingPostgres(url_for(theirs, "maker")) as server:
        old = server.ensure_template(template(tmp_path, "-- old"))
        note = "a template of belljar, last used on 2001-01-01"
        ask(theirs.url, f"COMMENT ON DATABASE {old} IS '{note}'; SELECT 1")
        new = server.ensure_template(template(tmp_path, "-- new"))
        assert databases(theirs, ask) & {old, new} == {new}


def test_only_the_named_valkey_database_is_flushed() -> None:
    valkey = pytest.importorskip("valkey")
    with ValkeyServer() as theirs:
        ours = ExistingValkey(f"unix://{theirs.socket}?db=9")
        clients = [valkey.Valkey.from_url(url) for url in (theirs.url, ours.url)]
        with ours:
            for client in clients:
                client.set("key", "value")
            ours.flush()
            assert [client.get("key") for client in clients] == [b"value", None]
        for client in clients:
            client.connection_pool.disconnect()


@pytest.mark.parametrize("url", ["valkey://:secret@h:1", "http://h/9", "unix:///s?x=1"])
def test_a_valkey_url_must_name_the_database_that_may_be_emptied(url: str) -> None:
    with pytest.raises(BadServerUrl, match="BELLJAR_VALKEY_URL must name") as caught:
        ExistingValkey(url, source="BELLJAR_VALKEY_URL")
    assert "secret" not in str(caught.value)


def test_a_valkey_server_that_is_not_there_is_told() -> None:
    pytest.importorskip("valkey")
    server = ExistingValkey("unix:///no/such/socket?db=1", source="BELLJAR_VALKEY_URL")
    with pytest.raises(ServerUnreachable, match="BELLJAR_VALKEY_URL: unix:///no/such/socket"):
        server.start()
