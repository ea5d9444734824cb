"""Names resolve as a test tells them; no other host is found or reached."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from belljar.doubles import BadExpectation, Names, NoSuchThing, Refused
from belljar.doubles.ledger import Ledger


@pytest.fixture
def told(ledger: Ledger) -> Iterator[Names]:
    names = Names(ledger)
    names.install()
    yield names
    names.close()


@pytest.fixture
def port() -> Iterator[int]:
    """A port where something listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_name_is_found_where_it_is_told(told: Names, port: int) -> None:
    told["db.internal"] = "127.0.0.1"
    socket.create_connection(("db.internal", port)).close()
    socket.create_connection(("DB.internal.", port)).close()
    assert socket.gethostbyname("db.internal") == "127.0.0.1"

    async def use() -> None:
        _, writer = await asyncio.open_connection("db.internal", port)
        writer.close()
        await writer.wait_closed()

    asyncio.run(use())
    assert set(told.asked) == {"db.internal"}


def test_a_lookup_fails_as_it_does_in_a_network(told: Names) -> None:
    told.fails("gone.example")
    told.fails("slow.example", temporarily=True)
    with pytest.raises(socket.gaierror) as gone:
        socket.create_connection(("gone.example", 80))
    assert gone.value.errno == socket.EAI_NONAME
    with pytest.raises(socket.gaierror) as slow:
        socket.gethostbyname("slow.example")
    assert slow.value.errno == socket.EAI_AGAIN


def test_a_name_that_is_not_told_is_refused(told: Names, ledger: Ledger) -> None:
    told["db.internal"] = "127.0.0.1"
    with pytest.raises(Refused, match=r"other.example was looked up(?s:.*)db.internal -> 127"):
        socket.create_connection(("other.example", 80))
    assert len(ledger.complaints) == 1


def test_an_address_of_no_name_is_refused(told: Names) -> None:
    with socket.socket() as one, pytest.raises(Refused, match=r"192.0.2.1 port 80 was called"):
        one.connect(("192.0.2.1", 80))
    with socket.socket() as one, pytest.raises(Refused):
        one.connect_ex(("other.example", 80))


def test_localhost_is_always_there(told: Names, port: int) -> None:
    socket.create_connection(("127.0.0.1", port)).close()
    assert socket.getaddrinfo("localhost", port)


def test_what_is_no_address_is_refused(told: Names) -> None:
    with pytest.raises(BadExpectation, match="no address"):
        told["db.internal"] = "localhost"


def test_the_resolver_is_as_before_at_the_end(ledger: Ledger) -> None:
    before = socket.getaddrinfo, dict(vars(socket.socket))
    names = Names(ledger)
    names.install()
    names.close()
    assert (socket.getaddrinfo, dict(vars(socket.socket))) == before


def test_a_name_has_several_addresses_and_a_pattern_many_names(told: Names) -> None:
    told["db.internal"] = ["192.0.2.1", "192.0.2.2"]
    told["*.shop.internal"] = "192.0.2.7"
    found = socket.getaddrinfo("db.internal", 5432, type=socket.SOCK_STREAM)
    assert [each[4][0] for each in found] == ["192.0.2.1", "192.0.2.2"]
    assert socket.gethostbyname_ex("db.internal")[2] == ["192.0.2.1", "192.0.2.2"]
    assert socket.gethostbyname("cart.shop.internal") == told["a.shop.internal"] == "192.0.2.7"


def test_an_address_has_the_name_that_was_told(told: Names) -> None:
    told["db.internal"] = "192.0.2.1"
    assert socket.gethostbyaddr("192.0.2.1")[0] == "db.internal"
    with pytest.raises(socket.herror):
        socket.gethostbyaddr("192.0.2.2")


def test_datagrams_go_to_names_that_are_told_and_to_no_others(told: Names) -> None:
    told["statsd.internal"] = "127.0.0.1"
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
    ):
        server.bind(("127.0.0.1", 0))
        client.sendto(b"x", ("statsd.internal", server.getsockname()[1]))
        assert server.recv(10) == b"x"
        with pytest.raises(Refused, match=r"192\.0\.2\.9 port 8125"):
            client.sendto(b"x", ("192.0.2.9", 8125))


@pytest.mark.parametrize("address", [None, [], "nohost", ["127.0.0.1", 3]])
def test_what_no_name_server_answers_is_refused(told: Names, address: Any) -> None:
    with pytest.raises(BadExpectation, match="valid: "):
        told["db.internal"] = address
    with pytest.raises(NoSuchThing, match="fix: "):
        told["other.internal"]
