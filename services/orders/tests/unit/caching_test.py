"""The cache manager over a mocked client: trouble is survived, invalidations are not lost."""

from __future__ import annotations

from unittest.mock import MagicMock

import pytest
import valkey
from pytest_mock import MockerFixture

from services.orders.caching import EnhancedCachingManager


@pytest.fixture
def client(mocker: MockerFixture) -> MagicMock:
    """A client whose cache is empty; `client.pipeline()` is one mock, whoever asks."""
    client: MagicMock = mocker.create_autospec(valkey.Valkey, instance=True)
    client.mget.return_value = [None, None]
    pipeline = mocker.MagicMock()
    pipeline.__enter__.return_value = pipeline
    client.pipeline.return_value = pipeline
    return client


class Stopwatch:
    """Seconds that pass when the test says so."""

    seconds = 0.0

    def __call__(self) -> float:
        """The seconds so far."""
        return self.seconds


@pytest.fixture
def stopwatch() -> Stopwatch:
    """The monotonic time of this test."""
    return Stopwatch()


@pytest.fixture
def cache(client: MagicMock, stopwatch: Stopwatch) -> EnhancedCachingManager:
    """The manager over the mocked client."""
    return EnhancedCachingManager(client, prefix="t:", cool_down=1.0, monotonic=stopwatch)


def test_a_miss_is_loaded_and_stored_for_the_generation_before_the_load(
    cache: EnhancedCachingManager, client: MagicMock
) -> None:
    """The script gets the generation that was read together with the missing value."""
    client.mget.return_value = [None, "7"]
    assert cache.get_or_load("k", lambda: "fresh") == "fresh"
    assert client.eval.call_args.args[1:] == (2, "t:k", "t:generation:k", "7", "fresh", "30")


def test_a_hit_is_not_loaded(cache: EnhancedCachingManager, client: MagicMock) -> None:
    """The database is left alone."""
    client.mget.return_value = ["cached", "7"]
    assert cache.get_or_load("k", lambda: pytest.fail("loaded")) == "cached"


def test_a_dead_cache_costs_one_attempt_per_cool_down(
    cache: EnhancedCachingManager, client: MagicMock, stopwatch: Stopwatch
) -> None:
    """While it cools down the client is not asked; afterwards it is, once."""
    client.mget.side_effect = valkey.ConnectionError("refused")
    assert [cache.get_or_load("k", lambda: "loaded") for _ in range(3)] == ["loaded"] * 3
    assert client.mget.call_count == 1
    stopwatch.seconds = 1.5
    cache.get_or_load("k", lambda: "loaded")
    assert client.mget.call_count == 2


def test_an_invalidation_that_failed_is_delivered_before_the_next_read(
    cache: EnhancedCachingManager, client: MagicMock, stopwatch: Stopwatch
) -> None:
    """A stale value must not reappear when the cache comes back."""
    pipeline = client.pipeline.return_value
    pipeline.execute.side_effect = valkey.TimeoutError("too slow")
    cache.invalidate("k")
    pipeline.reset_mock(side_effect=True)
    client.mget.side_effect = lambda keys: pipeline.execute.assert_called_once() or [None, None]
    stopwatch.seconds = 1.5
    cache.get_or_load("k", lambda: "fresh")
    pipeline.delete.assert_called_once_with("t:k")
    pipeline.incr.assert_called_once_with("t:generation:k")


def test_a_delivered_invalidation_is_not_repeated(
    cache: EnhancedCachingManager, client: MagicMock
) -> None:
    """Once is enough."""
    cache.invalidate("k")
    cache.get_or_load("other", lambda: "fresh")
    assert client.pipeline.return_value.execute.call_count == 1


def test_a_load_that_fails_is_not_cached(cache: EnhancedCachingManager, client: MagicMock) -> None:
    """What the loader raises passes through."""

    def fail() -> str:
        raise LookupError("no such row")

    with pytest.raises(LookupError, match="no such row"):
        cache.get_or_load("k", fail)
    client.eval.assert_not_called()


def test_without_a_client_everything_is_loaded() -> None:
    """The cache is optional."""
    cache = EnhancedCachingManager(None)
    cache.invalidate("k")
    assert cache.get_or_load("k", lambda: "loaded") == "loaded"
    assert cache.state() == "off"
    cache.close()


def test_the_state_follows_the_server(
    cache: EnhancedCachingManager, client: MagicMock, stopwatch: Stopwatch
) -> None:
    """It is degraded while the server is away, and ok again later."""
    assert cache.state() == "ok"
    client.ping.side_effect = valkey.ConnectionError("gone")
    assert cache.state() == "degraded"
    client.ping.side_effect = None
    stopwatch.seconds = 1.5
    assert cache.state() == "ok"
