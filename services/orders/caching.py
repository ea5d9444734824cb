"""`EnhancedCachingManager`: a read-through cache on Valkey that the service can live without.

- A reader never stores what a writer has made stale meanwhile: each key has a generation that
  `invalidate` raises, and a value is stored only if the generation is still the one from before
  the load.
- A cache that is down, slow or lying costs one short timeout per cool-down, not one per request:
  reads go to the database meanwhile.
- Invalidations go out even then, for other processes may still read what is stale; they are tried
  twice. What could not be delivered is owed, and delivered before the cache is read again. What
  *another* process owes that could not reach the cache is covered by the short time to live.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Literal, Protocol, TypeVar, cast

from services.orders.resilience.breakers import CircuitBreaker, CircuitOpen
from services.orders.resilience.deadlines import within
from services.orders.resilience.valkey_client import bounded_client

T = TypeVar("T")

CacheState = Literal["off", "ok", "degraded"]


class CacheTrouble(Exception):
    """The cache did not do what it was asked; the reason was logged."""


# One step on the server: nobody can invalidate between the look and the store.
_STORE_IF_UNCHANGED = """
if (redis.call('GET', KEYS[2]) or '') == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
end
"""
# Far longer than any load takes: a generation that is gone counts as changed.
_GENERATION_SECONDS = 3600


class Pipeline(Protocol):
    """Commands that are sent together and take effect together."""

    def __enter__(self) -> Pipeline:
        """Itself."""

    def __exit__(self, *exception: object) -> None:
        """Forget what was not sent."""

    def delete(self, *names: str) -> object:
        """Queue DEL."""

    def incr(self, name: str) -> object:
        """Queue INCR."""

    def expire(self, name: str, time: int) -> object:
        """Queue EXPIRE."""

    def execute(self) -> list[object]:
        """Send what was queued."""


class CacheClient(Protocol):
    """The part of `valkey.Valkey` that is used, with the types that it really has."""

    def mget(self, keys: list[str]) -> list[str | None]:
        """The values of the keys."""

    def eval(self, script: str, numkeys: int, *keys_and_args: str) -> object:
        """What the script returns."""

    def pipeline(self, transaction: bool = ...) -> Pipeline:
        """An empty pipeline."""

    def ping(self) -> object:
        """Anything, if the server is there."""

    def close(self) -> None:
        """Close the connections."""


class EnhancedCachingManager:
    """A cache of JSON texts by key; safe to share between threads.

    Without a client it is switched off: every read loads, every invalidation is a no-op.
    """

    def __init__(
        self,
        client: CacheClient | None = None,
        *,
        prefix: str = "orders:",
        time_to_live: int = 30,
        timeout: float = 0.25,
        cool_down: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Cache for `time_to_live` seconds; stay away for `cool_down` after a failure."""
        self._client = client
        self._prefix = prefix
        self._time_to_live = time_to_live
        self._timeout = timeout
        self._reads = CircuitBreaker(
            "the cache", failures=1, cool_down=cool_down, monotonic=monotonic
        )
        self._invalidations = CircuitBreaker(
            "invalidation in the cache", failures=2, cool_down=cool_down, monotonic=monotonic
        )
        # Key to the number of its latest invalidation: one that is delivered must not take a later
        # one of the same key along.
        self._owed: dict[str, int] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    @classmethod
    def from_url(cls, url: str | None, *, timeout: float = 0.25) -> EnhancedCachingManager:
        """A manager for the Valkey at `url` (`redis://…`, `unix://…`), or a switched-off one."""
        if url is None:
            return cls(None)
        return cls(cast(CacheClient, bounded_client(url, timeout)), timeout=timeout)

    def get_or_load(self, key: str, load: Callable[[], str]) -> str:
        """The cached text of `key`, or what `load` returns, which is then cached.

        What `load` raises passes through and is not cached. Trouble with the cache is logged and
        answered by `load`.
        """
        client = self._client
        if client is None or not self._deliver():
            return load()
        value_key, generation_key = self._keys(key)
        try:
            value, generation = self._ask(lambda: _two(client.mget([value_key, generation_key])))
        except CacheTrouble:
            return load()
        if value is not None:
            return value
        loaded = load()
        with suppress(CacheTrouble):  # it was logged; the value is stored another time
            self._ask(
                lambda: client.eval(
                    _STORE_IF_UNCHANGED,
                    2,
                    value_key,
                    generation_key,
                    generation or "",
                    loaded,
                    str(self._time_to_live),
                )
            )
        return loaded

    def invalidate(self, *keys: str) -> None:
        """Forget these keys, now or, when the cache is down, before it is read again."""
        if self._client is None or not keys:
            return
        with self._lock:
            self._owed.update((key, next(self._numbers)) for key in keys)
        # Once more at once: a connection may just have been stale.
        _ = self._deliver() or self._deliver()

    def state(self) -> CacheState:
        """`off` without a cache, `ok` when it answers, `degraded` when it does not."""
        client = self._client
        if client is None:
            return "off"
        if not self._deliver():
            return "degraded"
        try:
            self._ask(client.ping)
        except CacheTrouble:
            return "degraded"
        return "ok"

    def close(self) -> None:
        """Close the connections to the cache."""
        if self._client is not None:
            self._client.close()

    def _deliver(self) -> bool:
        """Whether no invalidation is owed, now."""
        client = self._client
        with self._lock:
            owed = dict(self._owed)
        if client is None or not owed:
            return True

        def send() -> None:
            with client.pipeline(transaction=True) as pipeline:
                for key in owed:
                    value_key, generation_key = self._keys(key)
                    pipeline.delete(value_key)
                    pipeline.incr(generation_key)
                    pipeline.expire(generation_key, _GENERATION_SECONDS)
                pipeline.execute()

        try:
            self._ask(send, self._invalidations)
        except CacheTrouble:
            return False
        with self._lock:
            for key, number in owed.items():
                if self._owed.get(key) == number:
                    del self._owed[key]
        return True

    def _ask(self, command: Callable[[], T], breaker: CircuitBreaker | None = None) -> T:
        """What the cache answers in its short time; raises `CacheTrouble`."""
        try:
            with within(self._timeout):
                return (breaker or self._reads).call(command, counts=lambda _: True)
        except CircuitOpen as error:
            raise CacheTrouble from error
        # Not only what the client raises by itself: a lying server makes it stumble anywhere.
        except Exception as error:
            if self._client is not None:
                self._client.close()  # half an answer may be left on a connection
            raise CacheTrouble from error

    def _keys(self, key: str) -> tuple[str, str]:
        return f"{self._prefix}{key}", f"{self._prefix}generation:{key}"


def _two(answer: object) -> tuple[str | None, str | None]:
    match answer:
        case [str() | None as value, str() | None as generation]:
            return value, generation
    raise ValueError(f"the cache answers {answer!r} where two values belong")
