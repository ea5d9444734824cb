"""`Supervisor`: decides about the calls that the filter asks about; one thread or process, outside of it.

While it decides, the caller waits. So it never waits for anybody itself, and what it can't judge because
of an error of its own it lets through and tells. It begins to judge when the first session opens:
before that, nobody could be told.
"""

from __future__ import annotations

import errno
import json
import os
import select
import socket
import struct
from contextlib import suppress
from typing import TYPE_CHECKING

from belljar.fence.addresses import Address, parse_sockaddr
from belljar.fence.breach import Breach
from belljar.fence.door import DOOR
from belljar.fence.family import Family
from belljar.fence.filtering import calls_of
from belljar.fence.notifications import Call, Notifications
from belljar.fence.policy import Policy, Session, Verdict
from belljar.fence.sessions import Sessions

if TYPE_CHECKING:
    from belljar.fence.resolving import Resolving

__all__ = ["Supervisor"]

_SOCKADDR = 128
_MSGHDR = struct.Struct("<QIxxxxQQ")
_MMSGHDR = 64
_MOST_MESSAGES = 1024
_DATAGRAM = 512
# AArch64 lets programs keep notes in the top byte of a pointer.
_POINTER = (1 << 56) - 1
_EPERM = 1


class _Client:
    def __init__(self, connection: socket.socket, pid: int) -> None:
        self.connection = connection
        self.pid = pid
        self.text = b""


