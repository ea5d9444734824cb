"""`cleaned` and `left_behind`: the files of ledgers, and the removal of what they have noted."""

from __future__ import annotations

import os
from pathlib import Path

from belljar.data.ledger.notes import NoteFile
from belljar.data.ledger.removing import Removal, remove
from belljar.data.scenarios.targets import opened

__all__ = ["cleaned", "default_file", "held", "left_behind"]


def cleaned(url: str, file: NoteFile, *, dry: bool) -> Removal:
    """Remove what a file has noted; it knows then what is left."""
    notes = file.notes()
    done = Removal()
    if not notes:
        return done
    try:
        with opened(url) as driver:
            done = remove(driver, notes)
            if dry:
                raise _Undone
    except _Undone:
        return done
    file.replace([note for note, _ in done.left])
    return done


class _Undone(Exception):
    """Rolls a dry run back."""


def left_behind(base: Path) -> list[Path]:
    """Return the files of ledgers of that name, whether somebody holds them or not."""
    found = [base] if base.exists() else []
    return found + sorted(base.parent.glob(f"{base.stem}.*-*{base.suffix}"))


def default_file(place: str) -> Path:
    """Return where a ledger of that database is noted if nobody says where: in the user's cache."""
    from belljar.databases.template_cache import default_folder

    name = "".join(sign if sign.isalnum() or sign in "-._" else "_" for sign in place)
    return default_folder().parent / "ledgers" / f"{name}.jsonl"


def held(base: Path) -> NoteFile:
    """Return the file of that name; a numbered one beside it while another process has that."""
    file = NoteFile(base)
    number = 0
    while not file.held:
        file.close()
        number += 1
        file = NoteFile(base.with_name(f"{base.stem}.{os.getpid()}-{number}{base.suffix}"))
    return file
