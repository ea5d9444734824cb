"""`ServerFolder`: a private folder for a server's data, in memory where possible, never left over.

It is removed at the end. When the test is killed, the keeper of the server removes it (see
`belljar.processes`); and what even that left behind (a power cut of both) goes at the next start:
the owner holds a lock on a file in it for as long as any process of the server lives, so a folder
whose lock is free is nobody's.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from belljar.databases.cluster import forget_segment
from belljar.processes import MAX_SOCKET_PATH, make_short_directory, short_directories

__all__ = ["ServerFolder"]

MEMORY = Path("/dev/shm")
# A small /dev/shm (64 MB in many containers) would fill up in the middle of a test.
ENOUGH_BYTES = 256 * 1024 * 1024
PREFIX = "belljar-"
NEW = ".belljar-new-"
# How long a folder may be without its lock: a thousand times what it takes.
NEW_SECONDS = 60.0
LOCK = "lock"
# What servers call theirs: other folders may begin alike.
KINDS = ("pg", "sqlite", "valkey")
# With the token of the folder whose sockets are in it, so that they are found when it is swept.
SOCKETS = "bj-"
# The longest socket name that a server makes in it.
SOCKET_NAME = ".s.PGSQL.65535.lock"


class ServerFolder:
    """One folder (mode 0700) and, when its path is too long for a socket, a second short one."""

    def __init__(self, kind: str, parent: Path | None = None) -> None:
        place = parent or best_parent()
        sweep(place)
        # Under a name that nobody sweeps soon, until the lock is held.
        fresh = Path(tempfile.mkdtemp(prefix=NEW, dir=place))
        self.lock_fd = os.open(fresh / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        if not _lock(self.lock_fd):
            raise OSError(f"cannot lock {fresh / LOCK}")
        token = secrets.token_hex(4)
        self.path = fresh.rename(place / f"{PREFIX}{kind}-{token}")
        self.sockets = self.path
        if len(os.fsencode(self.path / SOCKET_NAME)) > MAX_SOCKET_PATH:
            self.sockets = make_short_directory(f"{SOCKETS}{token}")

    def all(self) -> tuple[Path, ...]:
        """Every folder that has to go at the end."""
        return (self.path,) if self.sockets == self.path else (self.path, self.sockets)

    def remove(self) -> None:
        """Delete it; may be called again."""
        if self.lock_fd >= 0:
            os.close(self.lock_fd)
            self.lock_fd = -1
            for path in reversed(self.all()):
                _remove(path)


def best_parent(memory: Path = MEMORY) -> Path:
    """Return the folder in memory if there is one with room, else the temporary folder."""
    if sys.platform != "win32" and memory.is_dir() and os.access(memory, os.W_OK | os.X_OK):
        space = os.statvfs(memory)
        if space.f_bavail * space.f_frsize >= ENOUGH_BYTES:
            return memory
    return Path(tempfile.gettempdir())


def sweep(parent: Path) -> None:
    """Delete the folders in `parent` that an owner who is dead by now has left."""
    if sys.platform == "win32":
        return  # no locks of this kind there
    for lock in parent.glob(f"{PREFIX}*/{LOCK}"):
        try:
            fd = os.open(lock, os.O_RDWR)
        except OSError:
            continue  # another user's, or just removed
        try:
            if _lock(fd):
                _remove_left(lock.parent)
        finally:
            os.close(fd)
    # Before it has a lock, and after a removal that was cut short by one who knew no better.
    token = "[0-9a-f]" * 8
    ours = [folder for kind in KINDS for folder in parent.glob(f"{PREFIX}{kind}-{token}")]
    for folder in (*parent.glob(f"{NEW}*"), *ours):
        with suppress(OSError):  # just renamed, or another user's
            half = folder.name.startswith(NEW) or not (folder / LOCK).exists()
            if half and time.time() - folder.stat().st_mtime > NEW_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


def _remove_left(folder: Path) -> None:
    forget_segment(folder / "data")  # of a server whose keeper was killed as well
    token = folder.name.rpartition("-")[2]
    for path in (*short_directories(f"{SOCKETS}{token}"), folder):
        _remove(path)


def _remove(folder: Path) -> None:
    """Delete a folder, its lock last: who is killed in the middle leaves what a sweep recognises."""
    with suppress(OSError):
        for entry in folder.iterdir():
            if entry.name != LOCK and entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def _lock(fd: int) -> bool:
    """Take the lock without waiting; it lasts until the last copy of `fd` is closed."""
    if sys.platform == "win32":
        return True  # nothing is swept there
    import fcntl

    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
