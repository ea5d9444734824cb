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
from belljar.fence.declared import Declared
from belljar.fence.errors import FenceUnavailable
from belljar.fence.filtering import unavailable
from belljar.fence.starting import hand_over, real

__all__ = ["serve_parent", "start_companion"]

_PR_SET_PTRACER = 0x59616D61
_START = """
import sys
sys.path.insert(0, sys.argv[1])
from belljar.fence.companion import serve_parent
serve_parent(int(sys.argv[2]), int(sys.argv[3]))
"""


def start_companion(*, root: int, private: bool = False, folders: Sequence[str] = ()) -> Client:
    """Gives the fence, with this thread behind its filter for good.

    The supervisor is a child of this process and ends with it. `root` is the process whose
    descendants count as the test's own; the others are as for `Gate.settle`. Raises
    `FenceUnavailable`, `BadFenceSetting`.
    """
    if problem := unavailable():
        raise FenceUnavailable(problem)
    declared = Declared.read()
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
        # Until it serves, whoever connects would wait for it.
        if ours.recv(1) != b".":
            raise FenceUnavailable(f"the supervisor ended with exit code {child.wait()}")
        _let_read(child.pid)
        try:
            hand_over(ours)
        except FenceUnavailable:
            ours.close()
            child.wait()
            raise
    child.returncode = 0  # it outlives this object, and is no leak
    client = Client.connect()
    client.open_session(root=root, private=private, folders=real(folders), declared=declared)
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
        theirs.sendall(b".")
        _, descriptors, _, _ = socket.recv_fds(theirs, 1, 1)
    for listener in descriptors:
        Supervisor(listener, ancestor=False).serve(end)
