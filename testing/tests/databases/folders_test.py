"""Where servers keep their data, and what happens to what others left."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from belljar.databases import folders
from belljar.databases.folders import ServerFolder, best_parent, sweep

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no locks of this kind there")


def test_a_folder_is_private_and_removed(tmp_path: Path) -> None:
    folder = ServerFolder("pg", tmp_path)
    assert folder.path.parent == tmp_path
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    (folder.path / "data").mkdir()
    folder.remove()
    folder.remove()
    assert list(tmp_path.iterdir()) == []


def test_what_a_dead_owner_left_goes_at_the_next_start(tmp_path: Path) -> None:
    dead = ServerFolder("pg", tmp_path)
    (dead.path / "data").mkdir()
    os.close(dead.lock_fd)  # as the system does when the owner dies
    living = ServerFolder("pg", tmp_path)
    assert list(tmp_path.iterdir()) == [living.path]
    living.remove()


def test_the_sockets_of_a_dead_owner_go_too(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    dead = ServerFolder("pg", deep)
    assert dead.sockets != dead.path
    os.close(dead.lock_fd)
    ServerFolder("pg", deep).remove()
    assert not dead.sockets.exists()
    assert list(deep.iterdir()) == []


def test_what_was_killed_before_it_had_its_lock_goes_after_a_while(tmp_path: Path) -> None:
    old, young = tmp_path / ".belljar-new-old", tmp_path / ".belljar-new-young"
    for path in (old, young):
        path.mkdir()
    os.utime(old, (0, 0))
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [young]


def test_what_somebody_owns_stays(tmp_path: Path) -> None:
    owned = ServerFolder("pg", tmp_path)
    sweep(tmp_path)
    assert owned.path.is_dir()
    owned.remove()


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / "belljar-notes").mkdir()
    (tmp_path / "other" / "lock").mkdir(parents=True)
    sweep(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_what_another_user_has_is_no_obstacle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their folders lie in the same /dev/shm, and may not be looked into."""
    theirs, left = tmp_path / "belljar-pg-12345678", tmp_path / "belljar-pg-87654321"
    for path in (theirs, left):
        path.mkdir()
        os.utime(path, (0, 0))
    real = Path.stat

    def refusing(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.parent == theirs:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", refusing)
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [theirs]


@pytest.mark.parametrize("megabytes", [64, 255])
def test_a_small_memory_folder_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, megabytes: int
) -> None:
    """Containers often have 64 MB of /dev/shm; a test would fill it in the middle."""
    space = SimpleNamespace(f_bavail=megabytes * 256, f_frsize=4096)
    monkeypatch.setattr(os, "statvfs", lambda path: space)
    assert best_parent(tmp_path) == Path(tempfile.gettempdir())


def test_a_large_memory_folder_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    space = SimpleNamespace(f_bavail=256 * 256, f_frsize=4096)
    monkeypatch.setattr(os, "statvfs", lambda path: space)
    assert best_parent(tmp_path) == tmp_path


def test_a_missing_memory_folder_is_passed_over(tmp_path: Path) -> None:
    assert best_parent(tmp_path / "none") == Path(tempfile.gettempdir())


def test_a_folder_whose_removal_was_cut_short_goes_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has lost its lock already, and is nobody's."""
    (tmp_path / "belljar-pg-12345678" / "data").mkdir(parents=True)
    monkeypatch.setattr(folders, "NEW_SECONDS", 0.0)
    folders.ServerFolder("pg", tmp_path).remove()
    assert not list(tmp_path.iterdir())


def test_the_lock_goes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is killed in the middle of a removal leaves a folder that is known to be nobody's."""
    folder = folders.ServerFolder("pg", tmp_path)
    (folder.path / "data").mkdir()
    seen: list[bool] = []
    real = shutil.rmtree

    def watched(path: Path, *, ignore_errors: bool) -> None:
        seen.append((folder.path / "lock").exists())
        real(path, ignore_errors=ignore_errors)

    monkeypatch.setattr(shutil, "rmtree", watched)
    folder.remove()
    assert seen == [True, True] and not folder.path.exists()
