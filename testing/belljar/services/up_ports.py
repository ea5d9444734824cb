"""`fix_port`: a service listens where a person wants it, instead of at any free port."""

from __future__ import annotations

import socket
import sys

from belljar.services.checking import one_of
from belljar.services.errors import BadDescription, StartFailed
from belljar.services.graph import ServiceGraph
from belljar.services.ports import HOST, TcpPort, _bound

__all__ = ["fix_port"]


def fix_port(graph: ServiceGraph, name: str, port: str, number: int) -> None:
    """Give a service of a graph that was not started the port `number` of 127.0.0.1.

    `port` is the port's name, "" the only one or the one called main. Raises `ServiceError`.
    """
    option = f"--port {name}{'.' if port else ''}{port}={number}"
    if name not in graph:
        raise BadDescription(f"{option}: there is no service {name!r}", fix=one_of(sorted(graph)))
    service = graph[name]
    ports = service.ports
    chosen = port or (next(iter(ports)) if len(ports) == 1 else "main")
    if chosen not in ports:
        known = ", ".join(f"--port {name}.{each}={number}" for each in ports)
        raise BadDescription(
            f"{option}: {name} has no port {chosen!r}", fix=known or f"{name} listens nowhere"
        )
    found = ports[chosen]
    if not isinstance(found, TcpPort) or found.delivery == "report":
        why = "is a Unix socket" if not isinstance(found, TcpPort) else "is chosen by the server"
        raise BadDescription(
            f"{option}: the port {chosen!r} of {name} {why}",
            fix="leave the option out; the table says where it is",
        )
    if len(service.instances) > 1:
        raise BadDescription(
            f"{option}: {name} has {len(service.instances)} instances, which can't all be there",
            fix="leave the option out; the table says where they are",
        )
    try:
        _refuse_if_taken(number)
        reserved = _bound(number)
    except OSError as error:
        raise StartFailed(
            f"{option}: port {number} of {HOST} can't be had: {error.strerror}",
            fix="choose another number, or end what listens there",
        ) from None
    found.close()
    found._reservation = reserved
    found.number = number


def _refuse_if_taken(number: int) -> None:
    """Raise OSError when somebody listens there, even one who would share the port with us."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if sys.platform != "win32":  # there it lets one bind what is in use
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, number))
