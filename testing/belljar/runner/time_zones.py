"""`find_time_zones`: an interpreter that was built for another place finds the system's time zones.

CPython looks for them where it was told to when it was built; one that was packed below another prefix finds none.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path

__all__ = ["find_time_zones"]

_VARIABLE = "PYTHONTZPATH"
# Where systems have them: CPython's own list.
_USUAL = ("/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo")


def find_time_zones() -> None:
    """Say where they are, to child processes as well; an interpreter that has its own is left alone."""
    if sys.platform == "win32" or _VARIABLE in os.environ:
        return
    built_for = (sysconfig.get_config_var("TZPATH") or "").split(os.pathsep)
    there = [folder for folder in _USUAL if Path(folder).is_dir()]
    if there and not any(Path(folder).is_dir() for folder in built_for if folder):
        os.environ[_VARIABLE] = os.pathsep.join(there)
        if "zoneinfo" in sys.modules:
            sys.modules["zoneinfo"].reset_tzpath()
