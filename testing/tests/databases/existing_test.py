"""Servers that run already, and are somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import psycopg
import pytest

from belljar.databases import (
    BadServerUrl,
    ExistingPostgres,
    ExistingValkey,
    PostgresServer,
    ServerUnreachable,
    ValkeyServer,
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


def test_a_password_is_not_in_the_repr(theirs: PostgresServer) -> None:
    server = ExistingPostgres(url_for(theirs, "maker"))
    assert "maker:***@" in repr(server)
    assert "maker-secret" not in repr(server)


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
