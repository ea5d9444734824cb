"""The same request twice has one effect and one answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from services.orders.database import DatabaseManager, Transaction
from services.orders.idempotency import Answer, Idempotency, fingerprint_of
from services.orders.identifiers import Clock
from services.orders.problems import (
    IdempotencyMismatch,
    InProgress,
    OutOfStock,
    Unavailable,
)


@pytest.fixture
def idempotency(database: DatabaseManager, ticking_clock: Clock) -> Idempotency:
    """The records of this test."""
    return Idempotency(database, ticking_clock, lease=timedelta(seconds=30))


def answering(body: str) -> Callable[[Transaction], Answer]:
    """Work that answers `body`."""
    return lambda _: Answer(201, body)


def test_the_first_answer_is_given_again(idempotency: Idempotency) -> None:
    """The second request does no work."""
    first = idempotency.run("key", "f", answering("one"))
    second = idempotency.run("key", "f", answering("two"))
    assert (first.body, first.replayed) == ("one", False)
    assert (second.status, second.body, second.replayed) == (201, "one", True)


def test_another_request_with_the_same_key_is_refused(idempotency: Idempotency) -> None:
    """It is a mistake of the caller, and the first answer stays."""
    idempotency.run("key", "f", answering("one"))
    with pytest.raises(IdempotencyMismatch, match="'key'"):
        idempotency.run("key", "g", answering("two"))


def test_a_request_meanwhile_is_told_to_come_back(idempotency: Idempotency) -> None:
    """While the first is worked on, the second neither waits nor works."""

    def work(_: Transaction) -> Answer:
        with pytest.raises(InProgress) as caught:
            idempotency.run("key", "f", answering("two"))
        assert caught.value.members["retry_after"] == 1
        return Answer(201, "one")

    assert idempotency.run("key", "f", work).body == "one"


def test_a_refusal_is_an_answer_too(idempotency: Idempotency) -> None:
    """A retry of a refused request is refused in the same words."""

    def refuse(_: Transaction) -> Answer:
        raise OutOfStock("none left")

    first = idempotency.run("key", "f", refuse)
    second = idempotency.run("key", "f", answering("two"))
    assert first.status == second.status == 409
    assert first.body == second.body
    assert "none left" in second.body


@pytest.mark.parametrize("error", [Unavailable("try later"), RuntimeError("bug")])
def test_a_failure_frees_the_key(idempotency: Idempotency, error: Exception) -> None:
    """What did not happen can be asked for again."""

    def fail(_: Transaction) -> Answer:
        raise error

    with pytest.raises(type(error)):
        idempotency.run("key", "f", fail)
    assert idempotency.run("key", "f", answering("two")).body == "two"


def test_the_key_of_a_dead_process_is_taken_over_after_its_lease(
    database: DatabaseManager, ticking_clock: Clock
) -> None:
    """A process that died at work blocks the key for its lease, not for ever."""
    died = Idempotency(database, ticking_clock, lease=timedelta(seconds=30))
    died._claim("key", "f")
    with pytest.raises(InProgress):
        died.run("key", "f", answering("early"))

    later = Idempotency(database, lambda: ticking_clock() + timedelta(seconds=31))
    assert later.run("key", "f", answering("late")).body == "late"


def test_work_that_outlived_its_lease_has_no_effect(
    database: DatabaseManager, ticking_clock: Clock
) -> None:
    """When somebody else finished first, the slow one is rolled back."""
    slow = Idempotency(database, ticking_clock, lease=timedelta(seconds=30))
    quick = Idempotency(database, lambda: ticking_clock() + timedelta(seconds=31))
    slow._claim("key", "f")
    assert quick.run("key", "f", answering("quick")).body == "quick"
    with pytest.raises(InProgress), database.transaction() as transaction:
        slow._keep_answer(transaction, "key", Answer(201, "slow"))


def test_old_answers_are_forgotten(database: DatabaseManager, ticking_clock: Clock) -> None:
    """After their time, and not before."""
    idempotency = Idempotency(database, ticking_clock, keep=timedelta(hours=1))
    idempotency.run("key", "f", answering("one"))
    assert idempotency.forget_old() == 0
    later = Idempotency(
        database, lambda: ticking_clock() + timedelta(hours=2), keep=timedelta(hours=1)
    )
    assert later.forget_old() == 1


def test_a_fingerprint_ignores_the_spelling_and_sees_the_content() -> None:
    """The order of members does not matter, operation and values do."""
    one = fingerprint_of("place", {"a": 1, "b": [2]})
    assert one == fingerprint_of("place", {"b": [2], "a": 1})
    assert one != fingerprint_of("place", {"a": 1, "b": [3]})
    assert one != fingerprint_of("cancel", {"a": 1, "b": [2]})
