"""`redact_at_end`: files and folders that are gone through when the run ends, for others write them."""

from __future__ import annotations

from pathlib import Path

__all__ = ["places", "redact_at_end"]

_places: dict[Path, None] = {}


def redact_at_end(place: Path) -> None:
    """Have a file, or all files of a folder, redacted when the session ends; it need not be there yet.

    For what a child process or a library writes by itself: we can't redact it on its way.
    """
    _places[place.absolute()] = None


def places() -> list[Path]:
    """Give what was named so far."""
    return list(_places)
