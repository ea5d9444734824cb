"""`readiness_of`: the strategy that finds out whether a service is ready, from its description."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from belljar.processes import CommandReady, HttpReady, LineReady, Readiness
from belljar.processes.readiness import Watched
from belljar.services.description import Service, default_port
from belljar.services.placeholders import Lookup, expand
from belljar.services.ports import Port
from belljar.services.references import ready_command

__all__ = ["EveryPort", "readiness_of"]


class EveryPort:
    """Ready when every one of several ports accepts connections."""

    def __init__(self, ready: Sequence[Readiness]) -> None:
        self._ready = tuple(ready)

    @property
    def what(self) -> str:
        """The addresses."""
        return " and ".join(one.what for one in self._ready)

    def pending(self, process: Watched) -> str | None:
        """Return None when all do, else what the first that does not was seen to say."""
        for one in self._ready:
            if (pending := one.pending(process)) is not None:
                return f"{pending}, for {one.what}" if len(self._ready) > 1 else pending
        return None


def readiness_of(
    service: Service,
    ports: Mapping[str, Port],
    lookup: Lookup,
    env: Mapping[str, str],
    cwd: Path | None,
) -> Readiness | None:
    """Return how to find out; None for a worker, which is ready as soon as it runs."""
    ready = service.ready
    if ready is None:
        return EveryPort([port.ready for port in ports.values()]) if ports else None
    if "http" in ready:
        port = ports[str(ready.get("port") or default_port(service))]
        status = ready.get("status")
        url = f"http://{port.address}{ready['http']}"
        return HttpReady(url, status=status if isinstance(status, int) else None)
    if "tcp" in ready:
        return ports[str(ready["tcp"])].ready
    if "log" in ready:
        return LineReady(str(ready["log"]))
    words = [expand(word, "ready command", lookup) for word in ready_command(service)]
    return CommandReady(words, env=env, cwd=cwd)
