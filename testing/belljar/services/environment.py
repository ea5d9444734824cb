"""`base_environment`: what every node finds in its environment besides what it declares."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from belljar.services.description import Node

__all__ = ["LABEL_VARIABLE", "base_environment"]

# By which the fence knows whose process it sees.
LABEL_VARIABLE = "BELLJAR_SERVICE"
SAME = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0"}
PASSED = (
    "PATH",
    "RUNFILES_DIR",
    "RUNFILES_MANIFEST_FILE",
    "JAVA_RUNFILES",
)
# Without which programs do not start there.
WINDOWS = ("SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "PATHEXT", "WINDIR", "NUMBER_OF_PROCESSORS")


def base_environment(node: Node, home: Path, tmp: Path) -> dict[str, str]:
    """Return the environment, the same for everybody but for PATH, and the test's locale and time zone."""
    passed = PASSED + (WINDOWS if sys.platform == "win32" else ())
    if node.command[0] == sys.executable:
        # It finds its modules where we do. A program of its own finds what it declares, not ours.
        passed += ("PYTHONPATH",)
    environment = {name: os.environ[name] for name in passed if name in os.environ}
    environment |= {name: os.environ.get(name, value) for name, value in SAME.items()}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1"}
    environment |= {"HOME": str(home), "TMPDIR": str(tmp), LABEL_VARIABLE: node.title}
    # So that who looks at a server's sessions knows whose they are.
    environment["PGAPPNAME"] = node.name
    if sys.platform == "win32":
        environment |= {"USERPROFILE": str(home), "TEMP": str(tmp), "TMP": str(tmp)}
    return environment
