"""`EnhancedCachingManager`: a read-through cache on Valkey that the service can live without.

- A reader never stores what a writer has made stale meanwhile: each key has a generation that
  `invalidate` raises, and a value is stored only if the generation is still the one from before
  the load.
- A cache that is down costs one short timeout per cool-down, not one per request: reads go to the
  database meanwhile.
- Invalidations that could not be delivered are owed: they are delivered before the cache is read
  again. Those of *another* process that died owing are covered by the short time to live.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from typing import Literal, Protocol, cast

import valkey
from valkey.backoff import NoBackoff
from valkey.exceptions import ValkeyError
from valkey.retry import Retry

_log = logging.getLogger(__name__)

CacheState = Literal["off", "ok", "degraded"]


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
        cool_down: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Cache for `time_to_live` seconds; stay away for `cool_down` after a failure."""
        self._client = client
        self._prefix = prefix
        self._time_to_live = time_to_live
        self._cool_down = cool_down
        self._monotonic = monotonic
        self._closed_until = 0.0
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
        client = valkey.Valkey.from_url(
            url,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )
        return cls(cast(CacheClient, client))

    def get_or_load(self, key: str, load: Callable[[], str]) -> str:
        """The cached text of `key`, or what `load` returns, which is then cached.

        What `load` raises passes through and is not cached. Trouble with the cache is logged and
        answered by `load`.
        """
        client = self._usable_client()
        if client is None:
            return load()
        value_key, generation_key = self._keys(key)
        try:
            value, generation = client.mget([value_key, generation_key])
        except ValkeyError as error:
            self._failed(error)
            return load()
        if value is not None:
            return value
        loaded = load()
        try:
            client.eval(
                _STORE_IF_UNCHANGED,
                2,
                value_key,
                generation_key,
                generation or "",
                loaded,
                str(self._time_to_live),
            )
        except ValkeyError as error:
            self._failed(error)
        return loaded

    def invalidate(self, *keys: str) -> None:
        """Forget these keys, now or, when the cache is down, before it is read again."""
        if self._client is None or not keys:
            return
        with self._lock:
            self._owed.update((key, next(self._numbers)) for key in keys)
        self._usable_client()

    def state(self) -> CacheState:
        """`off` without a cache, `ok` when it answers, `degraded` when it does not."""
        client = self._usable_client()
        if self._client is None:
            return "off"
        if client is None:
            return "degraded"
        try:
            client.ping()
        except ValkeyError as error:
            self._failed(error)
            return "degraded"
        return "ok"

    def close(self) -> None:
        """Close the connections to the cache."""
        if self._client is not None:
            self._client.close()

    def _usable_client(self) -> CacheClient | None:
        """The client, all owed invalidations delivered; none while the cache is off or down."""
        if self._client is None or self._monotonic() < self._closed_until:
            return None
        with self._lock:
            owed = dict(self._owed)
        if owed:
            try:
                with self._client.pipeline(transaction=True) as pipeline:
                    for key in owed:
                        value_key, generation_key = self._keys(key)
                        pipeline.delete(value_key)
                        pipeline.incr(generation_key)
                        pipeline.expire(generation_key, _GENERATION_SECONDS)
                    pipeline.execute()
            except ValkeyError as error:
                self._failed(error)
                return None
            with self._lock:
                for key, number in owed.items():
                    if self._owed.get(key) == number:
                        del self._owed[key]
        return self._client

    def _failed(self, error: ValkeyError) -> None:
        _log.warning("cache unavailable, using the database for %.1f s: %s", self._cool_down, error)
        self._closed_until = self._monotonic() + self._cool_down

    def _keys(self, key: str) -> tuple[str, str]:
        return f"{self._prefix}{key}", f"{self._prefix}generation:{key}"
