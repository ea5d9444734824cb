"""`GraphFence`: tells the fence who listens where, and who may reach whom, as the graph declares it."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping

from belljar.fence import Fence
from belljar.services.description import Node
from belljar.services.protocol import Databases

__all__ = ["GraphFence"]


class GraphFence:
    """One graph's entries in a fence; many threads may tell it."""

    def __init__(
        self, fence: Fence, databases: Databases | None, labels: Mapping[str, str]
    ) -> None:
        self._fence = fence
        self._databases = databases
        self._labels = labels
        self._known: set[str] = set()
        self._lock = threading.Lock()

    def allow(self, nodes: Mapping[str, Node], roots: Collection[str]) -> None:
        """Let every node reach its deps, databases and whom it calls back; the test roots and databases."""
        for node in nodes.values():
            reached = {nodes[name].title for name in node.deps} | {node.title}
            reached |= {each.title for each in nodes.values() if node.name in each.callbacks}
            reached |= {self._labels.get(name, name) for name in node.databases}
            self._fence.allow(node.title, sorted(reached))
        shared = {name for node in nodes.values() for name in node.databases}
        reached = {nodes[name].title for name in roots}
        reached |= {self._labels.get(name, name) for name in shared}
        self._fence.allow("", sorted(reached))

    def register(self, address: str, node: Node) -> None:
        """Tell that the node listens there.

        Only when it is ready: who looks whether it is may not be one who may reach it.
        """
        self._register(address, node.title, node.name)

    def register_proxy(self, address: str, name: str, node: Node | None = None) -> None:
        """Tell that a proxy in the test's own process stands for a node, or for a database.

        Who may reach what is behind it may reach it; and so may the test, which goes there for it.
        """
        if node is not None:
            self._fence.allow("", [node.title])
        self._register(address, node.title if node else self._labels.get(name, name), name)

    def register_databases(self) -> None:
        """Tell of those databases that are there by now."""
        for address, label, name in self._databases.sockets() if self._databases else ():
            self._register(address, label or name, name)

    def _register(self, address: str, label: str, name: str) -> None:
        with self._lock:
            if address not in self._known:
                self._known.add(address)
                self._fence.register(address, label, name)

    def forget(self, address: str) -> None:
        """Tell that nobody listens there any more."""
        with self._lock:
            if address in self._known:
                self._known.remove(address)
                self._fence.unregister(address)

    def close(self) -> None:
        """Forget everything."""
        for address in list(self._known):
            self.forget(address)
