"""`caller`: the file that asks Belljar for data, where there is no test that does."""

from __future__ import annotations

import sys

__all__ = ["caller"]

_PASSED_BY = ("belljar.", "contextlib")


def caller() -> str:
    """Return the file of the nearest caller that is not Belljar's; "<name>" for a module without one."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(_PASSED_BY):
        frame = frame.f_back
    names = frame.f_globals
    return str(names.get("__file__") or f"<{names.get('__name__', '')}>")
