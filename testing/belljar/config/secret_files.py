"""`read_secret`: what stands in a file that a secret is in, if nobody else can read it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from belljar.config.errors import Mistake

__all__ = ["exposed", "read_secret"]

# Elsewhere the mode of a file says nothing of who may read it.
MODES = os.name == "posix"
# As much as Kubernetes keeps in one.
LIMIT = 1 << 20
# Docker and Kubernetes mount secrets here, and choose their modes: in the container everybody is the test.
_MOUNTED = (Path("/run/secrets"), Path("/var/run/secrets"))


def read_secret(path: Path, place: str) -> bytes | Mistake:
    """Give a file's bytes, without the end of its last line."""
    if "\0" in str(path):
        return Mistake(place, "the name of the secret's file has a NUL in it")
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return Mistake(place, f"{path} is a folder, and the secret's file is expected")
        if not stat.S_ISREG(mode):
            return Mistake(place, f"{path} is no file")
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
    except OSError as error:
        why = error.strerror or type(error).__name__
        fix = (
            f"chmod u+r {path}"
            if isinstance(error, PermissionError)
            else "write the secret into it, or name another file"
        )
        return Mistake(place, f"{_short(path)} can't be read: {why}", fix=fix)
    found = exposed(path, place)
    if found is not None:
        return found
    if len(data) > LIMIT:
        return Mistake(
            place, f"{path} has more than 1 MiB, and is no secret", fix="name another file"
        )
    data = data.removesuffix(b"\n").removesuffix(b"\r")
    if not data:
        return Mistake(place, f"{path} is empty", fix="write the secret into it")
    return data


def _short(path: Path) -> str:
    text = str(path)
    return text if len(text) <= 200 else f"{text[:197]}..."


def exposed(path: Path, place: str) -> Mistake | None:
    """Give the mistake of a file that everybody may read; on Windows modes say nothing, and none is made."""
    if not MODES or _is_mounted(path):
        return None
    mode = stat.S_IMODE(path.stat().st_mode)
    if not mode & stat.S_IROTH:
        return None
    return Mistake(
        place,
        f"{path} holds a secret, and everybody may read it (mode {mode:04o})",
        fix=f"chmod 600 {path}",
    )


def _is_mounted(path: Path) -> bool:
    for folder in _MOUNTED:
        if path.is_relative_to(folder):
            return any(
                os.path.ismount(each)
                for each in (path, *path.parents)
                if each.is_relative_to(folder)
            )
    return False
