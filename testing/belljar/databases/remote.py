"""`BrokerClient`: the PostgreSQL of the run's controller, as one of its workers uses it.

`broker.py` is the controller's side.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from belljar.databases import errors
from belljar.databases.errors import DatabaseError, ServerDied, ServerNotStarted, ServerUnreachable
from belljar.databases.server import Postgres, copied, quoted
from belljar.databases.template import PostgresTemplate
from belljar.databases.watching import Watch

__all__ = ["BrokerClient", "RemotePostgres"]

# Above all that a start or a template's load may take. A controller that dies closes the connection.
ANSWER_SECONDS = 600.0


class BrokerClient:
    """Asks the controller; `worker` is this process's name (`gw0`)."""

    def __init__(self, address: Mapping[str, Any], worker: str) -> None:
        self._place = address["place"]
        self._secret = address["secret"]
        self.worker = worker
        self._servers: dict[int, RemotePostgres] = {}

    def postgres(self, template: PostgresTemplate | None = None) -> RemotePostgres:
        """Return a live server of the controller's. Raises what starting it there raised."""
        facts = self.ask("server", template=_files(template))
        serial = facts["serial"]
        if serial not in self._servers:
            self._servers[serial] = RemotePostgres(self, facts)
        return self._servers[serial]

    def ask(self, want: str, **details: object) -> dict[str, Any]:
        """Return the controller's answer, or raise its error."""
        question = {"secret": self._secret, "want": want, **details}
        place = self._place if isinstance(self._place, str) else tuple(self._place)
        family = socket.AF_UNIX if isinstance(place, str) else socket.AF_INET
        try:
            with socket.socket(family) as connection:
                connection.settimeout(ANSWER_SECONDS)
                connection.connect(place)
                with connection.makefile("rwb") as stream:
                    stream.write(json.dumps(question).encode() + b"\n")
                    stream.flush()
                    line = stream.readline()
        except OSError as error:
            raise ServerUnreachable(
                f"worker {self.worker} cannot reach the controller of this run, which has the "
                f"PostgreSQL server for all workers: {error}"
            ) from None
        if not line:
            raise ServerUnreachable(
                f"the controller of this run gave worker {self.worker} no answer; it is ending"
            )
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            kind = getattr(errors, answer["error"], DatabaseError)
            raise kind(answer["text"])
        return answer

    def stop(self) -> None:
        """Drop what this worker has created; the servers stay."""
        for server in self._servers.values():
            server.stop()


class RemotePostgres(Postgres):
    """The run's server: the controller's own, or the existing one that it leases.

    Every database has the worker's name in its own, so that workers never meet.
    """

    def __init__(self, client: BrokerClient, facts: Mapping[str, Any]) -> None:
        pid: int | None = facts["pid"]
        super().__init__(ours=pid is not None)
        self.prefix = f"{facts['prefix']}{client.worker}_"
        self._client = client
        self._serial: int = facts["serial"]
        self._admin_url: str = facts["url"]
        self._version = facts["version"]
        self._pid = pid
        self._data: str = facts["data"]
        self._watch = Watch(pid) if pid is not None else None
        self._own_url = ""

    @property
    def admin_url(self) -> str:
        """URL of the database to be connected to; the workers have it in common."""
        return self._admin_url

    @property
    def url(self) -> str:
        """URL of a database of this worker, made when first asked for."""
        if not self._own_url:
            self._own_url = self.create_database()
        return self._own_url

    @property
    def pid(self) -> int | None:
        """Process id of the postmaster; None for a server that is not ours."""
        return self._pid

    @property
    def data_directory(self) -> Path:
        """Where its data is."""
        if self._pid is None:
            raise ServerNotStarted("the data of a server that is not ours is out of reach")
        return Path(self._data)

    def check(self) -> None:
        """Raise `ServerDied`, with the last log lines, if the server is gone."""
        if self._watch is not None and self._watch.gone():
            raise ServerDied(self._client.ask("autopsy", serial=self._serial)["text"])

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of its log; empty for a server that is not ours."""
        return str(self._client.ask("tail", serial=self._serial, lines=lines)["text"])

    def ensure_template(self, template: PostgresTemplate | None) -> str | None:
        """Return the name of the database to clone; the controller makes it, once for all."""
        if template is None:
            return None
        if template.key not in self._loaded:
            answer = self._client.ask("template", serial=self._serial, template=_files(template))
            self._loaded[template.key] = answer["name"]
        return self._loaded[template.key]

    def stop(self) -> None:
        """Drop what this worker has created; the server stays."""
        self._own_url = ""
        try:
            self.drop_all()
        finally:
            self._connection.close()

    def _full_name(self, name: str) -> str:
        return name if name.startswith(self.prefix) else self.prefix + name

    def _create(self, full: str, template: str | None) -> None:
        # As on the server in the controller's own hands; an existing one does as it likes.
        strategy = " STRATEGY FILE_COPY" if self.ours and self._version >= 15 else ""
        self._admin(f"CREATE DATABASE {quoted(full)}{copied(template)}{strategy}", name=full)


def _files(template: PostgresTemplate | None) -> dict[str, str] | None:
    if template is None:
        return None
    places = {name: getattr(template, name) for name in ("archive", "dump", "tables")}
    # The controller may have another working folder.
    return {name: str(path.absolute()) for name, path in places.items()} | {"key": template.key}
