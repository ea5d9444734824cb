"""`State`: what one namespace's account holds: objects, events, idempotency keys, and the time.

Objects are `Record`s: dicts that are never changed. A change makes a new one and puts it in the old
one's place, so that an event keeps the object as it was for the price of a reference.
"""

from __future__ import annotations

import time
from binascii import b2a_base64
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b, shake_128
from typing import Any, NamedTuple

from belljar.mocks.http.messages import Response
from belljar.mocks.payments.cards import Card, Decline
from belljar.mocks.payments.errors import no_such

__all__ = ["Collection", "Event", "Record", "State"]

Record = dict[str, Any]
Collection = dict[str, Record]

EVENTS_KEPT = 10_000
KEYS_KEPT = 2_000
SHARED = 2_000
DAY = 86_400
# Bytes of ids that are made at once: what one round of SHAKE128 gives, in whole groups of three.
DRAWN = 165
_LETTERS = bytes.maketrans(b"+/", b"xQ")


class Event(NamedTuple):
    """Something that happened; `snapshot` is the object as it was then."""

    id: str
    type: str
    created: int
    snapshot: Record
    previous: Record | None
    request: str | None
    key: str | None


class State:
    """An account in test mode. Ids and secrets depend on the namespace and the order of calls only."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.collections: dict[str, Collection] = {
            kind: {}
            for kind in (
                "customer",
                "payment_method",
                "payment_intent",
                "setup_intent",
                "charge",
                "refund",
                "balance_transaction",
                "webhook_endpoint",
            )
        }
        # What an object has besides what it shows.
        self.cards: dict[str, Card] = {}  # of payment methods
        self.used: set[str] = set()  # payment methods that paid without a customer
        self.set_up: set[str] = set()  # payment methods that were authenticated for later
        self.authenticated: set[str] = set()  # intents whose customer has passed
        self.secrets: dict[str, str] = {}  # of webhook endpoints
        self.events: OrderedDict[str, Event] = OrderedDict()
        # Key -> what it was used for, and the answer.
        self.answers: OrderedDict[str, tuple[str, bytes, Response]] = OrderedDict()
        self.locked: dict[str, object] = {}  # keys of requests in progress
        self.on_event: Callable[[Event], None] | None = None
        self.processing_seconds = 0.0
        self.decline: Decline | None = None  # of every card
        self.frozen: int | None = None
        self.offset = 0
        self._stock: dict[str, list[str]] = {}  # ids that are next, the first one last
        self._stocked: dict[str, int] = {}
        self._shared: dict[tuple[object, ...], Record] = {}
        # A key of at most 64 bytes; names may be longer.
        self._seed = blake2b(namespace.encode()).digest()
        # Of the request that is being answered.
        self.request: str | None = None
        self.key: str | None = None

    def now(self) -> int:
        """The time of the account, in seconds."""
        return self.frozen if self.frozen is not None else int(time.time()) + self.offset

    def new_id(self, prefix: str, length: int = 24) -> str:
        """The next id of a kind: `cus_...`; the same in each run. A kind has one length."""
        stock = self._stock.get(prefix)
        if not stock:
            stock = self._stock[prefix] = self._more_ids(prefix, length)
        return stock.pop()

    def random(self, purpose: str, length: int) -> str:
        """Letters and digits that look random, and depend on namespace and purpose only."""
        digest = blake2b(purpose.encode(), digest_size=36, key=self._seed).digest()
        return b2a_base64(digest)[:length].translate(_LETTERS).decode("ascii")

    def _more_ids(self, prefix: str, length: int) -> list[str]:
        """Make several: to hash anew for each would take a tenth of a request's time."""
        number = self._stocked[prefix] = self._stocked.get(prefix, 0) + 1
        digest = shake_128(self._seed + f"{prefix}{number}".encode()).digest(DRAWN)
        letters = b2a_base64(digest, newline=False).translate(_LETTERS).decode("ascii")
        starts = range(0, len(letters) - length + 1, length)
        return [prefix + letters[start : start + length] for start in reversed(starts)]

    def shared(self, key: tuple[object, ...], make: Callable[[], Record]) -> Record:
        """A part that many records have, made once: a thousand payments by one card have one card."""
        found = self._shared.get(key)
        if found is None:
            found = make()
            if len(self._shared) < SHARED:
                self._shared[key] = found
        return found

    def put(self, record: Record) -> Record:
        """Keep a record, in the place of the one with its id; gives it back."""
        self.collections[record["object"]][record["id"]] = record
        return record

    def change(self, record: Record, /, **changes: Any) -> Record:
        """A record with changes, kept in its place."""
        return self.put({**record, **changes})

    def get(self, kind: str, identifier: str, param: str = "", *, status: int = 0) -> Record:
        """An object by its id. `param` is the parameter that names it, if not the path."""
        record = self.collections[kind].get(identifier)
        if record is None or record.get("deleted"):
            code = status or (400 if param else 404)
            raise no_such(kind, identifier, param or "id", code)
        return record

    def emit(self, kind: str, snapshot: Record, previous: Record | None = None) -> None:
        """Note that something happened."""
        event = Event(
            self.new_id("evt_1", 23),
            kind,
            self.now(),
            snapshot,
            previous,
            self.request,
            self.key,
        )
        self.events[event.id] = event
        if len(self.events) > EVENTS_KEPT:
            self.events.popitem(last=False)
        if self.on_event is not None:
            self.on_event(event)

    def updated(self, kind: str, old: Record, changes: Record) -> Record:
        """Make changes that the caller asked for; the event has what was there before."""
        shown = {name: old.get(name) for name, new in changes.items() if old.get(name) != new}
        if not shown:
            return old
        new = self.change(old, **changes)
        self.emit(kind, new, shown)
        return new

    def remember(self, key: str, use: str, print_: bytes, response: Response) -> None:
        """Keep the answer to an idempotency key."""
        self.answers[key] = (use, print_, response)
        if len(self.answers) > KEYS_KEPT:
            self.answers.popitem(last=False)
