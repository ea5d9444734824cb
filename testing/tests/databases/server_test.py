"""Databases created and dropped on a server."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from belljar.databases import BadDatabaseName, DatabaseError, PostgresServer
from belljar.databases.urls import database_of

Ask = Callable[[str, str], object]


def test_every_database_is_new_and_empty(server: PostgresServer, ask: Ask) -> None:
    one, two = server.create_database(), server.create_database()
    assert one != two
    ask(one, "CREATE TABLE t (); SELECT 1")
    assert ask(two, "SELECT to_regclass('t')") is None


def test_a_given_name_is_used_as_it_is(server: PostgresServer, ask: Ask) -> None:
    name = 'Ünusual "name" with/ everything?'
    url = server.create_database(name)
    assert ask(url, "SELECT current_database()") == name
    with pytest.raises(BadDatabaseName, match="exists already"):
        server.create_database(name)


@pytest.mark.parametrize("name", ["x" * 64, "ä" * 32, "zero\0byte"])
def test_a_name_that_would_be_cut_is_refused(server: PostgresServer, name: str) -> None:
    with pytest.raises(BadDatabaseName, match="1 to 63 bytes"):
        server.create_database(name)


def test_dropping_takes_a_name_or_a_url_and_throws_clients_out(
    server: PostgresServer, ask: Ask
) -> None:
    by_url, by_name = server.create_database(), server.create_database("by_name")
    with psycopg.connect(by_url):
        server.drop_database(by_url)
    server.drop_database("by_name")
    left = ask(server.url, "SELECT array_agg(datname::text) FROM pg_database")
    assert isinstance(left, list)
    assert not {database_of(by_url), database_of(by_name)} & set(left)


def test_what_is_gone_already_may_be_dropped(server: PostgresServer, ask: Ask) -> None:
    url = server.create_database("fleeting")
    ask(server.url, "SELECT 1")
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("DROP DATABASE fleeting")
    server.drop_database(url)


def test_only_what_was_created_here_is_dropped(server: PostgresServer) -> None:
    with pytest.raises(BadDatabaseName, match="'postgres' is not a database that this run"):
        server.drop_database(server.url)


def test_an_error_of_the_server_is_passed_on_in_one_line(server: PostgresServer) -> None:
    url = server.create_database("template_like")
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("ALTER DATABASE template_like IS_TEMPLATE true")
    with pytest.raises(DatabaseError, match="cannot drop a template database") as caught:
        server.drop_database(url)
    assert "\n" not in str(caught.value)


def test_threads_may_create_databases_at_once(server: PostgresServer) -> None:
    with ThreadPoolExecutor(4) as pool:
        urls = list(pool.map(lambda _: server.create_database(), range(8)))
    assert len(set(urls)) == 8
