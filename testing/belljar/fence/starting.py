"""`Gate`: how the fence gets around a test that Bazel runs.

The runner forks, and its child runs pytest. The child puts itself behind the filter; the parent, which
stays outside, decides. What either needs for that is loaded when the other has something to do.

    gate = Gate()      # before the fork
    gate.watch()       # in the parent
    gate.enter()       # in the child
    missing = gate.settle(private=True, folders=["/tmp"])   # there, later: "" or a phrase for the seal
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from belljar.fence.errors import BadFenceSetting, FenceUnavailable

if TYPE_CHECKING:
    from belljar.fence.declared import Declared

__all__ = ["Gate", "hand_over", "mode"]

VARIABLE = "BELLJAR_FENCE"
# For pytest-xdist's workers, which have to do what their parent did.
SEEN = "BELLJAR_FENCE_SEEN"
_MODES = ("on", "off", "report", "audit")
ALLOW = "BELLJAR_FENCE_ALLOW"
_NAMING = (ALLOW, "BELLJAR_POSTGRES_URL", "BELLJAR_VALKEY_URL")
_PR_SET_CHILD_SUBREAPER = 36


def mode(environ: Mapping[str, str] = os.environ) -> str:
    """Gives what BELLJAR_FENCE asks for, "" if nothing; raises `BadFenceSetting`."""
    asked = environ.get(VARIABLE, "")
    if asked and asked not in _MODES:
        raise BadFenceSetting(
            f"{VARIABLE}={asked!r} is not a way to fence; choose one of {', '.join(_MODES)}"
        )
    return asked


def declared() -> Declared | None:
    """Gives what the environment declares, looked up now; None for nothing.

    Raises `BadFenceSetting`.
    """
    if not any(os.environ.get(name) for name in _NAMING):
        return None  # as usual, and nothing need be loaded to say so
    from belljar.fence.declared import Declared

    return Declared.read()


class Gate:
    """Between the two processes; made before the fork."""

    def __init__(self) -> None:
        self._ends: tuple[socket.socket, socket.socket] | None = None
        if sys.platform.startswith("linux"):
            self._ends = socket.socketpair()
        self._asked = ""
        self._problem = ""
        self._declared: Declared | None = None

    def enter(self) -> None:
        """Puts this thread behind the filter; to be called in the child, by what will run pytest.

        Where that is not possible, `settle` says so. Raises `BadFenceSetting`.
        """
        self._asked = mode()
        self._declared = declared()  # looks names up, while that is possible
        if self._ends is None:
            self._problem = f"{sys.platform} has no filter for it"
            return
        outside, inside = self._ends
        outside.close()
        with inside:
            if self._asked == "audit":
                self._problem = f"{VARIABLE}=audit"
            elif self._asked != "off":
                try:
                    hand_over(inside)
                except FenceUnavailable as reason:
                    self._problem = str(reason)

    def settle(self, *, private: bool, folders: Sequence[str]) -> str:
        """Gives "", or what is missing of the whole fence: a phrase for the seal.

        From now on it judges. `private` says that nobody else is in this network, `folders` which
        folders nobody else has.
        """
        from belljar.fence.client import Client, enter

        if self._asked == "off":
            return f"fence off by {VARIABLE}"
        refuses = self._asked != "report"
        try:
            if self._asked == "audit":
                raise FenceUnavailable(self._problem)
            # Also where there was a problem: a test that runs a test is behind the outer one's
            # filter, and that one's supervisor serves both.
            client = Client.connect()
        except FenceUnavailable as reason:
            from belljar.fence.auditing import AuditFence

            os.environ[SEEN] = "audit"
            enter(
                AuditFence(
                    private=private, folders=folders, declared=self._declared, refuses=refuses
                )
            )
            why = self._problem or reason
            return f"fence only around Python code of the test process: {why}"
        os.environ[SEEN] = "on"
        # The parent is in the tree: what the test leaves behind becomes its child.
        client.open_session(
            root=os.getppid(),
            private=private,
            folders=real(folders),
            declared=self._declared,
            refuses=refuses,
        )
        enter(client)
        if not refuses:
            return f"fence only reports, by {VARIABLE}"
        return f"fence: {client.partial}" if client.partial else ""

    def watch(self) -> None:
        """Starts to decide, in a thread; to be called in the parent."""
        if self._ends is None:
            return
        outside, inside = self._ends
        inside.close()
        # Signals are for the main thread, which waits for its child and would not notice otherwise.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            threading.Thread(
                target=_serve, args=(outside,), name="belljar-fence", daemon=True
            ).start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(outside: socket.socket) -> None:
    import ctypes

    # What a test leaves behind stays in our family: known as its own, and readable.
    longs = [ctypes.c_long(value) for value in (1, 0, 0, 0)]
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, *longs)
    from belljar.fence.supervisor import Supervisor

    with outside:
        _, descriptors, _, _ = socket.recv_fds(outside, 1, 1)
    for listener in descriptors:  # none: the child has no filter
        Supervisor(listener, ancestor=True).serve()


def hand_over(inside: socket.socket) -> None:
    """Puts this thread behind the filter and sends the listener through `inside`.

    Raises `FenceUnavailable`, and sends nothing then.
    """
    from belljar.fence.filtering import install

    listener: list[int] = []
    installed = threading.Event()

    def send() -> None:
        # This thread began before the filter: its own sendmsg waits for nobody.
        installed.wait()
        for descriptor in listener:
            socket.send_fds(inside, [b"."], [descriptor])
            os.close(descriptor)

    sender = threading.Thread(target=send, name="belljar-fence-sender")
    sender.start()
    try:
        listener.append(install())
    finally:
        installed.set()
        sender.join()


def real(folders: Sequence[str]) -> list[str]:
    """Gives `folders` without links, each with the slash that what is in it begins with."""
    return [os.path.realpath(folder).rstrip("/") + "/" for folder in folders if folder]
