"""`PostgresSession`: understands one connection of PostgreSQL's, and does there what its toxics want."""

from __future__ import annotations

import struct

from belljar.mocks.proxy.items import End
from belljar.mocks.proxy.postgres_answers import Answers, Expected
from belljar.mocks.proxy.postgres_messages import (
    CANCEL_REQUEST,
    ENCRYPTION_REQUESTS,
    NotPostgres,
    Part,
    Parts,
    error_fields,
    error_response,
    failing_statement,
    is_commit,
    message,
    texts,
)
from belljar.mocks.proxy.postgres_striking import Strike, strike
from belljar.mocks.proxy.session import SESSIONS, Toxics, Wire

__all__ = ["PostgresSession"]

_FRONTEND, _BACKEND = b"QPBDECSHFXdcfp", b"RKSZTDCEIN123nstAGHWVdcv"
_LONGEST_STARTUP = 10_000
_KINDS = {b"D": "describe", b"C": "close", b"F": "call", b"S": "sync"}
# Nobody else's: it is closed before it is made.
_OURS = b"belljar_fault\0"


class PostgresSession:
    """One connection. What can't be understood, such as TLS, passes as it is."""

    def __init__(self, wire: Wire, toxics: Toxics, new: bool) -> None:
        self._wire = wire
        self._toxics = toxics
        self._starting = new
        self._opaque = False
        self._deaf = False  # a toxic said that nothing more of the client's arrives
        self._mute = False  # the end was sent
        self._startup = b""
        self._client = Parts(_FRONTEND, b"QPBEDCFS")
        self._server = Parts(_BACKEND, b"ECZ")
        self._answers = Answers()
        self._statements: dict[str, str] = {}
        self._portals: dict[str, str] = {}
        self._passing = True
        self._lost = ""  # how the connection ends when the answer that is lost is complete

    # From the client

    def from_client(self, data: bytes) -> None:
        """Take what the client sent."""
        if self._opaque:
            self._wire.to_server(data)
        elif self._deaf:
            return
        elif self._starting:
            self._begin(data)
        else:
            self._messages(data)

    def _begin(self, data: bytes) -> None:
        self._startup += data
        while len(self._startup) >= 8 and self._starting:
            length, code = struct.unpack_from(">II", self._startup)
            if not 8 <= length <= _LONGEST_STARTUP:
                self._become_opaque(self._startup)  # TLS from the first byte
                return
            if len(self._startup) < length:
                return
            first, self._startup = self._startup[:length], self._startup[length:]
            if code in ENCRYPTION_REQUESTS:
                self._wire.to_client(b"N")  # encrypted, no statement could be read
                continue
            self._starting = False
            if code == CANCEL_REQUEST:
                self._become_opaque(first + self._startup)
                return
            struck = strike(self._wire, self._toxics(), "connect", "")
            self._act(struck, first, Expected("startup"))
        if not self._starting and self._startup and not self._deaf:
            rest, self._startup = self._startup, b""
            self._messages(rest)

    def _messages(self, data: bytes) -> None:
        passed: list[bytes] = []
        try:
            for part in self._client.feed(data):
                if not self._take(part, passed):
                    return
        except NotPostgres:
            passed.append(self._client.rest)
            self._become_opaque(b"")
        if passed:
            self._wire.to_server(b"".join(passed))

    def _take(self, part: Part, passed: list[bytes]) -> bool:
        """Take a message; return whether more may be taken."""
        kind, data = part.kind, part.data
        text, expected = None, None
        if kind == b"Q":
            (text,) = texts(data, 1)
            expected = Expected("query")
        elif kind == b"P":
            name, statement = texts(data, 2)
            self._statements[name] = statement
            expected = Expected("parse")
        elif kind == b"B":
            portal, name = texts(data, 2)
            self._portals[portal] = self._statements.get(name, "")
            expected = Expected("bind")
        elif kind == b"E":
            text = self._portals.get(texts(data, 1)[0], "")
            expected = Expected("execute")
        elif kind in _KINDS:
            expected = Expected(_KINDS[kind])
        elif kind in b"cf":
            self._answers.copied()
        ignored = kind != b"Q" and self._answers.ignored
        struck = None
        if text is not None and not ignored:
            struck = strike(self._wire, self._toxics(), "statement", text)
        if struck is None:
            if expected:
                self._answers.expect(expected)
            passed.append(data)
            return True
        # What came before it is not to wait for it.
        if passed:
            self._wire.to_server(b"".join(passed))
            passed.clear()
        assert expected is not None
        return self._act(struck, data, expected, text or "")

    def _act(self, struck: Strike | None, data: bytes, expected: Expected, text: str = "") -> bool:
        """Do what a toxic wants with a message; return whether more may be taken."""
        if struck is None:
            self._answers.expect(expected)
            self._wire.to_server(data)
            return True
        expected.how = struck.how
        if struck.action == "drop":
            self._end(struck.how)
            return False
        if struck.action == "hang":
            self._deaf = True
            self._wire.hold()
            return False
        if struck.action in ("error", "garbage"):
            noise = struck.noise if struck.action == "garbage" else b""
            if noise or struck.severity == "FATAL" or expected.kind == "startup":
                expected.fault, self._deaf = "fatal", True
                expected.reply = noise or error_response("FATAL", struck.sqlstate, struck.message)
                self._answers.expect(expected)
                # The answers before it come first; the server may keep them until it is asked.
                if expected.kind == "execute":
                    self._wire.to_server(message(b"H", b""))
                self._say_what_is_due([])
                return False
            expected.fault = "fail"
            expected.reply = error_response("ERROR", struck.sqlstate, struck.message)
            data = _failing(expected.kind, struck, is_commit(text))
        elif struck.action in ("lose_answer", "cut"):
            expected.fault = "lose" if struck.action == "lose_answer" else "cut"
            expected.rows, expected.size = struck.rows, struck.size
        self._answers.expect(expected)
        self._wire.to_server(data, struck.delay)
        return True

    # From the server

    def from_server(self, data: bytes) -> None:
        """Take what the server sent."""
        if self._opaque:
            self._wire.to_client(data)
            return
        if self._mute:
            return
        passed: list[bytes] = []
        try:
            for part in self._server.feed(data):
                self._answer(part, passed)
                if self._mute:
                    return
        except NotPostgres:
            passed.append(self._server.rest)
            self._become_opaque(b"")
        if passed:
            self._wire.to_client(b"".join(passed))

    def _answer(self, part: Part, passed: list[bytes]) -> None:
        first = self._answers.first
        if self._lost:
            # It is done for sure when the server is ready again.
            if part.kind == b"Z":
                self._end(self._lost)
            return
        fault = first.fault if first and part.kind not in b"NAS" else ""
        if first and fault == "cut" and self._cut(first, part, passed):
            return
        if part.first:
            self._passing = True
            if first and fault == "lose":
                self._lost = first.how
                self._answer(part, passed)
                return
            if first and fault == "fail":
                self._fail(first, part, passed)
                return
        if self._passing:
            passed.append(part.data)
        if part.last and self._answers.seen(part.kind):
            self._say_what_is_due(passed)

    def _fail(self, first: Expected, part: Part, passed: list[bytes]) -> None:
        """Pass nothing of what stands for a statement but its failure."""
        self._passing = False
        if part.kind not in b"EZ":
            return
        first.fault = ""
        # The same failure as the server had, in the words that were asked for.
        ours = error_fields(part.data).get("C") == error_fields(first.reply).get("C")
        passed.append(first.reply if ours or part.kind == b"Z" else part.data)
        self._answers.seen(b"E")
        if part.kind == b"Z":
            passed.append(part.data)
            self._answers.seen(b"Z")

    def _cut(self, first: Expected, part: Part, passed: list[bytes]) -> bool:
        """Return whether the result ends here, after so many rows and bytes."""
        if part.kind in b"Dd" and first.rows:
            first.rows -= part.last
            return False
        if len(part.data) <= first.size:
            first.size -= len(part.data)
            return False
        if not first.size and part.kind not in b"DdCIEZ":
            return False
        if first.size or part.kind in b"Dd":
            passed.append(part.data[: first.size or max(len(part.data) // 2, 1)])
        self._wire.to_client(b"".join(passed))
        passed.clear()
        self._end(first.how)
        return True

    def _say_what_is_due(self, passed: list[bytes]) -> None:
        """End the connection with an error, or with noise, if that is what comes next."""
        first = self._answers.first
        if first and first.fault == "fatal":
            self._wire.to_client(b"".join(passed) + first.reply)
            passed.clear()
            self._end("close")

    def _end(self, how: str) -> None:
        self._deaf = self._mute = True
        if how == "hang":
            self._wire.hold()
        else:
            self._wire.end(End.RESET if how == "reset" else End.CLOSED)

    def _become_opaque(self, data: bytes) -> None:
        self._opaque, self._startup = True, b""
        if data:
            self._wire.to_server(data)


def _failing(kind: str, struck: Strike, commit: bool) -> bytes:
    """Return messages that make the server fail as a statement would; a commit rolls back first."""
    statement = failing_statement(struck.sqlstate, struck.message)
    if kind == "query":
        return message(b"Q", (("ROLLBACK;" if commit else "") + statement).encode() + b"\0")
    run = [statement]
    if commit:
        run.insert(0, "ROLLBACK")
    return b"".join(
        message(b"C", b"S" + _OURS)
        + message(b"P", _OURS + one.encode() + b"\0\0\0")
        + message(b"B", _OURS + _OURS + b"\0\0\0\0\0\0")
        + message(b"E", _OURS + b"\0\0\0\0")
        for one in run
    )


SESSIONS["postgres"] = PostgresSession
