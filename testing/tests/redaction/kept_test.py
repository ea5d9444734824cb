"""The database that a failed test leaves has no secret in it, and opens."""

from __future__ import annotations

from pathlib import Path

import psycopg

from belljar.databases import Kept, PostgresServer, import_, keep
from belljar.redaction import conceal
from belljar.redaction.files import redact_places
from belljar.redaction.places import places

SECRET = "p/ä+\"w'<o>&r%d\\ 7Qm2Zr"


def test_a_kept_database_has_stars_in_a_secrets_place(tmp_path: Path) -> None:
    conceal(SECRET, "TOKEN")
    with PostgresServer(log=tmp_path / "postgres.log") as server:
        url = server.create_database()
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE tokens (value text, other text)")
            connection.execute("INSERT INTO tokens VALUES (%s, %s)", [SECRET, "other " * 2000])
        kept = keep(url, "shop_test.py::test_pay", tmp_path / "outputs")
        assert isinstance(kept, Kept)
        assert kept.path.parent in places()
        assert b"7Qm2Zr" in kept.path.read_bytes()
        assert redact_places([kept.path.parent]) == []
        assert b"7Qm2Zr" not in kept.path.read_bytes()
        with psycopg.connect(import_(server, kept.path)) as connection:
            row = connection.execute("SELECT value, other FROM tokens").fetchone()
    assert row is not None
    assert set(row[0]) == {"*"}
    assert row[1] == "other " * 2000
