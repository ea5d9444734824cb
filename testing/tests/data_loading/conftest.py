"""What the tests of loading share: a server, a shop's database, and scenarios written as text."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import psycopg
import pytest

from belljar.databases import PostgresServer

SHOP = """
CREATE TYPE tier AS ENUM ('basic', 'gold');
CREATE TABLE customers (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email varchar(30) NOT NULL UNIQUE,
    tier tier NOT NULL DEFAULT 'basic',
    tags text[], meta jsonb, picture bytea, born date,
    created timestamptz NOT NULL DEFAULT '2024-01-01 00:00Z',
    boss int REFERENCES customers,
    loud text GENERATED ALWAYS AS (upper(email)) STORED
);
CREATE UNIQUE INDEX one_address ON customers (lower(email));
CREATE TABLE orders (
    id serial PRIMARY KEY,
    customer_id int NOT NULL REFERENCES customers,
    low int, high int,
    code text CHECK (code ~ '^[a-z]{1}%?'),
    total numeric(8, 2) NOT NULL DEFAULT 0,
    CONSTRAINT in_order CHECK (low < high)
);
CREATE TABLE chickens (id int PRIMARY KEY, egg int NOT NULL);
CREATE TABLE eggs (id int PRIMARY KEY, chicken int NOT NULL REFERENCES chickens);
ALTER TABLE chickens ADD FOREIGN KEY (egg) REFERENCES eggs;
CREATE TABLE bookings (id int PRIMARY KEY, during int4range, EXCLUDE USING gist (during WITH &&));
"""

Rows = Callable[[str], list[tuple[object, ...]]]
Write = Callable[[Mapping[str, str]], Path]


@pytest.fixture(autouse=True)
def clean_environ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what a developer's shell may say about servers and ledgers."""
    for name in list(os.environ):
        if name.startswith(("BELLJAR_POSTGRES", "BELLJAR_LEDGER", "PG")):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture
def shop(server: PostgresServer) -> Iterator[str]:
    """Give the URL of a database of this test's own, with a shop's tables."""
    url = server.create_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SHOP.encode())
    yield url
    server.drop_database(url)


@pytest.fixture
def rows(shop: str) -> Rows:
    """Give what a query of the shop returns."""

    def ask(query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(shop, autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()

    return ask


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write files into the current folder; give the folder of the first, as a user would type it."""
    monkeypatch.chdir(tmp_path)

    def files(contents: Mapping[str, str]) -> Path:
        for name, text in contents.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text, encoding="utf-8")
        return Path(next(iter(contents))).parent

    return files
