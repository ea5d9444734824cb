"""A broker delivers at least once, in order, and again what was not settled."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from belljar.doubles import BadExpectation, Broker, Delivery, NoSuchThing, Refused
from belljar.doubles.ledger import Ledger


@pytest.fixture
def queues(ledger: Ledger) -> Broker:
    return Broker(ledger)


def taken(queues: Broker, topic: str = "orders") -> Delivery:
    delivery = queues.receive(topic)
    assert delivery is not None
    return delivery


def test_messages_come_in_order_and_once_acknowledged_no_more(
    queues: Broker, ledger: Ledger
) -> None:
    for number in (1, 2):
        queues.publish("orders", {"id": number})
    for number in (1, 2):
        delivery = taken(queues)
        assert (delivery.body, delivery.redelivered) == ({"id": number}, False)
        delivery.ack()
    assert queues.receive("orders") is None
    assert ledger.verdict() == ""


def test_a_body_is_a_copy_as_on_a_wire(queues: Broker) -> None:
    body: dict[str, Any] = {"items": [1]}
    queues.publish("orders", body)
    body["items"].append(2)
    assert queues.waiting("orders") == [{"items": [1]}]


def test_what_is_not_settled_comes_again_and_fails_the_test(queues: Broker, ledger: Ledger) -> None:
    queues.publish("orders", 1)
    queues.publish("orders", 2)
    first = taken(queues)
    assert queues.redeliver("orders") == 1
    assert (again := taken(queues)).body == 1
    assert again.attempt == 2
    with pytest.raises(Refused, match="settled before, or given to another"):
        first.ack()
    assert "message 1 of orders was received, and neither" in ledger.verdict()


def test_a_rejected_message_comes_again_until_it_is_dead(queues: Broker) -> None:
    queues.publish("orders", 1)
    for attempt in (1, 2, 3):
        delivery = taken(queues)
        assert delivery.attempt == attempt
        delivery.reject()
    assert queues.receive("orders") is None
    assert [message.body for message in queues.dead] == [1]
    queues.publish("orders", 2)
    taken(queues).reject(requeue=False)
    assert len(queues.dead) == 2


def test_a_duplicate_and_another_order_keep_the_order_of_a_key(queues: Broker) -> None:
    for body, key in (("a1", "a"), ("b1", "b"), ("a2", "a")):
        queues.publish("orders", body, key=key)
    queues.reorder("orders")
    assert queues.waiting("orders") == ["b1", "a1", "a2"]
    queues.duplicate("orders")
    assert queues.waiting("orders") == ["b1", "b1", "a1", "a2"]


def test_subscribers_get_all_and_an_error_of_theirs_is_a_rejection(
    queues: Broker, ledger: Ledger
) -> None:
    seen: list[int] = []

    def consume(delivery: Delivery) -> None:
        seen.append(delivery.attempt)
        if delivery.attempt == 1:
            raise ConnectionError("the database is away")

    queues.subscribe("orders", consume)
    queues.publish("orders", 1)
    assert queues.deliver() == 2
    assert seen == [1, 2]
    assert ledger.verdict() == ""


def test_a_consumer_waits_for_a_message_in_another_thread(queues: Broker) -> None:
    thread = threading.Thread(target=queues.publish, args=("orders", 1))
    thread.start()
    delivery = queues.receive("orders", timeout=10)
    thread.join()
    assert delivery is not None
    delivery.ack()


def test_a_topic_that_does_not_exist_is_told_with_those_that_do(queues: Broker) -> None:
    queues.publish("orders", 1)
    with pytest.raises(NoSuchThing, match=r"'order'(?s:.*)valid: orders"):
        queues.waiting("order")
    taken(queues).ack()
    with pytest.raises(BadExpectation, match="nothing waits"):
        queues.duplicate("orders")


def test_an_async_consumer_is_run_to_its_end(queues: Broker) -> None:
    seen: list[tuple[Any, str, str]] = []

    async def consume(delivery: Delivery) -> None:
        await asyncio.sleep(0)
        seen.append((delivery.body, delivery.key, delivery.headers["trace"]))

    queues.subscribe("orders", consume)
    queues.publish("orders", 1, key="k", headers={"trace": "t"})
    assert queues.deliver() == 1

    async def inside() -> int:
        queues.publish("orders", 2, key="k", headers={"trace": "t"})
        return await queues.deliver_async()

    assert asyncio.run(inside()) == 1
    assert seen == [(1, "k", "t"), (2, "k", "t")]


def test_an_async_consumer_inside_a_loop_has_to_be_awaited(queues: Broker) -> None:
    async def consume(delivery: Delivery) -> None:
        raise NotImplementedError

    async def inside() -> None:
        queues.deliver()

    queues.subscribe("orders", consume)
    queues.publish("orders", 1)
    with pytest.raises(Refused, match=r"valid: await broker.deliver_async\(\)"):
        asyncio.run(inside())


def test_what_no_broker_takes_is_refused(queues: Broker) -> None:
    with pytest.raises(BadExpectation, match="no function"):
        queues.subscribe("orders", None)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(Refused, match="no wire can carry it"):
        queues.publish("orders", threading.Lock())
