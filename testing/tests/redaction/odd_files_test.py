"""Files of odd kinds lose their secrets: broken, encrypted, coloured, linked, in use; others stay."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import sqlite3
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from belljar.redaction import conceal
from belljar.redaction.files import redact_places

SECRET = "sk_live_51Hq8Xv2KpLm9Zt"


@pytest.fixture(autouse=True)
def concealed_key() -> None:
    """Conceal the secret that all files here have."""
    conceal(SECRET, "KEY")


@pytest.mark.parametrize(
    ("pack", "unpack"), [(bz2.compress, bz2.decompress), (lzma.compress, lzma.decompress)]
)
def test_bzip2_and_xz_are_looked_into(tmp_path: Path, pack, unpack) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "a.log"
    path.write_bytes(pack(b"one " + SECRET.encode()) + pack(b" two"))
    assert redact_places([tmp_path]) == []
    assert unpack(path.read_bytes()) == b"one [secret KEY] two"


def test_a_log_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "killed.log.gz"
    path.write_bytes(gzip.compress((SECRET + os.urandom(999).hex()).encode())[:-20])
    (line,) = redact_places([tmp_path])
    assert "killed.log.gz" in line
    assert "it is cut off" in line
    assert gzip.decompress(path.read_bytes()).startswith(b"[secret KEY]")


@pytest.mark.parametrize("begin", [b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\x00"])
def test_what_only_begins_like_an_archive_shows_no_secret(tmp_path: Path, begin: bytes) -> None:
    path = tmp_path / "odd"
    path.write_bytes(begin + b"\xff" + SECRET.encode())
    (line,) = redact_places([tmp_path])
    assert line.startswith("odd was not redacted")
    assert path.read_bytes() == begin + b"\xff" + b"*" * len(SECRET)


def test_an_encrypted_archive_is_told_of_and_the_rest_is_redacted(tmp_path: Path) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("a.txt", "harmless")
    data = bytearray(content.getvalue())
    data[6] |= 1  # encrypted, says its header,
    data[data.index(b"PK\x01\x02") + 8] |= 1  # and that of the directory
    (tmp_path / "a.zip").write_bytes(data)
    (tmp_path / "z.log").write_text(SECRET)
    (line,) = redact_places([tmp_path])
    assert "encrypted" in line
    assert (tmp_path / "a.zip").read_bytes() == data
    assert (tmp_path / "z.log").read_text() == "[secret KEY]"


def test_colours_in_a_secret_hide_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(f"a {SECRET[:9]}\x1b[31m{SECRET[9:]}\x1b[0m b")
    (tmp_path / "b.log.gz").write_bytes(
        gzip.compress(f"\x1b[1m{SECRET[:4]}\x1b[m{SECRET[4:]}".encode())
    )
    redact_places([tmp_path])
    assert (tmp_path / "a.log").read_text() == "a [secret KEY]\x1b[31m\x1b[0m b"
    assert gzip.decompress((tmp_path / "b.log.gz").read_bytes()) == b"\x1b[1m[secret KEY]\x1b[m"


def test_links_name_no_secret_and_still_lead_to_their_file(tmp_path: Path) -> None:
    (tmp_path / SECRET).mkdir()
    (tmp_path / SECRET / "log").write_text("here")
    (tmp_path / "whole").symlink_to(tmp_path / SECRET / "log")
    (tmp_path / "folder").symlink_to(SECRET)
    (tmp_path / "other").symlink_to("nowhere")
    redact_places([tmp_path])
    assert SECRET not in f"{(tmp_path / 'whole').readlink()} {(tmp_path / 'folder').readlink()}"
    assert (tmp_path / "whole").read_text() == (tmp_path / "folder" / "log").read_text() == "here"
    assert str((tmp_path / "other").readlink()) == "nowhere"


def test_rows_in_the_log_of_an_open_database_are_neither_lost_nor_shown(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE tokens (value TEXT)")
    connection.execute("INSERT INTO tokens VALUES (?), ('other')", [SECRET])
    connection.commit()
    redact_places([tmp_path])
    connection.close()
    shown = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert SECRET.encode() not in shown
    with sqlite3.connect(path) as again:
        rows = again.execute("SELECT value FROM tokens").fetchall()
    again.close()
    assert rows == [("*" * len(SECRET),), ("other",)]


def test_numbers_of_junit_stay_numbers_when_a_secret_looks_like_one(tmp_path: Path) -> None:
    conceal("2026", "PIN")
    path = tmp_path / "junit.xml"
    path.write_text(
        '<testsuite timestamp="2026-01-02" time="2026.1" tests="1"><testcase name="2026"/></testsuite>'
    )
    redact_places([path])
    suite = ElementTree.parse(path).getroot()
    assert suite.attrib == {"timestamp": "2026-01-02", "time": "2026.1", "tests": "1"}
    assert suite[0].attrib == {"name": "[secret PIN]"}


def test_a_redacted_file_keeps_its_time(tmp_path: Path) -> None:
    path = tmp_path / "old.log"
    path.write_text(SECRET)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    redact_places([path])
    assert path.read_text() == "[secret KEY]"
    assert path.stat().st_mtime == 1_000_000_000


def test_pipes_sockets_and_holes_are_passed_by(tmp_path: Path) -> None:
    """Nothing is waited for, and a file's hole holds no secret."""
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "z.log").write_text(SECRET)
    assert redact_places([tmp_path]) == []
    assert (tmp_path / "z.log").read_text() == "[secret KEY]"
