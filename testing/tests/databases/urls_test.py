"""Database URLs, changed and shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from belljar.databases import BadServerUrl
from belljar.databases.urls import (
    database_of,
    libpq_url,
    redacted,
    socket_url,
    with_database,
)


def test_a_socket_url_has_its_folder_in_the_query() -> None:
    url = socket_url(Path("/dev/shm/a b"), "postgres", "me")
    assert url == "postgresql://me@/postgres?host=/dev/shm/a%20b"


def test_another_database_keeps_the_rest() -> None:
    url = with_database("postgresql://u:p@h:5/old?sslmode=require", 'ä/"?')
    assert url == "postgresql://u:p@h:5/%C3%A4%2F%22%3F?sslmode=require"
    assert database_of(url) == 'ä/"?'


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:secret@h:5/d", "postgresql://u:***@h:5/d"),
        ("postgresql://u:sec@ret@h/d", "postgresql://u:***@h/d"),
        ("postgresql://u@h/d", "postgresql://u@h/d"),
        ("postgresql://h/d?user=u&password=secret", "postgresql://h/d?user=u&password=***"),
        ("redis://:secret@h/0", "redis://:***@h/0"),
        ("postgresql://[secret", "(an unreadable URL)"),
    ],
)
def test_a_password_is_never_shown(url: str, shown: str) -> None:
    assert redacted(url) == shown


def test_sqlalchemys_driver_is_taken_off() -> None:
    assert libpq_url("postgresql+psycopg://u@h/d", "X") == "postgresql://u@h/d"
    assert libpq_url("postgres://u@h/d", "X") == "postgresql://u@h/d"


@pytest.mark.parametrize("url", ["mysql://u:secret@h/d", "host=h password=secret", ""])
def test_what_is_not_a_postgresql_url_is_refused_unseen(url: str) -> None:
    with pytest.raises(BadServerUrl, match="BELLJAR_POSTGRES_URL must look like") as caught:
        libpq_url(url, "BELLJAR_POSTGRES_URL")
    assert "secret" not in str(caught.value)
