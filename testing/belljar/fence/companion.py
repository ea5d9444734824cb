"""`start_companion`: the supervisor as a process of its own, for a pytest that nobody started for it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from belljar.fence.client import Client, enter
from belljar.fence.errors import FenceUnavailable
from belljar.fence.filtering import unavailable
from belljar.fence.starting import declared, hand_over, real

__all__ = ["serve_parent", "start_companion"]

_PR_SET_PTRACER = 0x59616D61
# For the test's daemons, which have left its tree.
MARK = "BELLJAR_FENCE_MARK"
# Forks: a child that does not end would surprise a test that waits for all of its children.
_START = """
import os, sys
if os.fork():
    os._exit(0)
sys.path.insert(0, sys.argv[1])
from belljar.fence.companion import serve_parent
serve_parent(int(sys.argv[2]), int(sys.argv[3]))
"""


def set_mark() -> str:
    """Gives a new sign for the environment of all that this process starts, put there already."""
    os.environ[MARK] = os.urandom(8).hex()
    return os.environ[MARK]


def start_companion(
    *,
    root: int,
    private: bool = False,
    folders: Sequence[str] = (),
    refuses: bool = True,
    mark: str = "",
) -> Client:
    """Gives the fence, with this thread behind its filter for good.

    The supervisor ends with this process. `root` is the process whose descendants count as the
    test's own, as do processes with `mark` (by default a new one); the others are as for
    `Gate.settle`. Raises `FenceUnavailable`, `BadFenceSetting`.
    """
    if problem := unavailable():
        raise FenceUnavailable(problem)
    outside = declared()
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            child = subprocess.Popen(
                # Apart from the environment of the tests, and from the terminal's interrupts.
                [
                    *(sys.executable, "-I", "-S", "-c", _START),
                    str(Path(__file__).parents[2]),
                    str(theirs.fileno()),
                    str(os.getpid()),
                ],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        code = child.wait()
        # Until it serves, whoever connects would wait for it.
        pid = ours.recv(20)
        if not pid:
            raise FenceUnavailable(f"the supervisor did not start (exit code {code})")
        _let_read(int(pid))
        hand_over(ours)
    client = Client.connect()
    client.open_session(
        root=root,
        private=private,
        folders=real(folders),
        declared=outside,
        refuses=refuses,
        mark=f"{MARK}={mark or set_mark()}",
    )
    enter(client)
    return client


def _let_read(pid: int) -> None:
    """Lets process `pid` read this one's memory, where only ancestors may (Yama)."""
    import ctypes

    zero = ctypes.c_ulong(0)
    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_ulong(pid), zero, zero, zero)


def serve_parent(descriptor: int, parent: int) -> None:
    """Serves until process `parent` ends; the listener comes through the socket `descriptor`."""
    from belljar.fence.supervisor import Supervisor

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end = os.pidfd_open(parent)
    with socket.socket(fileno=descriptor) as theirs:
        theirs.sendall(str(os.getpid()).encode())
        _, descriptors, _, _ = socket.recv_fds(theirs, 1, 1)
    for listener in descriptors:
        Supervisor(listener, ancestor=False).serve(end)
