"""`StorageServer`: the mock in a thread of this process; and `main`, the mock as a process."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence

from belljar.mocks.control import controlled_server
from belljar.mocks.http import HttpServer, ServerThread, run
from belljar.mocks.storage.keys import SECRET_KEY
from belljar.mocks.storage.mock import StorageMock

__all__ = ["StorageServer", "main"]


class StorageServer(ServerThread):
    """A server that runs until its `with` ends.

    with StorageServer() as server:
        storage = Storage(server.url, "a-namespace")
    """

    def __init__(self, *, secret_key: str | None = SECRET_KEY) -> None:
        super().__init__(
            lambda: controlled_server(StorageMock(secret_key=secret_key)), name="belljar-storage"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM; return the exit status.

    `--secret-key` and `--any-signature` are its own options, the others are those of every mock.
    """
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    keys = parser.add_mutually_exclusive_group()
    keys.add_argument("--secret-key", default=SECRET_KEY, help="that of every access key")
    keys.add_argument("--any-signature", action="store_true", help="let every signature do")
    own, _ = parser.parse_known_args(arguments)
    secret = None if own.any_signature else own.secret_key

    def make() -> HttpServer:
        return controlled_server(StorageMock(secret_key=secret))

    return run("storage", make, arguments, parser)
