"""`Broker`: the workers of one run share the servers of its controller.

A worker may end first, or crash, so a server that all use lives with the controller. They speak
JSON, one line each way per connection, over a socket that leaves no file behind: an abstract one on
Linux, loopback elsewhere. Who asks has to know the run's secret, which the controller gives its
workers through the pipe between them. `remote.py` is the workers' side.
"""

from __future__ import annotations

import hmac
import json
import secrets
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from belljar.databases.errors import DatabaseError
from belljar.databases.owning import OwnServers, watch_of

if TYPE_CHECKING:
    from belljar.databases.server import Postgres
    from belljar.databases.template import PostgresTemplate
    from belljar.databases.watching import Watch

__all__ = ["Broker"]

BACKLOG = 1024  # hundreds of workers ask at the same moment
LONGEST = 1024 * 1024


class Broker:
    """The controller's side: `address` is for its workers, `close()` ends the servers too."""

    def __init__(self, servers: OwnServers) -> None:
        self._servers = servers
        self._secret = secrets.token_hex(16)
        self._lock = threading.Lock()
        # Those given out, dead ones too: their last words may be asked for. Told by their index.
        self._given: list[tuple[Postgres, Watch | None]] = []
        self._socket = _listening()
        place = self._socket.getsockname()
        where = place.decode() if isinstance(place, bytes) else list(place)
        self.address: dict[str, object] = {"place": where, "secret": self._secret}
        threading.Thread(target=self._serve, name="belljar-broker", daemon=True).start()

    def close(self) -> None:
        """Answer nobody any more and end the servers."""
        if sys.platform == "linux":
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits
        self._socket.close()
        self._servers.stop()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return  # closed
            # One each, so that who waits for a start keeps nobody else waiting.
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as stream:
            try:
                asked = json.loads(stream.readline(LONGEST))
                if not hmac.compare_digest(str(asked.pop("secret", "")), self._secret):
                    return
                answer = self._handle(**asked)
            except DatabaseError as error:
                answer = {"error": type(error).__name__, "text": str(error)}
            except (OSError, ValueError):
                return  # who asked is gone, or is no worker of ours
            try:
                stream.write(json.dumps(answer).encode() + b"\n")
                stream.flush()
            except OSError:
                return  # killed while it waited

    def _handle(
        self,
        want: str,
        serial: int = 0,
        template: dict[str, str] | None = None,
        lines: int = 0,
    ) -> dict[str, object]:
        if want == "server":
            return self._give(self._servers.postgres(_template(template)))
        server, watch = self._given[serial]
        if want == "template":
            return {"name": server.ensure_template(_template(template))}
        if want == "tail":
            return {"text": server.log_tail(lines)}
        return {"text": self._servers.last_words(server, watch)}

    def _give(self, server: Postgres) -> dict[str, object]:
        with self._lock:
            known = [given for given, _ in self._given]
            if server not in known:
                self._given.append((server, watch_of(server)))
                known.append(server)
            serial = known.index(server)
        return {
            "serial": serial,
            "pid": getattr(server, "pid", None),
            # A URL with a password goes no other way than this one.
            "url": server.admin_url,
            "version": server._version,
            "prefix": "" if server.ours else server.prefix,
            "data": str(getattr(server, "data_directory", "")),
        }


def _template(files: dict[str, str] | None) -> PostgresTemplate | None:
    if files is None:
        return None
    from belljar.databases.template import PostgresTemplate

    places = {name: Path(files[name]) for name in ("archive", "dump", "tables")}
    return PostgresTemplate(**places, key=files["key"])


def _listening() -> socket.socket:
    if sys.platform == "linux":
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(f"\0belljar-{secrets.token_hex(16)}")
    else:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
    listener.listen(BACKLOG)
    return listener
