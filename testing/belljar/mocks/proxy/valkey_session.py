"""`ValkeySession`: understands one connection of Valkey's or Redis', and does there what its toxics want."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from belljar.mocks.proxy.items import End
from belljar.mocks.proxy.resp import Frames, NotResp, elements, error_reply
from belljar.mocks.proxy.session import SESSIONS, Toxics, Wire
from belljar.mocks.proxy.valkey_striking import Strike, strike

__all__ = ["ValkeySession"]

_SUBSCRIBING = frozenset(
    prefix + verb for prefix in ("", "P", "S") for verb in ("SUBSCRIBE", "UNSUBSCRIBE")
)
# What a subscriber of RESP2 gets unasked, as ordinary lists.
_PUSHED = frozenset(name.lower() for name in _SUBSCRIBING) | {"message", "pmessage", "smessage"}
# What comes behind these is no longer reply by reply.
_STREAMING = frozenset({"MONITOR", "PSYNC", "SYNC"})
_DISCARD = b"*1\r\n$7\r\nDISCARD\r\n"
_ABORTED = "EXECABORT Transaction discarded because of previous errors."


@dataclass(eq=False)
class _Expected:
    """A reply that is still to come, and what a toxic makes of it."""

    subscribing: bool = False
    fault: str = ""  # say, replace, lose, cut, noise
    reply: bytes = b""
    how: str = "reset"
    size: int = 0  # how much of it passes before it is cut


class ValkeySession:
    """One connection. What can't be understood, such as TLS, passes as it is."""

    def __init__(self, wire: Wire, toxics: Toxics, new: bool) -> None:
        self._wire = wire
        self._toxics = toxics
        self._client = Frames(inline=True)
        self._server = Frames(inline=False)
        self._row: deque[_Expected] = deque()
        self._subscribed = not new
        self._opaque = False
        self._deaf = False
        self._mute = False
        self._silent = ""  # CLIENT REPLY: OFF, or SKIP for the next one
        self._in_multi = False
        self._aborted = False

    def from_client(self, data: bytes) -> None:
        """Take what the client sent."""
        if self._opaque:
            self._wire.to_server(data)
            return
        if self._deaf:
            return
        passed: list[bytes] = []
        try:
            for frame in self._client.feed(data):
                self._take(frame, passed)
                if self._deaf:
                    break
                if self._opaque:
                    passed.append(self._client.rest)
                    break
        except NotResp:
            passed.append(self._client.rest)
            self._opaque = True
        self._send(passed)

    def _send(self, passed: list[bytes]) -> None:
        if passed:
            self._wire.to_server(b"".join(passed))
            passed.clear()

    def _take(self, frame: bytes, passed: list[bytes]) -> None:
        command = elements(frame)
        if not command:
            passed.append(frame)  # an empty line, which is not answered
            return
        name = command[0].upper()
        struck = strike(self._wire, self._toxics(), command)
        expected = _Expected(subscribing=name in _SUBSCRIBING)
        if struck and struck.action != "delay":
            self._send(passed)
            self._act(struck, frame, command, expected)
            return
        if name == "MULTI":
            self._in_multi, self._aborted = True, False
        elif name == "EXEC" and self._in_multi and self._aborted:
            # As the server does when it refused a command that was to be part of it.
            frame, expected.fault = _DISCARD, "replace"
            expected.reply = error_reply(_ABORTED)
        if name in ("EXEC", "DISCARD", "RESET"):
            self._in_multi = self._aborted = False
        if struck:
            self._send(passed)
            self._wire.to_server(frame, struck.delay)
        else:
            passed.append(frame)
        if name in _STREAMING:
            self._opaque = True
        elif not self._unanswered(command):
            self._row.append(expected)

    def _unanswered(self, command: list[str]) -> bool:
        """Whether the client has asked for no reply to this command."""
        words = [word.upper() for word in command[:3]]
        if words[:2] == ["CLIENT", "REPLY"] and len(words) == 3:
            self._silent = {"OFF": "OFF", "SKIP": "SKIPPING"}.get(words[2], "")
            return words[2] != "ON"
        if self._silent == "SKIPPING":
            self._silent = ""
            return True
        return self._silent == "OFF"

    def _act(self, struck: Strike, frame: bytes, command: list[str], expected: _Expected) -> None:
        expected.how = struck.how
        if struck.action == "drop":
            self._end(struck.how)
            return
        if struck.action == "hang":
            self._deaf = True
            self._wire.hold()
            return
        if struck.action == "garbage":
            self._deaf = True
            self._row.append(_Expected(fault="noise", reply=struck.noise))
            self._say_what_is_due([])
            return
        if struck.action == "error":
            self._aborted = self._in_multi
            if command[0].upper() in ("EXEC", "DISCARD"):
                self._in_multi = self._aborted = False
                self._wire.to_server(_DISCARD)
                expected.fault = "replace"
            else:
                expected.fault = "say"
            expected.reply = error_reply(struck.error(command))
            if not self._unanswered(command):
                self._row.append(expected)
            self._say_what_is_due([])
            return
        expected.fault = "lose" if struck.action == "lose_answer" else "cut"
        expected.size = struck.size
        self._row.append(expected)
        self._wire.to_server(frame, struck.delay)

    def from_server(self, data: bytes) -> None:
        """Take what the server sent."""
        if self._opaque:
            self._wire.to_client(self._server.rest + data)
            self._server = Frames(inline=False)
            return
        if self._mute:
            return
        passed: list[bytes] = []
        try:
            for frame in self._server.feed(data):
                self._answer(frame, passed)
                if self._mute:
                    return
        except NotResp:
            passed.append(self._server.rest)
            self._opaque = True
        if passed:
            self._wire.to_client(b"".join(passed))

    def _answer(self, frame: bytes, passed: list[bytes]) -> None:
        if not self._row or self._pushed(frame):
            passed.append(frame)
            return
        expected = self._row.popleft()
        if expected.fault in ("lose", "cut"):
            if expected.fault == "cut":
                passed.append(frame[: min(expected.size, max(len(frame) - 1, 0))])
            if passed:
                self._wire.to_client(b"".join(passed))
            self._end(expected.how)
            return
        passed.append(expected.reply if expected.fault == "replace" else frame)
        self._say_what_is_due(passed)

    def _pushed(self, frame: bytes) -> bool:
        """Whether a frame is nobody's reply; the first that answers a SUBSCRIBE is its reply."""
        kind = frame[:1]
        if kind not in (b"*", b">"):
            return False
        first = self._row[0]
        if not (kind == b">" or self._subscribed or first.subscribing):
            return False
        name = (elements(frame, 1) or [""])[0].lower()
        if name not in _PUSHED:
            return kind == b">"
        self._subscribed = True
        return not (first.subscribing and "subscribe" in name)

    def _say_what_is_due(self, passed: list[bytes]) -> None:
        """Say the errors, and the noise, that come next; they are behind the replies before them."""
        noise = False
        while self._row and self._row[0].fault in ("say", "noise"):
            noise = self._row[0].fault == "noise"
            passed.append(self._row.popleft().reply)
        if passed and not self._mute:
            self._wire.to_client(b"".join(passed))
            passed.clear()
        if noise:
            self._end("close")

    def _end(self, how: str) -> None:
        self._deaf = self._mute = True
        if how == "hang":
            self._wire.hold()
        else:
            self._wire.end(End.RESET if how == "reset" else End.CLOSED)


SESSIONS["valkey"] = ValkeySession
