"""`is_held`, `is_ending`: what the kernel says of a process before its keeper has said anything.

Only Linux is asked; elsewhere the answer is the one that keeps nobody waiting.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["is_ending", "is_held"]

# include/linux/sched.h: getting shut down. Set before the process's connections are closed, so who
# has seen one of them closed by an end sees this too.
PF_EXITING = 0x4
STATE, FLAGS = 0, 6


def is_held(pid: int) -> bool:
    """Whether the process has been stopped by a signal; True where that can't be known."""
    fields = _fields(pid)
    return not fields or fields[STATE] in "TtZX"


def is_ending(pid: int) -> bool:
    """Whether the process is on its way out, or a zombie; False where that can't be known."""
    fields = _fields(pid)
    return bool(fields) and (fields[STATE] in "ZX" or bool(int(fields[FLAGS]) & PF_EXITING))


def _fields(pid: int) -> list[str]:
    """The fields of proc_pid_stat(5) from the third on; none where there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return stat.rpartition(")")[2].split()
