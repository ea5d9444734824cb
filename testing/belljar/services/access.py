"""`Services`: what the fixture `services` gives a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from belljar.services.checking import one_of
from belljar.services.errors import UnknownNode
from belljar.services.graph import ServiceGraph
from belljar.services.running import RunningService

__all__ = ["Services", "SharedDatabase"]


@dataclass(frozen=True)
class SharedDatabase:
    """A database that the graph's services and the test share."""

    name: str
    url: str


class _Databases(Mapping[str, SharedDatabase]):
    def __init__(self, graph: ServiceGraph) -> None:
        self._graph = graph

    def __getitem__(self, name: str) -> SharedDatabase:
        return SharedDatabase(name, self._graph.database_url(name))

    def __iter__(self) -> Iterator[str]:
        return iter(
            sorted({name for node in self._graph.nodes.values() for name in node.databases})
        )

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Secrets(Mapping[str, str]):
    def __init__(self, graph: ServiceGraph) -> None:
        self._graph = graph

    def __getitem__(self, name: str) -> str:
        if name not in list(self):
            raise UnknownNode(
                f"no service of the graph has a secret {name!r}",
                fix=one_of(list(self), "declare it: secrets = [...]"),
            )
        return self._graph.secrets[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({name for node in self._graph.nodes.values() for name in node.secrets}))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Services(Mapping[str, RunningService]):
    """Service name -> `RunningService`; besides, the graph's `databases` and `secrets` by name."""

    def __init__(self, graph: ServiceGraph) -> None:
        self._graph = graph
        self.databases: Mapping[str, SharedDatabase] = _Databases(graph)
        self.secrets: Mapping[str, str] = _Secrets(graph)

    def __getitem__(self, name: str) -> RunningService:
        return self._graph[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._graph)

    def __len__(self) -> int:
        return len(self._graph)
