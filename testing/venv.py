"""Makes .venv, with every wheel of the lock and this workspace on its path, for editors and plain pytest.

    ./bazelw run //testing:venv              makes or updates .venv in the workspace
    ./bazelw run //testing:venv -- FOLDER    makes it elsewhere

The wheels are those of requirements_lock.txt, by hash; nothing else stays installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from belljar_uv import find_uv, uv_environment

_USAGE = __doc__ or ""


def main(lock: str, tools: str, *arguments: str) -> int:
    """Gives 0 when the environment is there."""
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print(_USAGE)
        return 0 if set(arguments) & {"-h", "--help"} else 2
    workspace = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY") or Path.cwd())
    folder = (
        Path(os.environ.get("BUILD_WORKING_DIRECTORY", workspace), *arguments)
        if arguments
        else workspace / ".venv"
    )
    uv = find_uv(tools)
    if folder.exists() and not (folder / "pyvenv.cfg").exists():
        print(
            f"venv: {folder} is there and is no virtual environment; name another folder",
            file=sys.stderr,
        )
        return 2
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    environment = {**os.environ, **uv_environment(), "VIRTUAL_ENV": str(folder)}
    # What Bazel set for this program is not for the environment's interpreter.
    environment.pop("PYTHONPATH", None)
    steps = [
        [uv, "venv", "--quiet", "--allow-existing", "--python", version, str(folder)],
        [
            uv,
            "pip",
            "sync",
            "--quiet",
            "--require-hashes",
            "--only-binary=:all:",
            str(workspace / lock),
        ],
    ]
    for step in steps:
        code = subprocess.run(step, env=environment, cwd=workspace, check=False).returncode
        if code:
            print(
                f"venv: '{' '.join(step[1:4])} ...' failed; {folder} is incomplete", file=sys.stderr
            )
            return code
    (site,) = [*folder.glob("lib/python*/site-packages"), *folder.glob("Lib/site-packages")]
    (site / "workspace.pth").write_text(f"{workspace}\n{workspace / 'testing'}\n", encoding="utf-8")
    activate = folder / ("Scripts/activate" if sys.platform == "win32" else "bin/activate")
    print(f"venv: {folder} is ready; use it with: . {activate}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
