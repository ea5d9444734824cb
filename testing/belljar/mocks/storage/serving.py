"""`StorageServer`: the mock in a thread of this process; and `main`, the mock as a process."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from types import TracebackType

from belljar.mocks.http import ServerThread, run
from belljar.mocks.storage.app import StorageApp
from belljar.mocks.storage.keys import SECRET_KEY
from belljar.mocks.storage.mock import StorageMock

__all__ = ["StorageServer", "main"]


class StorageServer:
    """A server that runs until its `with` ends.

    with StorageServer() as server:
        storage = Storage(server.url, "a-namespace")
    """

    def __init__(self, *, secret_key: str | None = SECRET_KEY) -> None:
        app = StorageApp(StorageMock(secret_key=secret_key))
        self._thread = ServerThread(app.server, name="belljar-storage")
        self.url = self._thread.url

    def __enter__(self) -> StorageServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Return when it has ended."""
        self._thread.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM; return the exit status.

    `--secret-key` and `--any-signature` are its own options, the others are those of every mock.
    """
    parser = ArgumentParser(add_help=False)
    keys = parser.add_mutually_exclusive_group()
    keys.add_argument("--secret-key", default=SECRET_KEY)
    keys.add_argument("--any-signature", action="store_true")
    own, others = parser.parse_known_args(arguments)
    secret = None if own.any_signature else own.secret_key

    return run("storage", lambda: StorageApp(StorageMock(secret_key=secret)).server(), others)
