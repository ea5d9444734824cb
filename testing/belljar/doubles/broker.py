"""`Broker`: what the fixture `broker` gives; queues in memory that deliver as real ones do: at least once.

    broker.publish("orders", {"id": 1}, key="customer-7")
    delivery = broker.receive("orders")
    delivery.ack()                       # or .reject(), .reject(requeue=False)
    broker.redeliver("orders")           # what was not acknowledged comes again, as after a crash

In order, for each topic. A delivery that is neither acknowledged nor rejected fails the test. Behind the interface that
the code under test has for its broker; `queue.Queue`, `asyncio.Queue` and `multiprocessing.Queue` need no double.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from belljar.doubles.errors import BadExpectation, DoubleError, NoSuchThing, Refused, Unmet
from belljar.doubles.ledger import Ledger
from belljar.doubles.places import caller
from belljar.doubles.spoken import Spoken

__all__ = ["Broker", "Delivery", "Message"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True


@dataclass(frozen=True)
class Message:
    """What was published. Messages of one key keep their order, whatever is done to the topic."""

    topic: str
    body: Any
    key: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    number: int = 0


class Delivery:
    """A message in a consumer's hands; `attempt` counts from 1."""

    def __init__(self, broker: Broker, message: Message, attempt: int) -> None:
        self.message = message
        self.attempt = attempt
        self.line = caller()
        self._broker = broker

    @property
    def body(self) -> Any:
        """What was published: a copy of it."""
        return copy.deepcopy(self.message.body)

    @property
    def key(self) -> str:
        """The message's key."""
        return self.message.key

    @property
    def headers(self) -> dict[str, str]:
        """The message's headers."""
        return dict(self.message.headers)

    @property
    def redelivered(self) -> bool:
        """Whether it came before."""
        return self.attempt > 1

    def ack(self) -> None:
        """Say that it is done: it comes no more."""
        self._broker.settle(self, "acknowledged")

    def reject(self, *, requeue: bool = True) -> None:
        """Say that it is not done: it comes again first of all, or goes to the dead letters."""
        self._broker.settle(self, "rejected", again=requeue)


