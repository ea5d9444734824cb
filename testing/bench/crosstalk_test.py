"""Clients beside each other: what is found, and that the mocks give nothing to find."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
import stripe
from crosstalk import CLIENTS, Client, runs
from http_load import drive
from mock_starts import FIRST_CALLS, payment, serve, start_seconds

from belljar.mocks.client import MockClient


class Hand:
    """A namespace that may be reset."""

    def __init__(self, name: str) -> None:
        self.namespace = name

    def reset(self) -> None:
        pass


class Sharing:
    """A client of a mock that keeps one shelf for all."""

    shelf: list[int]

    def __init__(self, number: int, shelf: list[int], *, fails: bool = False) -> None:
        self.hand = cast(MockClient, Hand(f"n{number}"))
        self.number = number
        self.shelf = shelf
        self.fails = fails

    def work(self, run: int) -> None:
        if self.fails:
            raise ConnectionResetError("gone")
        self.shelf.append(self.number)

    def sees(self, run: int) -> Iterator[tuple[str, object, object]]:
        yield "shelf", self.shelf, [self.number]


def test_what_another_has_put_there_is_found_and_named() -> None:
    """Both see the other's, in each run."""
    shelf: list[int] = []
    said: list[str] = []
    found = runs([Sharing(1, shelf), Sharing(2, shelf)], 2, said.append)
    assert (found.crossed, found.failed) == (4, 0)
    assert "n1, run 0: shelf: sees [" in "\n".join(said)


def test_a_call_that_fails_is_counted_and_holds_nobody_up() -> None:
    """Its own look then finds nothing of its own: two things to say of it."""
    said: list[str] = []
    found = runs([Sharing(1, []), Sharing(2, [], fails=True)], 1, said.append)
    assert (found.crossed, found.failed) == (1, 1)
    assert any("ConnectionResetError: gone" in text for text in said)


@pytest.mark.parametrize("name", list(CLIENTS))
def test_clients_of_one_process_see_their_own(name: str, tmp_path: Path) -> None:
    """Real servers, official clients."""
    said: list[str] = []
    with serve(name, tmp_path) as served:
        clients: list[Client] = [CLIENTS[name](served, number) for number in range(3)]
        found = runs(clients, 2, said.append)
    assert (found.crossed, found.failed) == (0, 0), said


@pytest.mark.parametrize("name", list(FIRST_CALLS))
def test_the_first_call_of_each_mock_is_answered(name: str, tmp_path: Path) -> None:
    """Whatever the time."""
    assert start_seconds(lambda: serve(name, tmp_path), FIRST_CALLS[name]) > 0


def test_a_load_makes_as_many_payments_as_it_says(tmp_path: Path) -> None:
    """Each under a key of its own, so that each is one."""
    with serve("payments", tmp_path) as served:
        done = drive(served.address, payment, 40, connections=3)
        account = stripe.StripeClient("sk_test_load", base_addresses={"api": served.url})
        assert done.requests == 40
        assert len(account.v1.payment_intents.list({"limit": 100}).data) == 40
        assert served.megabytes() > 5
        with pytest.raises(ValueError, match="401 Unauthorized"):
            drive(
                served.address, lambda _number: b"GET /v1/customers HTTP/1.1\r\nHost: x\r\n\r\n", 1
            )
