"""Files that others wrote lose their secrets, and nothing else."""

from __future__ import annotations

import gzip
import io
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


def test_a_text_has_the_name_in_its_place_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.log"
    path.parent.mkdir()
    path.write_text(f"one {SECRET}\r\ntwo\r\n", newline="")
    path.chmod(0o640)
    assert redact_places([tmp_path]) == []
    assert path.read_bytes() == b"one [secret KEY]\r\ntwo\r\n"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in path.parent.iterdir()] == ["b.log"]


def test_a_file_without_a_secret_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "core"
    path.write_bytes(bytes(range(256)) * 4096)
    empty = tmp_path / "empty"
    empty.touch()
    before = path.stat()
    redact_places([path, empty, tmp_path / "missing"])
    after = path.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_large_file_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "large.log"
    lines = b"".join(b"%d %s\n" % (number, b"." * 100) for number in range(60_000))
    path.write_bytes(lines + SECRET.encode() + b"\n" + lines)
    redact_places([path])
    assert path.read_bytes() == lines + b"[secret KEY]\n" + lines


def test_a_database_stays_one(tmp_path: Path) -> None:
    """What follows a secret in a binary file is where it was."""
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE tokens (value TEXT)")
        database.execute("INSERT INTO tokens VALUES (?), ('other')", [SECRET])
    database.close()
    redact_places([tmp_path])
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT value FROM tokens").fetchall()
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()
    assert rows == [("*" * len(SECRET),), ("other",)]


def test_archives_are_looked_into(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as file:
        file.writestr("deep.txt", SECRET)
    with zipfile.ZipFile(tmp_path / "trace.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(f"{SECRET}.txt", "harmless")
        file.writestr("log.gz", gzip.compress(SECRET.encode()))
        file.writestr("inner.zip", inner.getvalue())
    redact_places([tmp_path])
    with zipfile.ZipFile(tmp_path / "trace.zip") as file:
        assert file.testzip() is None
        assert file.namelist() == ["[secret KEY].txt", "log.gz", "inner.zip"]
        assert gzip.decompress(file.read("log.gz")) == b"[secret KEY]"
        with zipfile.ZipFile(io.BytesIO(file.read("inner.zip"))) as deep:
            assert deep.read("deep.txt") == b"[secret KEY]"


def test_xml_whose_elements_are_called_like_a_secret_stays_xml(tmp_path: Path) -> None:
    conceal("elementary", "WORD")
    path = tmp_path / "junit.xml"
    path.write_text(
        '<?xml version="1.0"?>\n<a><elementary message="elementary"> an elementary</elementary></a>'
    )
    redact_places([path])
    (element,) = ElementTree.parse(path).getroot()
    assert (element.tag, element.text) == ("elementary", " an [secret WORD]")
    assert element.attrib == {"message": "[secret WORD]"}


def test_names_of_files_and_folders_have_no_secret_either(tmp_path: Path) -> None:
    (tmp_path / f"test-{SECRET}").mkdir()
    (tmp_path / f"test-{SECRET}" / f"{SECRET}.log").touch()
    redact_places([tmp_path])
    assert (tmp_path / "test-[secret KEY]" / "[secret KEY].log").exists()


def test_a_broken_archive_is_told_of_and_the_rest_is_redacted(tmp_path: Path) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 not one")
    (tmp_path / "z.log").write_text(SECRET)
    (line,) = redact_places([tmp_path])
    assert line.startswith("broken.zip was not redacted")
    assert (tmp_path / "z.log").read_text() == "[secret KEY]"


def test_what_a_link_leads_to_is_not_ours(tmp_path: Path) -> None:
    target = tmp_path / "target.txt"
    target.write_text(SECRET)
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs" / "link").symlink_to(target)
    redact_places([tmp_path / "outputs"])
    assert target.read_text() == SECRET
