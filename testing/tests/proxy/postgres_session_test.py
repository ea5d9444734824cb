"""What a PostgreSQL session passes on, message by message, without a server."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

import pytest

from belljar.mocks.proxy.items import End
from belljar.mocks.proxy.postgres_messages import error_response, message
from belljar.mocks.proxy.postgres_session import PostgresSession
from belljar.mocks.proxy.registry import toxic_type
from belljar.mocks.proxy.session import PlannedCall
from belljar.mocks.proxy.toxic import Toxic

pytestmark = pytest.mark.unit


class Wire:
    """Remembers what passed."""

    def __init__(self, **attributes: str | int) -> None:
        self.server = b""
        self.client = b""
        self.ended: End | None = None
        self.toxic = Toxic(toxic_type("postgres"), attributes=attributes)
        self.session = PostgresSession(self, lambda: [self.toxic], False)

    def to_server(self, data: bytes, delay: float = 0.0) -> None:
        self.server += data

    def to_client(self, data: bytes, delay: float = 0.0) -> None:
        self.client += data

    def end(self, how: End) -> None:
        self.ended = how

    def note(self, toxic: Toxic, what: str) -> None:
        pass

    def applies(self, toxic: Toxic) -> float | None:
        return 0.0 if toxic.claim() else None

    def hold(self) -> None:
        pass

    def planned(self, call: Callable[[], PlannedCall]) -> Sequence[Toxic]:
        return ()


READY = message(b"Z", b"I")
SYNC = message(b"S", b"")


def extended(statement: str) -> bytes:
    """Give Parse, Bind and Execute of a statement."""
    parse = message(b"P", b"\0" + statement.encode() + b"\0\0\0")
    return parse + message(b"B", bytes(8)) + message(b"E", bytes(5))


def test_a_lost_answer_waits_until_the_server_is_ready_again() -> None:
    """CommandComplete alone says nothing: without a transaction the commit comes behind it."""
    wire = Wire(action="lose_answer")
    wire.session.from_client(extended("INSERT") + SYNC)
    wire.session.from_server(message(b"1", b"") + message(b"2", b""))
    wire.session.from_server(message(b"C", b"INSERT 0 1\0"))
    assert wire.ended is None
    wire.session.from_server(READY)
    assert wire.ended is End.RESET
    assert wire.client == message(b"1", b"") + message(b"2", b"")


def test_what_the_server_skips_after_an_error_is_not_waited_for() -> None:
    wire = Wire(text="second", action="lose_answer")
    wire.session.from_client(extended("first"))
    wire.session.from_server(error_response("ERROR", "42601", "no"))
    wire.session.from_client(extended("second"))  # before Sync: it is ignored
    wire.session.from_client(SYNC + message(b"Q", b"third\0"))
    wire.session.from_server(READY)
    answer = message(b"C", b"SELECT 1\0") + READY
    wire.session.from_server(answer)
    assert wire.ended is None and wire.client.endswith(READY + answer)
    assert wire.toxic.seen == 0


def test_answers_before_a_fatal_error_come_first() -> None:
    wire = Wire(text="second", severity="FATAL", sqlstate="57P01", message="bye")
    wire.session.from_client(message(b"Q", b"first\0") + message(b"Q", b"second\0"))
    assert wire.ended is None and b"second" not in wire.server
    wire.session.from_server(READY)
    assert wire.client == READY + error_response("FATAL", "57P01", "bye")
    assert wire.ended is End.CLOSED


def test_what_is_not_the_protocol_passes_as_it_is() -> None:
    wire = Wire()
    garbage = b"\x17\x03\x03" + struct.pack(">H", 900) + bytes(900)
    wire.session.from_client(garbage)
    wire.session.from_server(garbage)
    assert (wire.server, wire.client) == (garbage, garbage)
