"""`short_directory`: a private folder whose path is short enough for a Unix socket."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = [
    "MAX_SOCKET_PATH",
    "make_short_directory",
    "short_directories",
    "short_directory",
    "short_places",
]

# sun_path less its final zero: 108 on Linux, 104 on macOS and the BSDs.
MAX_SOCKET_PATH = 107 if sys.platform == "linux" else 103
# Room for the name of the socket inside (".s.PGSQL.65535.lock" has 19).
ROOM_FOR_NAME = 24
# And for the folder's own ("/bj-abcdefgh").
ROOM_FOR_FOLDER = 13


@contextmanager
def short_directory() -> Iterator[Path]:
    """Yield a new folder (mode 0700) in which a socket of any usual name fits; removed at the end.

    The temporary folder of a test is often longer than a socket's path may be (107 bytes), so this
    looks at `TMPDIR` first and at shorter places after it.
    """
    path = make_short_directory()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def make_short_directory(name: str | None = None) -> Path:
    """Return such a folder; removing it is the caller's business.

    With a `name`, one that is not there yet, it can be found again: `short_directories(name)`.
    """
    tried = []
    for parent in _candidates():
        if len(os.fsencode(parent)) + ROOM_FOR_FOLDER + ROOM_FOR_NAME > MAX_SOCKET_PATH:
            tried.append(f"{parent} (too long)")
            continue
        try:
            if name is None:
                return Path(tempfile.mkdtemp(prefix="bj-", dir=parent))
            path = parent / name
            path.mkdir(0o700)
            return path
        except OSError as error:
            tried.append(f"{parent} ({(error.strerror or str(error)).lower()})")
    raise OSError(
        f"no folder for a Unix socket, whose path may have {MAX_SOCKET_PATH} bytes; "
        f"tried {', '.join(tried)}. Set TMPDIR to a short, writable folder."
    )


def short_directories(name: str) -> list[Path]:
    """Return the folders of that name which `make_short_directory` has made."""
    return [path for path in short_places(name) if path.is_dir()]


def short_places(name: str) -> list[Path]:
    """Return where `make_short_directory(name)` may make it, for one who is to remove it later."""
    return [parent / name for parent in _candidates()]


def _candidates() -> list[Path]:
    return [Path(tempfile.gettempdir()), Path("/tmp"), Path("/dev/shm"), Path("/var/tmp")]
