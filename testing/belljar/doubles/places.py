"""`caller`: the line of the test, or of the code under test, that a double was used at; `is_elsewhere`."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

__all__ = ["caller", "is_elsewhere"]

HERE = str(Path(__file__).parent)
# Frames of the standard library and of installed packages say nothing to the reader of an error.
_PATHS = sysconfig.get_paths()
ELSEWHERE = tuple({_PATHS["stdlib"], _PATHS["purelib"], _PATHS["platlib"], HERE})


def is_elsewhere(name: str) -> bool:
    """Tell whether a file of code is ours, the standard library's, or an installed package's."""
    return name.startswith((*ELSEWHERE, "<")) or "site-packages" in name


def caller() -> str:
    """Give `FILE:LINE` of the nearest frame that is neither ours nor a library's."""
    frame = sys._getframe(1)
    nearest = ""
    while frame is not None:
        name = frame.f_code.co_filename
        if not is_elsewhere(name):
            return f"{Path(name).name}:{frame.f_lineno}"
        if not nearest and not name.startswith(HERE):
            nearest = f"{Path(name).name}:{frame.f_lineno}"
        if frame.f_back is None:
            break
        frame = frame.f_back
    return nearest
