"""`GraphValkey`: the Valkey of a graph, emptied between tests."""

from __future__ import annotations

import socket
import sys
from typing import TYPE_CHECKING

from belljar.databases.errors import DatabaseError
from belljar.services.databases_postgres import Outcome

if TYPE_CHECKING:
    from belljar.databases.existing import ExistingValkey
    from belljar.databases.valkey import ValkeyServer

__all__ = ["GraphValkey"]

# A script is part of what a test has left; functions are loaded by services when they start.
_COMMANDS = b"FLUSHALL SYNC\r\nSCRIPT FLUSH SYNC\r\n"
_ANSWERS = b"+OK\r\n+OK\r\n"
_SECONDS = 10.0


class GraphValkey:
    """All of a server of ours, or the one database of a server that runs already."""

    def __init__(self, title: str, server: ValkeyServer | ExistingValkey) -> None:
        self.title = title
        self.server = server
        self.url = server.url

    def reset(self) -> Outcome:
        """Delete every key. Raises `DatabaseError`."""
        path = getattr(self.server, "socket", None)
        if path is None or sys.platform == "win32":
            self.server.flush()
            return Outcome()
        self.server.check()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(_SECONDS)
            try:
                client.connect(str(path))
                client.sendall(_COMMANDS)
                answer = b""
                while len(answer) < len(_ANSWERS) and (part := client.recv(1000)):
                    answer += part
            except TimeoutError:
                raise DatabaseError(
                    f"{self.title} did not answer FLUSHALL within {_SECONDS:g} s: a script or a "
                    "command of a service keeps it busy"
                ) from None
        if answer != _ANSWERS:
            said = " ".join(answer.decode(errors="replace").split())
            raise DatabaseError(
                f"{self.title} was not emptied: {said or 'it closed the connection'}"
            )
        return Outcome()

    def close(self) -> None:
        """Do nothing: its server is somebody else's."""
