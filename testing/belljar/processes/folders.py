"""`short_directory`: a private folder whose path is short enough for a Unix socket."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["MAX_SOCKET_PATH", "make_short_directory", "short_directory"]

# sun_path less its final zero: 108 on Linux, 104 on macOS and the BSDs.
MAX_SOCKET_PATH = 107 if sys.platform == "linux" else 103
# Room for the name of the socket inside (".s.PGSQL.65535.lock" has 19).
ROOM_FOR_NAME = 24


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


def make_short_directory(prefix: str = "bj-") -> Path:
    """Return such a folder; removing it is the caller's business."""
    tried = []
    for parent in _candidates():
        if len(os.fsencode(parent)) + len(prefix) + 10 + ROOM_FOR_NAME > MAX_SOCKET_PATH:
            tried.append(f"{parent} (too long)")
            continue
        try:
            return Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        except OSError as error:
            tried.append(f"{parent} ({(error.strerror or str(error)).lower()})")
    raise OSError(
        f"no folder for a Unix socket, whose path may have {MAX_SOCKET_PATH} bytes; "
        f"tried {', '.join(tried)}. Set TMPDIR to a short, writable folder."
    )


def _candidates() -> list[Path]:
    return [Path(tempfile.gettempdir()), Path("/tmp"), Path("/dev/shm"), Path("/var/tmp")]
