"""The points inside the test's process where faults happen, one per file, by the name of their boundary.

Each is put up by the first fault that is planned for it, and taken down when the test ends.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belljar.faults.points.point import Point

__all__ = ["POINTS", "make_point"]

POINTS = {
    "client": "client:ClientPoint",
    "file": "files:FilePoint",
    "sql": "sql:SqlPoint",
    "subprocess": "programs:ProgramPoint",
}


def make_point(name: str, complain: Callable[[str], None]) -> Point:
    """Give the point of that name; it tells `complain` of what must fail the test."""
    module, _, kind = POINTS[name].partition(":")
    point: Point = getattr(import_module(f"{__name__}.{module}"), kind)(complain)
    return point
