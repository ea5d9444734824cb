"""`Resolving`: DNS servers that only note the question and say "no such name", one for each socket.

A program's own socket is exchanged for one that is connected to here, so that it gets an answer at once,
and the breach the name that was wanted.
"""

from __future__ import annotations

import dataclasses
import os
import select
import socket
from contextlib import suppress

from belljar.fence.breach import Breach
from belljar.fence.filtering import taken_descriptor
from belljar.fence.lookups import answer, is_own, query_name, without_search
from belljar.fence.policy import Session

__all__ = ["Resolving"]

# A program that never closes its sockets must not use up our descriptors: the oldest go.
_MOST = 64


class Resolving:
    """Holds our ends of the exchanged sockets, each with the breach that a question to it is."""

    def __init__(self, poll: select.poll) -> None:
        self._poll = poll
        self._ends: dict[int, tuple[socket.socket, Session, Breach]] = {}

    def socket_for(
        self, pid: int, number: int, session: Session, breach: Breach
    ) -> socket.socket | None:
        """Gives a socket to put in the place of descriptor `number` of `pid`, connected to us.

        None where there can't be one: TCP, or a network namespace that is not ours.
        """
        try:
            family = _datagram_family(pid, number)
        except OSError:
            return None
        if family is None:
            return None
        host = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        ours = socket.socket(family, socket.SOCK_DGRAM)
        theirs = socket.socket(family, socket.SOCK_DGRAM)
        try:
            for end in (ours, theirs):
                end.bind((host, 0))
            theirs.connect(ours.getsockname())
            ours.connect(theirs.getsockname())
        except OSError:
            ours.close()
            theirs.close()
            return None
        ours.setblocking(False)
        if len(self._ends) >= _MOST:
            self._close(next(iter(self._ends)))
        self._ends[ours.fileno()] = (ours, session, breach)
        self._poll.register(ours, select.POLLIN)
        return theirs

    def serve(self, descriptor: int) -> None:
        """Answers what came to one of our ends; nothing happens for other descriptors."""
        if descriptor not in self._ends:
            return
        ours, session, breach = self._ends[descriptor]
        try:
            while True:
                message = ours.recv(4096)
                if self.asked(session, breach, message):
                    with suppress(OSError, ValueError):
                        ours.send(answer(message, session.declared.names))
        except BlockingIOError:
            return
        except OSError:  # the other end is closed
            self._close(descriptor)

    def asked(self, session: Session, breach: Breach, message: bytes) -> str:
        """Gives the name that `message` asks for, "" if it is no question.

        It keeps the breach, with that name; not where the name is the machine's own.
        """
        name = query_name(message)
        if not (is_own(name) or is_own(without_search(name)) or name in session.declared.names):
            session.note(dataclasses.replace(breach, host=name))
        return name

    def _close(self, descriptor: int) -> None:
        ours, *_ = self._ends.pop(descriptor)
        self._poll.unregister(descriptor)
        ours.close()


def _datagram_family(pid: int, number: int) -> socket.AddressFamily | None:
    """Gives the family of a process's UDP socket; None when it is none, or not in our network."""
    if os.readlink(f"/proc/{pid}/ns/net") != os.readlink("/proc/self/ns/net"):  # noqa: PTH115
        return None
    with socket.socket(fileno=taken_descriptor(pid, number)) as theirs:
        if theirs.type != socket.SOCK_DGRAM:
            return None
        return socket.AddressFamily(theirs.family)
