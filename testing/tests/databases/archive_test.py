"""A data directory packed into one file, and unpacked."""

from __future__ import annotations

import stat
import sys
import tarfile
from pathlib import Path

import pytest

from belljar.databases import BadCluster
from belljar.databases.archive import Stamp, pack, read_stamp, unpack

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no prepared clusters there")

STAMP = Stamp(version=18, catalog="abc", platform="linux-x86_64")
# Lengths around the block of a tar and the buffer of the reader.
LENGTHS = (0, 1, 511, 512, 513, 1024 * 1024, 1024 * 1024 + 700)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Give a folder with files of all kinds of length, and an empty folder."""
    folder = tmp_path / "data"
    (folder / "base" / "1").mkdir(parents=True)
    (folder / "pg_empty").mkdir()
    for length in LENGTHS:
        (folder / "base" / "1" / str(length)).write_bytes(b"abcdefg" * (length // 7) + b"x" * 6)
    return folder


@pytest.fixture
def archive(data: Path, tmp_path: Path) -> Path:
    """Give that folder, packed."""
    path = tmp_path / "cluster.tar"
    pack(data, STAMP, path)
    return path


def contents(folder: Path) -> dict[str, bytes | None]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


def test_what_was_packed_comes_out(data: Path, archive: Path, tmp_path: Path) -> None:
    unpack(archive, tmp_path / "copy")
    assert contents(tmp_path / "copy") == contents(data)
    assert read_stamp(archive) == STAMP


def test_what_comes_out_is_private(archive: Path, tmp_path: Path) -> None:
    """PostgreSQL refuses a data directory that others may read."""
    unpack(archive, tmp_path / "copy")
    for path in (tmp_path / "copy", *(tmp_path / "copy").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_neither_times_nor_owners_nor_order_get_in(archive: Path) -> None:
    with tarfile.open(archive) as tar:
        members = tar.getmembers()
    names = [member.name for member in members]
    assert names[0] == "belljar.json"
    assert names[1:] == sorted(names[1:])
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in members} == {(0, 0, 0, "", "")}


def test_a_tool_like_tar_can_look_into_it(archive: Path, data: Path, tmp_path: Path) -> None:
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path / "by_tar", filter="data")
    assert contents(tmp_path / "by_tar" / "data") == contents(data)


@pytest.mark.parametrize(
    ("keep", "why"),
    [
        (0, "it is empty"),
        (100, "without an end mark"),
        (1024 + 512, "without an end mark"),
        (1024 * 1024, "in the middle of data/base/1/"),
    ],
)
def test_a_file_that_was_cut_is_told(archive: Path, tmp_path: Path, keep: int, why: str) -> None:
    with archive.open("r+b") as file:
        file.truncate(keep)
    with pytest.raises(BadCluster, match=f"cluster.tar is broken: .*{why}"):
        unpack(archive, tmp_path / "copy")


@pytest.mark.parametrize("text", [b"", b"hello", bytes(1024), b"x" * 4096])
def test_another_kind_of_file_is_told(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "cluster.tar"
    path.write_bytes(text)
    with pytest.raises(BadCluster, match=r"cluster.tar is broken: .*\n  fix: make it again"):
        read_stamp(path)


def test_a_tar_of_something_else_is_told(tmp_path: Path) -> None:
    path = tmp_path / "cluster.tar"
    with tarfile.open(path, "w") as tar:
        tar.addfile(tarfile.TarInfo("data/PG_VERSION"))
    with pytest.raises(BadCluster, match=r"does not begin with belljar\.json"):
        read_stamp(path)


@pytest.mark.parametrize("name", ["../outside", "/outside", "data/../../outside", "outside"])
def test_nothing_is_written_outside(tmp_path: Path, name: str) -> None:
    path = tmp_path / "cluster.tar"
    with tarfile.open(path, "w") as tar:
        tar.addfile(tarfile.TarInfo(name))
    with pytest.raises(BadCluster, match="leads out of it"):
        unpack(path, tmp_path / "copy")
    assert not list(tmp_path.rglob("outside"))


def test_a_link_is_not_followed_but_told(tmp_path: Path) -> None:
    path = tmp_path / "cluster.tar"
    with tarfile.open(path, "w") as tar:
        member = tarfile.TarInfo("data/link")
        member.type, member.linkname = tarfile.SYMTYPE, "/etc"
        tar.addfile(member)
    with pytest.raises(BadCluster, match="no header of a file or folder"):
        unpack(path, tmp_path / "copy")
