"""`Surroundings`: what the processes of one graph share: folders, addresses, secrets, databases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from belljar.services.description import Node
from belljar.services.placeholders import Lookup, Reference, expand
from belljar.services.ports import Port, make_port
from belljar.services.protocol import Databases, Proxies
from belljar.services.redaction import Secrets
from belljar.services.references import Delivery, port_of

__all__ = ["Surroundings", "stem_of"]


def stem_of(node: Node, index: int) -> str:
    """Return what an instance's log, folder and sockets are called: `orders`, or `orders.1`.

    No name has a dot, so no two nodes come to the same.
    """
    single = getattr(node, "instances", 1) == 1
    return node.name if single else f"{node.name}.{index}"


class Surroundings:
    """`folder` is the graph's own, short enough for sockets; `logs` is where logs are kept."""

    def __init__(
        self,
        nodes: Mapping[str, Node],
        deliveries: Mapping[str, Mapping[str, Delivery]],
        folder: Path,
        logs: Path,
        databases: Databases | None,
        secrets: Secrets,
    ) -> None:
        self.nodes = nodes
        self.root = folder
        self.logs = logs
        self.secrets = secrets
        self._databases = databases
        self.proxies: Proxies | None = None
        """Where the processes are told that their databases and deps are, if not where they are."""
        self.ports: dict[tuple[str, int], dict[str, Port]] = {}
        (folder / "s").mkdir()
        for name, node in nodes.items():
            for index in range(getattr(node, "instances", 1)):
                self.ports[name, index] = {
                    port: make_port(
                        scheme,
                        deliveries[name][port],
                        folder / "s",
                        f"{stem_of(node, index)}.{port}",
                    )
                    for port, scheme in node.ports.items()
                }

    def folder(self, name: str, index: int = 0) -> Path:
        """Return the node's private folder."""
        return self.root / "own" / stem_of(self.nodes[name], index)

    def prepare(self, name: str, index: int) -> tuple[Path, Path, Path]:
        """Return the node's folder, and its HOME and TMPDIR; they outlive a restart."""
        stem = stem_of(self.nodes[name], index)
        # Side by side: the node finds its folder empty but for its files, whatever its name.
        found = (self.folder(name, index), self.root / "home" / stem, self.root / "tmp" / stem)
        for folder in found:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return found

    def lookup(
        self, node: Node, index: int, fds: Mapping[str, int] | None = None, *, told: bool = False
    ) -> Lookup:
        """Return what gives each placeholder of the node its value; `told`: another node is told it."""

        def look(reference: Reference) -> str:
            return self._value(node, index, fds or {}, reference, told)

        return look

    def _value(
        self, node: Node, index: int, fds: Mapping[str, int], wanted: Reference, told: bool
    ) -> str:
        verb, name, part = wanted.verb, wanted.name, wanted.part
        if verb == "name":
            return node.name
        if verb == "instance":
            return str(index)
        if verb == "folder":
            return str(self.folder(node.name, index))
        if verb == "file":
            return str(self.folder(node.name, index) / part)
        if verb == "secret":
            return self.secrets[part]
        if verb == "export":
            return self.export(name, part, told=True)
        if name in node.databases:
            url = self.database_url(name)
            return self.proxies.database(name, url) if self.proxies else url
        port = port_of(self.nodes[name] if name else node, wanted)
        if verb == "fd":
            return str(fds[port])
        if verb == "urls":
            count = getattr(self.nodes[name], "instances", 1)
            return ",".join(self._url(name, each, port, True) for each in range(count))
        owner, number = name or node.name, 0 if name else index
        if verb == "url":
            return self._url(owner, number, port, told or bool(name))
        address = self._address(owner, number, port, told or bool(name))
        host, _, digits = address.rpartition(":")
        return {"address": address, "host": host, "port": digits}[verb]

    def _url(self, name: str, index: int, port: str, told: bool) -> str:
        return f"{self.ports[name, index][port].scheme}://{self._address(name, index, port, told)}"

    def _address(self, name: str, index: int, port: str, told: bool) -> str:
        """Return where a port is, for its own process, or as others are told."""
        address = self.ports[name, index][port].address
        if told and self.proxies:
            return self.proxies.service(self.nodes[name], address)
        return address

    def export(self, name: str, key: str, *, told: bool = False) -> str:
        """Return what a node offers its dependents under that key; `told`: it is for one of them."""
        node = self.nodes[name]
        lookup = self.lookup(node, 0, told=told)
        return expand(node.exports[key], f"{node.title}: exports {key}", lookup)

    def database_url(self, name: str) -> str:
        """Return where a database is, started if it was not."""
        assert self._databases is not None, "a graph with databases is given them"
        url = self._databases.url(name)
        self.secrets.hide_password(url, name)
        return url

    def close(self) -> None:
        """Give up every port, and every proxy."""
        if self.proxies:
            self.proxies.close()
        for ports in self.ports.values():
            for port in ports.values():
                port.close()
