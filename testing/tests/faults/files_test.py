"""Files: errors at the operation where a real disk has them, and what was written until then."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from belljar.faults import BadParameter, Faults


@pytest.mark.parametrize(
    ("name", "error"),
    [("ENOSPC", OSError), ("EACCES", PermissionError), ("ENOENT", FileNotFoundError)],
)
def test_opening_fails_as_the_system_has_it(
    faults: Faults, tmp_path: Path, name: str, error: type[OSError]
) -> None:
    path = tmp_path / "out.txt"
    faults.on("file", operation="open", path=f"{tmp_path}/*.txt").file_error(errno=name, times=1)
    with pytest.raises(error) as caught:
        path.write_text("hello")
    assert caught.value.errno == getattr(errno, name)
    assert caught.value.filename == str(path)
    path.write_text("hello")
    assert path.read_text() == "hello"


def test_a_full_disk_shows_when_the_buffer_is_flushed(faults: Faults, tmp_path: Path) -> None:
    faults.on("file", operation="write", path=f"{tmp_path}/*").file_error(errno="ENOSPC", times=1)
    with (
        pytest.raises(OSError, match="No space left on device") as caught,
        (tmp_path / "out.txt").open("w") as file,
    ):
        assert file.write("hello") == 5  # in the buffer only
        file.flush()
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename is None


def test_closing_is_where_a_small_file_finds_the_disk_full(faults: Faults, tmp_path: Path) -> None:
    faults.on("file", operation="write", path=f"{tmp_path}/*").file_error(errno="ENOSPC")
    with pytest.raises(OSError, match="No space left"):
        (tmp_path / "out.txt").write_text("hello")
    assert (tmp_path / "out.txt").read_text() == ""


def test_a_short_write_leaves_the_beginning(faults: Faults, tmp_path: Path) -> None:
    path = tmp_path / "out.bin"
    faults.on("file", operation="write", path=str(path)).short_write(size=3)
    with pytest.raises(OSError, match="No space left"):
        path.write_bytes(b"hello")
    assert path.read_bytes() == b"hel"


def test_a_short_write_is_told_to_who_writes_without_a_buffer(
    faults: Faults, tmp_path: Path
) -> None:
    path = tmp_path / "out.bin"
    faults.on("file", path=str(path)).short_write(size=3, then="none", times=1)
    with path.open("wb", buffering=0) as file:
        assert file.write(b"hello") == 3
        assert file.write(b"lo") == 2
    assert path.read_bytes() == b"hello"


def test_a_buffer_writes_the_rest_after_a_short_write(faults: Faults, tmp_path: Path) -> None:
    path = tmp_path / "out.bin"
    faults.on("file", path=str(path)).short_write(size=3, then="none", times=1)
    path.write_bytes(b"hello")
    assert path.read_bytes() == b"hello"


def test_reading_fails(faults: Faults, tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_text('{"a": 1}')
    faults.on("file", operation="read", path="*in.json").file_error(errno="EIO", calls=1)
    with pytest.raises(OSError, match="Input/output error"), path.open() as file:
        json.load(file)
    with path.open() as file:
        assert json.load(file) == {"a": 1}


@pytest.mark.parametrize("mode", ["w", "wb", "a", "x", "r+", "rb", "r", "w+b"])
def test_a_watched_file_is_as_any_other(faults: Faults, tmp_path: Path, mode: str) -> None:
    faults.on("file", operation="fsync", path=f"{tmp_path}/*").file_error(errno="EIO")
    faults.on("file", path=f"{tmp_path}/*").latency(mean=0)
    path = tmp_path / "file"
    if mode != "x":
        path.write_bytes(b"first\n")
    with path.open(mode) as watched:
        faults.close()
        with path.open(mode.replace("x", "w")) as real:
            assert type(watched) is type(real)
            assert watched.mode == (real.mode if mode != "x" else "x")
            assert watched.name == real.name
            assert watched.readable() == real.readable()
            assert watched.writable() == real.writable()


def test_what_is_done_with_the_system_s_calls_fails_too(faults: Faults, tmp_path: Path) -> None:
    path, other = tmp_path / "a", tmp_path / "b"
    for operation in ("fsync", "rename", "replace", "unlink", "mkdir"):
        faults.on("file", operation=operation, path=f"{tmp_path}/*").file_error(
            errno="EIO", times=1
        )
    with path.open("w") as file:
        with pytest.raises(OSError, match="Input/output error"):
            os.fsync(file.fileno())
        os.fsync(file)
    for work in (
        lambda: path.rename(other),
        lambda: other.replace(path),
        lambda: (tmp_path / "folder").mkdir(),
        lambda: path.unlink(),
    ):
        with pytest.raises(OSError, match="Input/output error"):
            work()
        work()
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def test_other_files_are_left_alone(faults: Faults, tmp_path: Path) -> None:
    faults.on("file", path="/elsewhere/*").file_error(errno="EIO")
    (tmp_path / "x").write_text("x")
    assert (tmp_path / "x").read_text() == "x"
    assert faults.happened() == []


def test_an_error_that_is_none_is_refused_with_those_that_are(faults: Faults) -> None:
    with pytest.raises(BadParameter, match=r"errno is 'ENOSPACE'(?s:.*)valid: ENOSPC.*"):
        faults.on("file").file_error(errno="ENOSPACE")