class Supervisor:
    """Serves one listener until nobody is behind its filter any more, or `stop` is readable."""

    def __init__(self, listener: int, *, ancestor: bool) -> None:
        self._calls = calls_of(os.uname().machine)
        self._notifications = Notifications(listener)
        self._family = Family()
        self._policy = Policy(self._family)
        self._sessions = Sessions(self._family)
        self._poll = select.poll()
        self._poll.register(listener, select.POLLIN)
        self._clients: dict[int, _Client] = {}
        self._lookups: Resolving | None = None
        # Where only ancestors may read a process (Yama), others can't hold it against the process.
        self._may_read_all = ancestor or not _yama()
        self._listener = listener

    def serve(self, stop: int = -1) -> None:
        """Returns when all that was filtered is gone, or when `stop` becomes readable.

        However it ends, nobody waits for it any more: further calls fail, and who asks is told.
        """
        try:
            self._serve(stop)
        finally:
            os.close(self._listener)
            for client in self._clients.values():
                client.connection.close()

    def _serve(self, stop: int) -> None:
        if stop >= 0:
            self._poll.register(stop, select.POLLIN)
        while True:
            events = dict(self._poll.poll())
            if stop in events:
                return
            # In this order: who asks for breaches is told of all that went before.
            if (event := events.pop(self._listener, 0)) & select.POLLIN:
                self._serve_call()
            elif event:
                return
            for descriptor in events if self._lookups else ():
                self._resolving.serve(descriptor)
            for descriptor in events:
                if descriptor in self._clients:
                    self._serve_client(descriptor)

    def _serve_call(self) -> None:
        call = self._notifications.next()
        if call is None:
            return
        try:
            self._decide(call)
        except Exception as error:  # the test must not stand still because of us
            if self._sessions and self._notifications.waits(call):
                self._tell_own_error(call, error)
            self._notifications.proceed(call)

    def _tell_own_error(self, call: Call, error: Exception) -> None:
        with suppress(Exception):
            breach = Breach("", call.pid, "", f"({type(error).__name__}: {error})", kind="unjudged")
            self._sessions.of(call.pid).note(breach)

    def _decide(self, call: Call) -> None:
        try:
            wanted = self._wanted(call)
        except (FileNotFoundError, ProcessLookupError):
            return self._notifications.proceed(call)  # it is gone
        except PermissionError:
            return self._hidden(call)
        except OSError as error:
            if error.errno not in (errno.EIO, errno.EFAULT):
                raise
            return self._notifications.proceed(call)  # a bad pointer: the kernel says so
        if not self._notifications.waits(call):
            return None
        for address, datagram in wanted:
            if address.kind == "abstract" and address.path == "@" + DOOR[1:]:
                return self._open_door(call)
            if not self._sessions:
                continue
            session = self._sessions.of(call.pid)
            verdict = self._policy.judge(address, call.pid, session)
            refused = verdict.code and session.refuses
            if refused and verdict.lookup and call.number == self._calls.connect:
                return self._look_up(call, address, verdict)
            if verdict.breach is not None:
                self._note(session, verdict.breach, datagram)
            if refused:
                return self._notifications.refuse(call, verdict.code)
        return self._notifications.proceed(call)

    def _wanted(self, call: Call) -> list[tuple[Address, bytes]]:
        """Gives the addresses that a call names, each with the beginning of what goes there."""
        first = call.arguments
        with _memory(call.pid) as memory:
            if call.number == self._calls.connect:
                return [(parse_sockaddr(memory.read(first[1], min(first[2], _SOCKADDR))), b"")]
            if call.number == self._calls.sendto:
                data = memory.read(first[4], min(first[5] & 0xFFFFFFFF, _SOCKADDR))
                address = parse_sockaddr(data, sending=True)
                length = first[2] if address.port == 53 else 0
                return [(address, memory.read(first[1], min(length, _DATAGRAM)))]
            count = 1
            if call.number == self._calls.sendmmsg:
                count = min(first[2] & 0xFFFFFFFF, _MOST_MESSAGES)
            found = []
            for place in range(first[1], first[1] + count * _MMSGHDR, _MMSGHDR):
                name, size, vectors, _ = _MSGHDR.unpack(memory.read(place, _MSGHDR.size))
                if name:
                    data = memory.read(name, min(size, _SOCKADDR))
                    address = parse_sockaddr(data, sending=True)
                    datagram = memory.vector(vectors) if address.port == 53 else b""
                    found.append((address, datagram))
            return found

    @property
    def _resolving(self) -> Resolving:
        if self._lookups is None:
            # Loaded when needed, which it hardly ever is.
            from belljar.fence.resolving import Resolving

            self._lookups = Resolving(self._poll)
        return self._lookups

    def _note(self, session: Session, breach: Breach, datagram: bytes) -> None:
        if breach.kind == "lookup":
            self._resolving.asked(session, breach, datagram)
        else:
            session.note(breach)

    def _look_up(self, call: Call, address: Address, verdict: Verdict) -> None:
        """Lets the caller talk to us in the server's place, so that we hear which name it wants."""
        session = self._sessions.of(call.pid)
        assert verdict.breach is not None
        number = call.arguments[0] & 0xFFFFFFFF
        pid = next(self._family.chain(call.pid), call.pid)
        inside = self._resolving.socket_for(pid, number, session, verdict.breach)
        if inside is None:
            session.note(verdict.breach)
            return self._notifications.refuse(call, verdict.code)
        with inside:
            replaced = self._notifications.replace(call, number, inside.fileno())
        return self._notifications.refuse(call, 0 if replaced else verdict.code)

    def _hidden(self, call: Call) -> None:
        if not self._sessions or not self._may_read_all:
            return self._notifications.proceed(call)
        if not self._notifications.waits(call):
            return None  # killed meanwhile: what is left of it hides from all but root
        breach = self._policy.breach("unreadable", None, call.pid)
        self._sessions.of(call.pid).note(breach)
        return self._notifications.refuse(call, _EPERM)

    def _open_door(self, call: Call) -> None:
        ours, theirs = socket.socketpair()
        number = call.arguments[0] & 0xFFFFFFFF
        with theirs:
            if not self._notifications.replace(call, number, theirs.fileno()):
                ours.close()
                return self._notifications.proceed(call)
        ours.setblocking(False)
        pid = next(self._family.chain(call.pid), call.pid)
        self._clients[ours.fileno()] = _Client(ours, pid)
        self._poll.register(ours, select.POLLIN)
        return self._notifications.refuse(call, 0)

    def _serve_client(self, descriptor: int) -> None:
        client = self._clients[descriptor]
        try:
            data = client.connection.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            return self._drop(client)
        *lines, client.text = (client.text + data).split(b"\n")
        for line in lines:
            number = None
            try:
                request = json.loads(line)
                number = request["number"]
                reply = self._sessions.obey(request, client.pid)
            except Exception as error:  # a client's nonsense is answered, not ours to end from
                reply = {"error": f"{type(error).__name__}: {error}"}
            partial = "" if self._may_read_all else _YAMA_SAYS
            reply |= {"number": number, "partial": partial}
            # Short: what does not fit into the socket's buffer would have to wait.
            text = json.dumps(reply, ensure_ascii=False) + "\n"
            try:
                client.connection.sendall(text.encode(errors="backslashreplace"))
            except OSError:  # gone, or not reading: it must not wait for the rest
                return self._drop(client)
        return None

    def _drop(self, client: _Client) -> None:
        del self._clients[client.connection.fileno()]
        self._poll.unregister(client.connection)
        client.connection.close()
        if not any(other.pid == client.pid for other in self._clients.values()):
            self._sessions.end(client.pid)


_YAMA_SAYS = "connections of child processes unseen: kernel.yama.ptrace_scope forbids to read them"


def _yama() -> bool:
    """Whether processes may be read by their ancestors only."""
    if os.geteuid() == 0:
        return False
    try:
        with open("/proc/sys/kernel/yama/ptrace_scope", encoding="ascii") as file:  # noqa: PTH123
            return file.read().strip() != "0"
    except OSError:
        return False


class _memory:
    """The memory of a process, for reading."""

    def __init__(self, pid: int) -> None:
        self._descriptor = os.open(f"/proc/{pid}/mem", os.O_RDONLY)

    def __enter__(self) -> _memory:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def read(self, address: int, size: int) -> bytes:
        return os.pread(self._descriptor, size, address & _POINTER) if size else b""

    def vector(self, address: int) -> bytes:
        """Gives the beginning of the first buffer of a `struct iovec[]`."""
        place, size = struct.unpack("<QQ", self.read(address, 16))
        return self.read(place, min(size, _DATAGRAM))
