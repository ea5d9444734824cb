"""`Connection`: one client's SMTP, by aiosmtpd, with a hand on every answer for faults.

A fault is for a command: CONNECT, EHLO, HELO, STARTTLS, AUTH, MAIL, RCPT, DATA, or MESSAGE, which is the
mail itself after its final dot. What comes in place of the work leaves it undone; what spoils the answer
spoils that of the command, and at DATA the one after the mail.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

from aiosmtpd.smtp import (
    SMTP,
    AuthResult,
    Envelope,
    LoginPassword,
    Session,
    TLSSetupException,
)

from belljar.faults import wire
from belljar.faults.fault import Fault
from belljar.faults.playing import end_process, play
from belljar.mocks.email.transaction import MailServer
from belljar.mocks.journal import Entry

__all__ = ["SIZE", "Connection"]

# The largest mail, in bytes.
SIZE = 25 << 20
# Of a client that says nothing, in seconds.
IDLE = 60.0
COMMANDS = ("EHLO", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT")
# Not the last word on a command: the client has to say something before it comes.
_INTERIM = (b"334", b"354")

Command = Callable[[str | None], Awaitable[None]]


class _Session(Session):
    """A session without the old name of the login, about which aiosmtpd warns when it sets it itself."""

    login_data: Any = None


class Connection(SMTP):
    """One connection; `port` is the namespace of the port that it came in by, or ""."""

    def __init__(
        self,
        server: MailServer,
        *,
        port: str,
        context: ssl.SSLContext,
        implicit_tls: bool,
        size: int,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(
            _Handler(self),
            data_size_limit=size,
            enable_SMTPUTF8=True,
            hostname="localhost",
            ident="Belljar email mock",
            tls_context=None if implicit_tls else context,
            timeout=IDLE,
            auth_require_tls=False,
            authenticator=self._enter,
            loop=loop,
        )
        self.mail_server = server
        self.port = port
        self.user = ""
        self.implicit_tls = implicit_tls
        self._entry: Entry | None = None
        self._faults: list[Fault] = []
        self._held = b""
        for name in COMMANDS:
            self._smtp_methods[name] = self._watched(name, self._smtp_methods[name])

    @property
    def encrypted(self) -> bool:
        """Whether TLS is on."""
        return self.implicit_tls or self._tls_protocol is not None

    @property
    def sender(self) -> str:
        """Who sends, by the envelope; "" for a bounce."""
        sender = self.envelope.mail_from if self.envelope else None
        return "" if sender in (None, "<>") else str(sender)

    def _create_session(self) -> Session:
        return _Session(self.loop)

    # Faults and journal.

    def _watched(self, name: str, run: Command) -> Command:
        async def command(argument: str | None) -> None:
            if name == "AUTH" and argument:
                # Mechanisms are the same in any case; aiosmtpd knows them in capitals.
                mechanism, space, rest = argument.partition(" ")
                argument = mechanism.upper() + space + rest
            if name == "MAIL" and self._must_log_in():
                await self.push("530 5.7.0 Authentication required")
                return
            recipient = _address(argument) if name == "RCPT" else ""
            sender = _address(argument) if name == "MAIL" else self.sender
            shown = argument.partition(" ")[0] if name == "AUTH" and argument else argument
            if await self._refused(name, shown or "", sender, [recipient] if recipient else []):
                return
            await run(argument)

        return command

    async def _refused(
        self, command: str, argument: str, sender: str, recipients: list[str]
    ) -> bool:
        """Note a command and look for faults; tell whether it was answered without being done."""
        server = self.mail_server
        first = recipients[0] if recipients else ""
        space = server.namespace(port=self.port, user=self.user, recipient=first)
        self._entry = server.note(space, command, argument)
        faults = server.faults(space, command, sender, recipients)
        if not faults:
            return False
        self._entry.fault = wire.injected(faults)
        self._faults += faults
        if not wire.instead(faults):
            return False
        await self._say(b"")
        return True

    async def _handle_client(self) -> None:
        if await self._refused("CONNECT", "", "", []):
            if self.transport is not None:
                self.transport.close()
            return
        await super()._handle_client()

    async def push(self, status: str | bytes) -> None:
        """Send a line; under faults a whole answer at a time, as they have it."""
        if not status:
            return  # it is answered already
        line = (status.encode() if isinstance(status, str) else status) + b"\r\n"
        if self._entry is not None and line[:3].isdigit():
            self._entry.status = int(line[:3])
        if not self._faults or line.startswith(_INTERIM):
            self._writer.write(self._held + line)
            self._held = b""
            await self._writer.drain()
            return
        self._held += line
        if line[3:4] != b"-":
            held, self._held = self._held, b""
            await self._say(held)

    async def _say(self, answer: bytes) -> None:
        """Send an answer as the faults have it, which are over then."""
        faults, self._faults = self._faults, []
        actions = wire.schedule(answer, faults)
        code = b"".join(action.data for action in actions)[:3]
        if self._entry is not None:
            self._entry.status = int(code) if code.isdigit() else 0
        transport = self.transport
        if isinstance(transport, asyncio.WriteTransport) or hasattr(transport, "write"):
            await play(actions, transport, kill=end_process)  # type: ignore[arg-type]  # it writes
        # RFC 5321: whoever says 421 closes the connection.
        if code == b"421" and self.transport is not None:
            self.transport.close()

    # Logging in.

    def _enter(
        self, server: object, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        user = data.login.decode("utf-8", "replace")
        password = data.password.decode("utf-8", "replace")
        if not self.mail_server.may_enter(self.port, user, password):
            return AuthResult(success=False, handled=False)
        self.user = user
        return AuthResult(success=True, auth_data=data)

    def _must_log_in(self) -> bool:
        return not self.user and self.mail_server.must_log_in(self.port)


class _Handler:
    """What aiosmtpd asks when a mail is there, or something has gone wrong."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def handle_EHLO(
        self,
        server: object,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Offer pipelining too: commands are read one after the other, however they come."""
        session.host_name = hostname
        return [responses[0], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", *responses[1:]]

    async def handle_exception(self, error: Exception) -> str:
        """Say what went wrong: a client that breaks TLS off is no mistake of the mock's."""
        if isinstance(error, TLSSetupException):
            reason = error.__cause__ or error
            print(f"email: STARTTLS failed: {type(reason).__name__}: {reason}", file=sys.stderr)
        else:
            traceback.print_exception(error, file=sys.stderr)
        sys.stderr.flush()
        return f"554 5.3.0 The mock failed: {type(error).__name__}; its log has the trace"

    async def handle_DATA(self, server: object, session: Session, envelope: Envelope) -> str:
        """Take a mail, unless a fault refuses it."""
        connection = self._connection
        recipients = list(envelope.rcpt_tos)
        # Those of DATA itself that spoil an answer are still due, and for this one.
        before = connection._faults
        connection._faults = []
        if await connection._refused("MESSAGE", "", connection.sender, recipients):
            return ""  # `push` sends nothing then
        connection._faults = before + connection._faults
        raw = envelope.original_content or b""
        delivered = connection.mail_server.deliver(
            raw,
            sender=connection.sender,
            recipients=recipients,
            port=connection.port,
            user=connection.user,
            tls=connection.encrypted,
        )
        return f"250 2.0.0 OK: queued as {delivered[0].id}"


def _address(argument: str | None) -> str:
    """Return the address in `FROM:<a@b.c> SIZE=1`."""
    rest = (argument or "").partition(":")[2].strip()
    return rest[1:].partition(">")[0] if rest.startswith("<") else rest.partition(" ")[0]
