"""The program that makes the prepared cluster."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from belljar.databases import find_postgres
from belljar.databases.archive import read_stamp, unpack
from belljar.databases.make_cluster import main
from belljar.databases.prepared import stamp_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no prepared clusters there")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder of programs that the cluster is made with: those of the wheel, by links."""
    real = find_postgres()
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in real.iterdir():
        (folder / program.name).symlink_to(program)
    for name in ("lib", "share"):
        (tmp_path / name).symlink_to(real.parent / name)
    monkeypatch.setenv("BELLJAR_POSTGRES_BIN", str(folder))
    return folder


def test_two_made_at_different_times_have_the_same_bytes(tmp_path: Path) -> None:
    """Or every cache would have to be filled again after one is lost."""
    one, two = tmp_path / "one.tar", tmp_path / "two.tar"
    assert main([str(one)]) == main([str(two)]) == 0
    assert one.read_bytes() == two.read_bytes()
    assert read_stamp(one) == stamp_of(find_postgres())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.tar", "two.tar"]


def test_a_failure_names_the_program_and_has_its_own_message(
    programs: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (programs / "initdb").unlink()
    (programs / "initdb").write_text("#!/bin/sh\necho initdb: error: no luck today >&2; exit 3\n")
    (programs / "initdb").chmod(0o755)
    assert main([str(tmp_path / "cluster.tar")]) == 1
    assert capfd.readouterr().err == (
        "make_cluster: no cluster was made: initdb failed, exit code 3:\n"
        "initdb: error: no luck today\n"
    )
    assert not (tmp_path / "cluster.tar").exists()


def test_a_postgres_without_the_tools_gives_a_cluster_that_is_sound(
    programs: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (programs / "pg_resetwal").unlink()
    assert main([str(tmp_path / "cluster.tar")]) == 0
    assert "its bytes differ from build to build: there is no pg_resetwal" in capfd.readouterr().err
    unpack(tmp_path / "cluster.tar", tmp_path / "data")
    assert (tmp_path / "data" / "PG_VERSION").is_file()


def test_it_needs_to_know_where_to(capfd: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "needs one argument" in capfd.readouterr().err
