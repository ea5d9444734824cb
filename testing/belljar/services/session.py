"""`Session`: the graph of one pytest process, from the first test that asks for it to the last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from belljar.services.description import Node
from belljar.services.errors import BadDescription, ServiceDied
from belljar.services.graph import ServiceGraph
from belljar.services.texts import check_kinds

if TYPE_CHECKING:
    from belljar.services.databases import GraphDatabases
    from belljar.services.description import Database

__all__ = ["Session"]


class Session:
    """A graph with its databases; `notes` are what the run's summary has to say about it."""

    def __init__(
        self,
        config: pytest.Config,
        nodes: Sequence[Node],
        logs: Path,
        *,
        roots: Sequence[str] | None = None,
        labels: Mapping[str, str] | None = None,
        proxied: bool = False,
    ) -> None:
        self.notes: list[str] = []
        self._failure: BaseException | None = None
        self._started = False
        nodes = check_kinds(nodes)
        declared = _databases_of(nodes)
        self._databases: GraphDatabases | None = None
        if declared:
            from belljar.services.databases import GraphDatabases  # with clients of its own

            self._databases = GraphDatabases(config, declared, labels=labels)
        try:
            self.graph = ServiceGraph(
                nodes,
                roots=roots,
                databases=self._databases,
                database_labels=labels,
                logs=logs,
                proxied=proxied,
            )
        except BaseException:
            if self._databases is not None:
                self._databases.close()
            raise

    @property
    def runs(self) -> bool:
        """Whether the graph was started, and was not given up."""
        return self._started and self._failure is None

    def begin(self) -> list[ServiceDied]:
        """Return what died between two tests, when all runs again. Raises what went wrong.

        A graph that failed to start once is not tried again: every test would wait for it.
        """
        if self._failure is not None:
            raise self._failure
        deaths = self.graph.deaths() if self._started else []
        self.notes += [str(death) for death in deaths]
        try:
            if self._started:
                self.graph.renew()
            else:
                self.graph.start()
        except Exception as error:
            self._failure = error
            raise
        self._started = True
        return deaths

    def end(self, *, reset: bool) -> list[str]:
        """Return what stood in the way of putting the databases back after a test."""
        if not self.runs:
            return []
        return self.graph.put_back() if reset else self.graph.resume()

    def close(self) -> None:
        """Stop all; what had to be killed is noted."""
        try:
            if self.runs:
                for ended in self.graph.stop():
                    if ended.forced:
                        grace = getattr(self.graph.nodes[ended.name], "stop_grace", 0)
                        self.notes.append(
                            f"{ended}: it was still there {grace:g} s after its stop signal; "
                            "let it end on that, or give it a longer stop_grace"
                        )
                # Of those that ended after the last test nobody else has told.
                self.notes += [str(death) for death in self.graph.deaths()]
            elif self._failure is None:
                self.graph.stop()
        finally:
            if self._databases is not None:
                self._databases.close()


def _databases_of(nodes: Sequence[Node]) -> dict[str, Database]:
    found: dict[str, Database] = {}
    for node in nodes:
        for name, database in node.databases.items():
            if found.setdefault(name, database) != database:
                raise BadDescription(
                    f"{node.title} has a database {name!r}, and another node has another of that name",
                    fix="rename one: placeholders know a database by its name",
                )
    return found
