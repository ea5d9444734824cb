"""`ValkeyStore`: Valkey as a store; each clone is one of the server's numbered databases.

Numbers keep keys apart, and nothing else: channels of publish/subscribe, functions and settings
belong to the whole server, and FLUSHALL empties every number. What tests do there is found by
`verify` as far as it lasts; an application that needs all of a server gets one of its own.
"""

from __future__ import annotations

import secrets
import threading
from types import TracebackType
from typing import Any, Self

from belljar.databases.errors import ClientMissing, DatabaseError
from belljar.databases.existing import ExistingValkey
from belljar.databases.store import Clone, Escape, Fill, Template, lasting
from belljar.databases.valkey import ValkeyServer

__all__ = ["ValkeyStore"]

# As many keys as one round trip carries.
BATCH = 1000
# A key, the milliseconds that it has left to live (0: for ever), and its value as DUMP gives it.
Saved = list[tuple[bytes, int, bytes]]


class ValkeyStore:
    """The numbered databases of one Valkey server, which the store starts unless one is given.

    There are 16 of them, so there are 16 clones at a time. A template takes none: it is a list of
    keys, which a clone gets in one round trip.
    """

    kind = "Valkey"

    def __init__(self, server: ValkeyServer | ExistingValkey | None = None) -> None:
        if isinstance(server, ExistingValkey):
            raise DatabaseError(
                "a ValkeyStore uses every database of its server, and BELLJAR_VALKEY_URL names "
                "only one that tests may empty; leave the server out, and the store starts its own"
            )
        self._given = server
        self._server: ValkeyServer | None = server
        self._clients: dict[int, Any] = {}
        self._used: set[int] = set()
        self._saved: dict[str, Saved] = {}
        self._whole: set[tuple[str, str, str]] = set()
        self._count = 0
        self._name = f"belljar-{secrets.token_hex(4)}"  # what our own connections are called
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"<ValkeyStore on {self._server!r}>"

    def start(self) -> Self:
        """Return this store, ready for use."""
        if self._server is None:
            self._server = ValkeyServer().start()
        self._count = int(self._client(0).config_get("databases")["databases"])
        self._whole = self._whole_server()
        return self

    def template(self, fill: Fill, base: Template | None = None) -> Template:
        """Return the keys that `fill(url)` leaves in an empty database, or in a copy of `base`."""
        number = self._take(self._keys_of(base) if base else [])
        name = f"template-{secrets.token_hex(4)}"
        try:
            fill(self._url(number))
            self._saved[name] = _dump(self._client(number))
        finally:
            self._release(number)
        return Template(self.kind, name, lambda: self._forget(name))

    def clone(self, template: Template) -> Clone:
        """Return a database with the template's keys. Raises when all numbers are in use."""
        number = self._take(self._keys_of(template))
        return Clone(
            self.kind, str(number), self._url(number), template, lambda: self._release(number)
        )

    def reset(self, clone: Clone) -> None:
        """Empty the database and restore the template's keys, in one transaction."""
        _restore(self._client(int(clone.name)), self._keys_of(clone.template))

    def verify(self, clone: Clone) -> list[Escape]:
        """Return keys that differ, clients that are left, and changes to the whole server."""
        number = int(clone.name)
        found = lasting(lambda: self._guests(number))
        before = {key: (bool(lives), value) for key, lives, value in self._keys_of(clone.template)}
        after = {key: (bool(left), value) for key, left, value in _dump(self._client(number))}
        for key in sorted(before.keys() | after.keys()):
            if before.get(key) != after.get(key):
                detail = "new" if key not in before else "gone" if key not in after else "changed"
                found.append(Escape("key", key.decode(errors="backslashreplace"), detail))
        changed = self._whole ^ self._whole_server()
        names = sorted({(what, where) for what, where, _ in changed})
        found += [Escape(what, where, "changed") for what, where in names]
        return found

    def stop(self) -> None:
        """Close the store's connections, and end the server if the store has started it."""
        for number in list(self._used):
            self._release(number)
        for client in self._clients.values():
            client.connection_pool.disconnect()
        self._clients.clear()
        if self._server is not None and self._given is None:
            self._server.stop()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _url(self, number: int) -> str:
        if self._server is None:
            raise DatabaseError("this ValkeyStore is not started; use it in a `with`")
        return self._server.url.replace("db=0", f"db={number}")

    def _client(self, number: int) -> Any:
        """Return the store's own connection to a database; it stays open."""
        # The client's annotations allow for awaitables everywhere, hence `Any`.
        with self._lock:
            if number not in self._clients:
                self._clients[number] = self._new_client(number)
            return self._clients[number]

    def _new_client(self, number: int) -> Any:
        try:
            from valkey import Valkey
        except ImportError as error:
            raise ClientMissing(f"a ValkeyStore needs the package valkey ({error})") from None
        return Valkey.from_url(self._url(number), client_name=self._name)

    def _take(self, keys: Saved) -> int:
        self._url(0)  # raises when it is not started
        with self._lock:
            free = set(range(self._count)) - self._used
            if not free:
                raise DatabaseError(
                    f"all {self._count} databases of this Valkey are in use; close a clone, or "
                    "start another ValkeyStore"
                )
            number = min(free)
            self._used.add(number)
        _restore(self._client(number), keys)
        return number

    def _release(self, number: int) -> None:
        if number in self._used:
            self._client(number).flushdb()
            self._used.discard(number)

    def _forget(self, name: str) -> None:
        self._saved.pop(name, None)

    def _keys_of(self, template: Template) -> Saved:
        try:
            return self._saved[template.name]
        except KeyError:
            raise DatabaseError(f"{template.name!r} is closed, or another store's") from None

    def _guests(self, number: int) -> list[Escape]:
        """Return the connections to a database that are not ours."""
        return [
            Escape("client", client["name"] or f"number {client['id']}", f"on database {number}")
            for client in self._client(number).client_list()
            if client["db"] == str(number) and client["name"] != self._name
        ]

    def _whole_server(self) -> set[tuple[str, str, str]]:
        """Return what belongs to no numbered database: functions and settings."""
        client = self._client(0)
        libraries = {
            ("functions", entry[1].decode(), repr(entry)) for entry in client.function_list()
        }
        settings = {("setting", name, str(v)) for name, v in client.config_get("*").items()}
        return libraries | settings


def _dump(client: Any) -> Saved:
    """Return every key with its value and its time to live."""
    saved: Saved = []
    keys: list[Any] = sorted(client.scan_iter(count=BATCH))
    for start in range(0, len(keys), BATCH):
        part = keys[start : start + BATCH]
        pipeline = client.pipeline(transaction=False)
        for key in part:
            pipeline.dump(key)
            pipeline.pttl(key)
        answers = iter(pipeline.execute())
        for key, value, left in zip(part, answers, answers, strict=True):
            if value is not None:  # or it has expired meanwhile
                saved.append((key, max(left, 0), value))
    return saved


def _restore(client: Any, keys: Saved) -> None:
    pipeline = client.pipeline(transaction=True)
    pipeline.flushdb()
    for key, left, value in keys:
        pipeline.restore(key, left, value)
    pipeline.execute()
