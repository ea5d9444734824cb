"""`normalise`: a stopped server's data directory, without what differs from run to run.

The program `pg_resetwal` replaces the write-ahead log; `reproducible.py` does the rest.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from pathlib import Path

from belljar.databases.errors import ServerNotStarted
from belljar.databases.launching import READY_SECONDS, Launcher
from belljar.databases.reproducible import UnknownLayout, forget_places, make_reproducible
from belljar.processes.errors import describe_exit

__all__ = ["normalise", "run_program"]


# A segment of the log: eight hex digits each for the timeline, the 4 GB, and the place in those.
SEGMENT = re.compile(r"[0-9A-F]{24}")


def normalise(launcher: Launcher, binaries: Path, data: Path) -> None:
    """Give the directory the same bytes as any other of the same content.

    Raises `UnknownLayout`, and leaves a directory that is sound, when this PostgreSQL is not one
    that we know.
    """
    reset, describe = (binaries / name for name in ("pg_resetwal", "pg_controldata"))
    missing = [path.name for path in (reset, describe) if not path.is_file()]
    if missing:
        raise UnknownLayout(f"there is no {' and no '.join(missing)} in {binaries}")
    segments = [path.name for path in (data / "pg_wal").iterdir() if SEGMENT.fullmatch(path.name)]
    if not segments:
        raise UnknownLayout("pg_wal has no segment")
    last = max(segments)
    # At the next round place, so that it does not matter how much was written before.
    first = f"{last[:8]}{int(last[8:16], 16) + 1:08X}{0:08X}"
    forget_places(data)
    begun = int(time.time())
    run_program(launcher, [str(reset), "-l", first, "-D", str(data)])
    times = range(begun, int(time.time()) + 1)
    text = run_program(launcher, [str(describe), "-D", str(data)])
    nonce = re.search(r"nonce: +([0-9a-f]{64})", text)
    if not nonce:
        raise UnknownLayout("pg_controldata tells no nonce")
    make_reproducible(data, bytes.fromhex(nonce[1]), times)


def run_program(
    launcher: Launcher, command: list[str], env: Mapping[str, str] | None = None
) -> str:
    """Return what a program of PostgreSQL's said; raises `ServerNotStarted` when it failed."""
    name = Path(command[0]).name
    with launcher.launch(command, name=name, env=env) as process:
        code = process.wait(READY_SECONDS)
        if code is None:
            raise ServerNotStarted(f"{name} did not end within {READY_SECONDS:.0f} s")
        if code != 0:
            said = process.log_tail() or "(it said nothing)"
            raise ServerNotStarted(f"{name} failed, {describe_exit(code)}:\n{said}")
        return process.log_text()
