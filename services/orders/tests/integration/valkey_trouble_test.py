"""A Valkey that hangs, lies or breaks off costs a moment, and never a wrong answer."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from belljar.databases import ValkeyServer
from belljar.databases.isolation import Database
from belljar.mocks.proxy import FaultProxy
from services.orders.caching import EnhancedCachingManager
from services.orders.catalog import Catalog
from services.orders.database import DatabaseManager
from services.orders.identifiers import IdentifierFactory, utc_now
from services.orders.tests.integration.proxied import proxied_valkey
from services.orders.views import ProductView


@pytest.fixture
def proxy_and_url(valkey: ValkeyServer) -> Iterator[tuple[FaultProxy, str]]:
    """A proxy in front of the test's Valkey, and its address."""
    with proxied_valkey(valkey.url) as found:
        yield found


@pytest.fixture
def proxy(proxy_and_url: tuple[FaultProxy, str]) -> FaultProxy:
    """The proxy."""
    return proxy_and_url[0]


@pytest.fixture
def troubled(proxy_and_url: tuple[FaultProxy, str]) -> Iterator[EnhancedCachingManager]:
    """The cache through the proxy."""
    cache = EnhancedCachingManager.from_url(proxy_and_url[1], timeout=0.2)
    assert cache.state() == "ok"
    yield cache
    cache.close()


def catalog_over(database: Database, cache: EnhancedCachingManager) -> Catalog:
    """A catalog that reads through this cache."""
    return Catalog(DatabaseManager(database.engine, cache), IdentifierFactory(), utc_now)


@pytest.mark.parametrize("action", ["hang", "lose_answer", "drop", "cut", "error"])
def test_a_product_is_read_though_the_cache_fails(
    troubled: EnhancedCachingManager,
    proxy: FaultProxy,
    database: Database,
    product: ProductView,
    action: str,
) -> None:
    """From the database, within a short time, and once more without asking the cache."""
    catalog = catalog_over(database, troubled)
    started = time.monotonic()
    with proxy.add("valkey", action=action) as it:
        assert [catalog.get(product.id) for _ in range(3)] == [product] * 3
        assert it.applied == 1
    assert time.monotonic() - started < 1.0


def test_an_answer_that_drips_is_not_waited_for(
    troubled: EnhancedCachingManager, proxy: FaultProxy, database: Database, product: ProductView
) -> None:
    """Each byte is in time, the whole is not."""
    catalog = catalog_over(database, troubled)
    assert catalog.get(product.id) == product
    started = time.monotonic()
    with proxy.add("slicer", average_size=1, size_variation=0, delay=50_000):
        assert catalog.get(product.id) == product
    assert time.monotonic() - started < 1.0


@pytest.mark.parametrize("action", ["lose_answer", "drop", "hang"])
def test_a_change_is_seen_by_others_though_telling_the_cache_failed_at_first(
    troubled: EnhancedCachingManager,
    cache: EnhancedCachingManager,
    proxy: FaultProxy,
    database: Database,
    product: ProductView,
    action: str,
) -> None:
    """It is told again at once, also while reads stay away from the cache."""
    other = catalog_over(database, cache)
    mine = catalog_over(database, troubled)
    assert other.get(product.id).name == "Lamp"
    with proxy.add("valkey", command="MGET", action="drop", times=1):
        assert mine.get(product.id).name == "Lamp"
    with proxy.add("valkey", command="EXEC", action=action, times=1) as it:
        mine.update(product.id, name="Lantern")
        assert it.applied == 1
    assert other.get(product.id).name == "Lantern"


@pytest.mark.parametrize(
    "lie",
    [
        b"\x00\xff\xfe garbage\r\n",
        b"$5\r\nhel",
        b"*2\r\n$-1\r\n:7\r\n",
        b"*2\r\n$4\r\n\xff\xfe\xfd\xfc\r\n$-1\r\n",
        b"*not-a-number\r\n",
        b"*1\r\n$1\r\n1\r\n",
        b"+OK\r\n",
        b"*2\r\n$12\r\nproduct:x\n{}\r\n$-1\r\n",
    ],
)
def test_a_cache_that_lies_is_not_believed(
    database: Database, product: ProductView, lie: bytes
) -> None:
    """Whatever it says, the product is the one of the database."""
    with LyingServer(lie) as url:
        cache = EnhancedCachingManager.from_url(url, timeout=0.2)
        catalog = catalog_over(database, cache)
        assert catalog.get(product.id) == product
        catalog.update(product.id, name="Lantern")
        assert catalog.get(product.id).name == "Lantern"
        cache.close()


class LyingServer:
    """Says the same to everything, at the URL that `with` gives."""

    def __init__(self, lie: bytes) -> None:
        """Be ready to lie."""
        self._lie = lie
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> str:
        """Begin."""
        self._thread.start()
        return f"redis://127.0.0.1:{self._listening.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        """End."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(30)

    def _run(self) -> None:
        connections = []
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                break
            connections.append(connection)
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()
        for connection in connections:
            connection.close()

    def _answer(self, connection: socket.socket) -> None:
        try:
            while connection.recv(65536):
                connection.sendall(self._lie)
        except OSError:
            return
