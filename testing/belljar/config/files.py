"""`read_text`: the text of a settings file, or the mistake that keeps one from having it."""

from __future__ import annotations

import stat
from pathlib import Path

from belljar.config.errors import Mistake

__all__ = ["read_text", "shown"]


def read_text(path: Path, root: Path) -> str | Mistake:
    """Give a file's text without its byte order mark; its name is said from the root."""
    place = shown(path, root)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return Mistake(place, "is a folder, and a file is expected", fix="move the folder away")
        if not stat.S_ISREG(mode):
            # A pipe would keep us waiting for who writes into it.
            return Mistake(place, "is no file", fix="put a file in its place, or move it away")
        data = path.read_bytes()
    except OSError as error:
        why = error.strerror or type(error).__name__
        fix = f"chmod u+r {place}" if isinstance(error, PermissionError) else ""
        return Mistake(place, f"can't be read: {why}", fix=fix)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Mistake(f"{place}:{line}", "is not UTF-8", fix="save it as UTF-8")
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return Mistake(f"{place}:{line}", "has a NUL in it", fix="save it as UTF-8 text")
    return text


def shown(path: Path, root: Path) -> str:
    """Give a path as people say it: from the root, with slashes."""
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return str(path)