class Broker(Spoken):
    """Topics by name. After `max_attempts` a message that is rejected goes to `dead`."""

    def __init__(self, ledger: Ledger, max_attempts: int = 3) -> None:
        self.max_attempts = max_attempts
        self.published: list[Message] = []
        self.dead: list[Message] = []
        self._ledger = ledger
        self._ready: dict[str, deque[tuple[Message, int]]] = defaultdict(deque)
        self._out: list[Delivery] = []
        self._subscribers: dict[str, list[Callable[[Delivery], object]]] = defaultdict(list)
        self._changed = threading.Condition()
        ledger.at_the_end(self._unsettled)

    def publish(
        self, topic: str, body: Any, *, key: str = "", headers: dict[str, str] | None = None
    ) -> Message:
        """Add a message; the body is copied, as a wire would do."""
        try:
            sent = copy.deepcopy(body)
        except TypeError as error:
            raise self._ledger.complaint(
                Refused,
                f"broker.publish({topic!r}, {body!r}): no wire can carry it ({error})",
                choices=["text, bytes, numbers, lists, dicts, dataclasses"],
                fix="publish what the real broker's client takes",
            ) from None
        with self._changed:
            message = Message(topic, sent, key, dict(headers or {}), len(self.published) + 1)
            self.published.append(message)
            self._ready[topic].append((message, 1))
            self._changed.notify_all()
        return message

    def receive(self, topic: str, *, timeout: float = 0) -> Delivery | None:
        """Give the next message, waiting for it so long; nothing if none comes."""
        with self._changed:
            self._changed.wait_for(lambda: bool(self._ready[topic]), timeout)
            if not self._ready[topic]:
                return None
            message, attempt = self._ready[topic].popleft()
            delivery = Delivery(self, message, attempt)
            self._out.append(delivery)
            return delivery

    def subscribe(self, topic: str, consumer: Callable[[Delivery], object]) -> None:
        """Let `deliver` hand the topic's messages to this."""
        if not callable(consumer):
            raise self._ledger.error(
                BadExpectation,
                f"broker.subscribe({topic!r}, {consumer!r}): that is no function",
                choices=["a function of one delivery, async or not"],
                fix="give it the consumer's method",
            )
        self._subscribers[topic].append(consumer)

    def deliver(self) -> int:
        """Hand out all that waits, until nothing does, and give how many: what a consumer raises is a rejection.

        A consumer that returns has acknowledged, unless it did something else. Those that are async are run to
        their end; in a loop that runs already, `await broker.deliver_async()`.
        """
        count = 0
        for delivery, consumer in self._due():
            count += 1
            with self._settling(delivery):
                done = consumer(delivery)
                if inspect.iscoroutine(done):
                    self._run(done)
        return count

    async def deliver_async(self) -> int:
        """Do what `deliver` does, in the loop that runs."""
        count = 0
        for delivery, consumer in self._due():
            count += 1
            with self._settling(delivery):
                done = consumer(delivery)
                if inspect.isawaitable(done):
                    await done
        return count

    def _due(self) -> Iterator[tuple[Delivery, Callable[[Delivery], object]]]:
        turn = 0
        for topic, consumers in list(self._subscribers.items()):
            while (delivery := self.receive(topic)) is not None:
                turn += 1
                yield delivery, consumers[turn % len(consumers)]

    @contextmanager
    def _settling(self, delivery: Delivery) -> Iterator[None]:
        try:
            yield
        except DoubleError:
            raise
        except Exception:  # whatever a consumer raises, the broker sees no acknowledgement
            if delivery in self._out:
                delivery.reject()
        else:
            if delivery in self._out:
                delivery.ack()

    def _run(self, consuming: Coroutine[Any, Any, object]) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            asyncio.run(consuming)
            return
        consuming.close()
        raise self._ledger.complaint(
            Refused,
            "broker: deliver() to an async consumer, inside an event loop",
            choices=["await broker.deliver_async()"],
            fix="await it, so that the consumer can be awaited",
        )

    def waiting(self, topic: str) -> list[Any]:
        """Give the bodies of what waits."""
        return [copy.deepcopy(message.body) for message, _ in self._known(topic)]

    def redeliver(self, topic: str) -> int:
        """Let all that was received and not settled come again, in order, as when a consumer dies; give how many."""
        with self._changed:
            lost = [each for each in self._out if each.message.topic == topic]
            for delivery in reversed(lost):
                self._out.remove(delivery)
                self._ready[topic].appendleft((delivery.message, delivery.attempt + 1))
            self._changed.notify_all()
        return len(lost)

    def duplicate(self, topic: str) -> None:
        """Let the next message come twice, as every broker does some day."""
        queue = self._some(topic, "duplicate")
        message, attempt = queue[0]
        queue.appendleft((message, attempt))

    def reorder(self, topic: str) -> None:
        """Let the messages come in another order: the last keys first. Those of one key keep theirs."""
        queue = self._some(topic, "reorder")
        keys = list(dict.fromkeys(message.key or str(message.number) for message, _ in queue))
        ordered = [
            entry for key in reversed(keys) for entry in queue
            if (entry[0].key or str(entry[0].number)) == key
        ]  # fmt: skip
        queue.clear()
        queue.extend(ordered)

    def settle(self, delivery: Delivery, how: str, *, again: bool = False) -> None:
        """Take a delivery back; that is what `ack` and `reject` do."""
        with self._changed:
            if delivery not in self._out:
                raise self._ledger.complaint(
                    Refused,
                    f"broker: message {delivery.message.number} of {delivery.message.topic} was {how}, "
                    "and was settled before, or given to another",
                    choices=[".ack()", ".reject()", "once for each delivery"],
                    fix="settle each delivery once, before it is delivered again",
                )
            self._out.remove(delivery)
            message = delivery.message
            if again and delivery.attempt < self.max_attempts:
                self._ready[message.topic].appendleft((message, delivery.attempt + 1))
            elif how == "rejected":
                self.dead.append(message)
            self._changed.notify_all()

    def _known(self, topic: str) -> deque[tuple[Message, int]]:
        if topic not in self._ready:
            raise self._ledger.error(
                NoSuchThing,
                f"broker: nothing was published to {topic!r}",
                choices=sorted(self._ready) or ["nothing was published"],
                fix="name the topic as the code under test does",
            )
        return self._ready[topic]

    def _some(self, topic: str, what: str) -> deque[tuple[Message, int]]:
        queue = self._known(topic)
        if not queue:
            raise self._ledger.error(
                BadExpectation,
                f"broker.{what}({topic!r}): nothing waits there",
                fix="publish first",
            )
        return queue

    def _unsettled(self) -> Iterable[DoubleError]:
        for each in self._out:
            yield self._ledger.error(
                Unmet,
                f"broker: message {each.message.number} of {each.message.topic} was received, and neither "
                "acknowledged nor rejected",
                line=each.line,
                choices=[".ack()", ".reject()", ".reject(requeue=False)"],
                fix="settle it in the code, or let the test redeliver it",
            )
