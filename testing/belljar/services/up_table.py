"""What `up` tells of a running graph: a table for people, and the same as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from belljar.services.graph import ServiceGraph

__all__ = ["table", "write_addresses"]


def table(graph: ServiceGraph, databases: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """Return a line for each address: a service's ports, then the databases."""
    rows = [*_service_rows(graph)]
    rows += [(name, _redacted(url), labels.get(name, "")) for name, url in databases.items()]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(2)]
    lines = [f"  {a:<{widths[0]}}  {b:<{widths[1]}}  {c}".rstrip() for a, b, c in rows]
    return "\n".join(["", *lines, ""])


def write_addresses(
    file: Path,
    graph: ServiceGraph,
    databases: Mapping[str, str],
    labels: Mapping[str, str],
) -> None:
    """Write them, all at once, for this user alone: a database's URL may have a password."""
    services: dict[str, Any] = {}
    for name, service in graph.items():
        ports = {
            port: {"url": found.url, "address": found.address}
            for port, found in service.ports.items()
        }
        services[name] = {
            "label": service.label,
            "url": service.url if _has_url(service.ports) else None,
            "urls": service.urls if _has_url(service.ports) else [],
            "ports": ports,
            "log": str(service.log),
        }
    content = {
        "services": services,
        "databases": {
            name: {"label": labels.get(name, ""), "url": url} for name, url in databases.items()
        },
    }
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(content, stream, indent=2)
        stream.write("\n")
    fresh.replace(file)


def _service_rows(graph: ServiceGraph) -> Iterator[tuple[str, str, str]]:
    for name, service in graph.items():
        several = len(service.instances) > 1
        for index, instance in enumerate(service.instances):
            title = f"{name}.{index}" if several else name
            ports = instance.ports
            main = _main(list(ports))
            yield title, ports[main].url if main else "(no port)", service.label
            for port, found in ports.items():
                if port != main:
                    yield f"{title}.{port}", found.url, ""


def _main(ports: Sequence[str]) -> str:
    if "main" in ports:
        return "main"
    return ports[0] if ports else ""


def _has_url(ports: Mapping[str, object]) -> bool:
    return len(ports) == 1 or "main" in ports


def _redacted(url: str) -> str:
    from belljar.databases.urls import redacted  # at hand where there is a database

    return redacted(url)
