"""`ServiceGraph`: services, tasks and databases, started together, watched, and stopped together.

with ServiceGraph([Service("orders", [...]), Service("payments", [...])], logs=tmp_path) as graph:
    httpx.get(graph["orders"].url)
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from belljar.fence import Fence, current
from belljar.services.checking import check_nodes, one_of
from belljar.services.description import Node, Service, Task
from belljar.services.errors import BadDescription, ServiceDied, ServiceError, UnknownNode
from belljar.services.fencing import GraphFence
from belljar.services.guarding import GuardedFolder
from belljar.services.instance import Ended, Instance
from belljar.services.ordering import DATABASE, order_of, run_in_order
from belljar.services.protocol import Databases
from belljar.services.redaction import Secrets
from belljar.services.references import check_references
from belljar.services.running import RunningService
from belljar.services.surroundings import Surroundings
from belljar.services.tasks import TaskRun

if TYPE_CHECKING:
    from belljar.mocks.proxy.boundary import ProxyBoundary

__all__ = ["ServiceGraph"]


class ServiceGraph(Mapping[str, RunningService]):
    """Service name -> `RunningService`; a context manager that starts and stops them all.

    `roots` are the names of nodes that the test itself may reach (default: all). `databases` has
    every database that a node names. Logs go to `logs`, or with the graph. Nothing is started, and
    every mistake in a description is told, before the first start. One thread may use it at a time.
    `proxied`: databases and services are told by the addresses of proxies, where faults happen.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        *,
        roots: Collection[str] | None = None,
        databases: Databases | None = None,
        database_labels: Mapping[str, str] | None = None,
        logs: Path | None = None,
        fence: Fence | None = None,
        proxied: bool = False,
    ) -> None:
        self.nodes = check_nodes(nodes)
        deliveries = {name: check_references(node, self.nodes) for name, node in self.nodes.items()}
        for node in self.nodes.values():
            if node.databases and databases is None:
                raise BadDescription(
                    f"{node.title} has databases, and this graph is given none",
                    fix="give it databases=GraphDatabases(...)",
                )
        self.roots = tuple(self.nodes if roots is None else roots)
        self.ended: list[Ended] = []
        """How each service has ended, in that order, once the graph was stopped."""
        self.secrets = Secrets()
        self._databases = databases
        self._deaths: list[ServiceDied] = []
        self._starting = False
        self._stale: set[str] = set()  # tasks whose work a reset has undone
        self._lock = threading.Lock()
        self._folder = GuardedFolder()
        try:
            self._around = Surroundings(
                self.nodes,
                deliveries,
                self._folder.path,
                logs or self._folder.path / "logs",
                databases,
                self.secrets,
            )
            self._fence = GraphFence(fence or current(), databases, database_labels or {})
            self._fence.allow(self.nodes, self.roots)
            if proxied:
                from belljar.services.proxies import GraphProxies  # with the proxy, which few need

                self._around.proxies = GraphProxies(self._folder.path, self._fence)
        except BaseException:
            self._folder.remove()
            raise
        self._tasks = {
            name: TaskRun(node, self._around)
            for name, node in self.nodes.items()
            if isinstance(node, Task)
        }
        self._services = {
            name: self._made(node) for name, node in self.nodes.items() if isinstance(node, Service)
        }

    def _made(self, service: Service) -> list[Instance]:
        dependents = tuple(node.title for node in self.nodes.values() if service.name in node.deps)
        return [
            Instance(service, index, self._around, self._fence, dependents, self._died)
            for index in range(service.instances)
        ]

    def __getitem__(self, name: str) -> RunningService:
        if name not in self._services:
            kind = "a task, not a service" if name in self._tasks else "no service of this graph"
            raise UnknownNode(
                f"{name!r} is {kind}",
                fix=one_of(self._services) + ", or add its label to the target's services",
            )
        node = self.nodes[name]
        assert isinstance(node, Service), "as _services has it"
        return RunningService(
            node, self._services[name], lambda key: self._around.export(name, key)
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._services)

    def __len__(self) -> int:
        return len(self._services)

    def __enter__(self) -> ServiceGraph:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Return when all are ready, and all tasks done. Raises a `StartFailed` or `ServiceDied`.

        Then nothing is left of it.
        """
        self._start(self.nodes)

    def renew(self) -> None:
        """Start again what is down, for the next test; tasks whose work was undone run again.

        Raises like `start`; the graph is no longer to be used then.
        """
        down = {name for name, instances in self._services.items() if not _all_run(instances)}
        self.deaths()  # told by who asked for them before
        self._start({name: self.nodes[name] for name in down | self._stale})

    def _start(self, nodes: Mapping[str, Node]) -> None:
        try:
            self._run(nodes)
        except BaseException:
            self.stop()
            raise

    def _run(self, nodes: Mapping[str, Node]) -> None:
        self._starting = True
        try:
            run_in_order(order_of(nodes), self._up, self._give_up)
        except ServiceError:
            if self._deaths:  # which is why the others failed
                raise self._deaths[0] from None
            raise
        finally:
            self._starting = False
        if deaths := self.deaths():
            raise deaths[0]

    def _up(self, name: str) -> None:
        if name.startswith(DATABASE):
            self._around.database_url(name.removeprefix(DATABASE))
            return
        node = self.nodes[name]
        if node.databases:
            self._fence.register_databases()
        if name in self._tasks:
            self._tasks[name].run()
            self._stale.discard(name)
        else:
            self[name].start()

    def _give_up(self) -> None:
        for task in self._tasks.values():
            task.give_up()
        for instance in self._all():
            instance.give_up()

    def stop(self) -> list[Ended]:
        """Return how each service has ended, those that others need last; nothing is left then."""
        dependents: dict[str, set[str]] = {name: set() for name in self.nodes}
        for node in self.nodes.values():
            for need in node.needs:
                dependents[need].add(node.name)

        def down(name: str) -> None:
            for instance in self._services.get(name, ()):
                instance.resume()
            if name in self._services:
                self.ended.extend(self[name].stop())

        try:
            run_in_order(dependents, down, self.kill)
        finally:
            self.kill()
            self._fence.close()
            self._around.close()
            self._folder.remove()
        return self.ended

    def kill(self) -> None:
        """Return when all services have been killed; `stop` is still to be called."""
        for instance in self._all():
            with suppress(ServiceError):
                instance.kill()

    def put_back(self) -> list[str]:
        """Put the databases back to their templates; return what stood in the way, in words.

        What is paused goes on first. Services whose connections had to be ended for it are stopped,
        and tasks with a database are to run again: `renew` does both.
        """
        self.resume()
        # What faults have left waiting would stand in the way.
        for boundary in self.boundaries:
            boundary.rest()
        if self._databases is None:
            return []
        complaints = self._databases.reset()
        cut = set(self._databases.cut)
        for name, node in self.nodes.items():
            if node.databases and name in self._tasks:
                self._stale.add(name)
            elif cut & set(node.databases):
                self.ended += self[name].stop()
        return complaints

    def resume(self) -> list[str]:
        """Let go on what is paused; there is nothing to complain about."""
        for instance in self._all():
            instance.resume()
        return []

    @property
    def boundaries(self) -> list[ProxyBoundary]:
        """The databases and services whose calls go through proxies; none if it is not `proxied`."""
        return [] if self._around.proxies is None else self._around.proxies.boundaries

    def deaths(self) -> list[ServiceDied]:
        """Return those that ended unasked since the last call."""
        for instance in self._all():
            _ = instance.runs  # tells of one whose end the watch has not come to yet
        with self._lock:
            deaths, self._deaths = self._deaths, []
        return deaths

    def _died(self, death: ServiceDied) -> None:
        with self._lock:
            self._deaths.append(death)
        if self._starting:
            self._give_up()

    def mark(self) -> None:
        """Let a test begin: what is written from now on is its own."""
        for instance in self._all():
            instance.log.mark()

    def written(self, lines: int) -> dict[str, str]:
        """Return the last lines that each instance wrote since `mark`, without secrets."""
        found = {
            str(instance.log.path): instance.log.shown(lines, since_mark=True)
            for instance in self._all()
        }
        return {path: text for path, text in found.items() if text}

    def database_url(self, name: str) -> str:
        """Return the URL of a database of the graph. Raises `UnknownNode`."""
        known = {database for node in self.nodes.values() for database in node.databases}
        if name not in known:
            raise UnknownNode(
                f"no service of the graph has a database {name!r}",
                fix=one_of(sorted(known), "declare it: databases = [...]"),
            )
        return self._around.database_url(name)

    def _all(self) -> list[Instance]:
        return [instance for instances in self._services.values() for instance in instances]


def _all_run(instances: Sequence[Instance]) -> bool:
    return all([instance.runs for instance in instances])  # a list: each is looked at
