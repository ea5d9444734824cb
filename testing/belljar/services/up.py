"""`main`: brings up a graph for a person, until Ctrl-C.

    ./bazelw run //services/orders:up
    ./bazelw run //services/orders:up -- --port orders=8000

`--help` says the rest. The main file that `test_service` makes calls it with the graph's file.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from belljar.fence import NullFence
from belljar.services.description import Service
from belljar.services.errors import BadGraphFile, ServiceDied
from belljar.services.graph import ServiceGraph
from belljar.services.graph_file import VARIABLE, DeclaredGraph, read_graph_file
from belljar.services.mistakes import mistakes
from belljar.services.surroundings import stem_of
from belljar.services.up_logs import LiveLogs, colours_wanted
from belljar.services.up_options import UpOptions
from belljar.services.up_ports import fix_port
from belljar.services.up_table import table, write_addresses

if TYPE_CHECKING:
    from belljar.services.databases import GraphDatabases

__all__ = ["main"]

FAILED = 1
# As shells have it: 128 and the signal's number.
KILLED = 130
# Between two looks whether everything is alive; what they write is shown at once anyway.
LOOK_SECONDS = 0.1
# The first asks everything to stop, the second kills it; more would only disturb that.
MOST_SIGNALS = 2


def main(graph: str | DeclaredGraph, argv: Sequence[str] | None = None) -> int:
    """Return the exit status: 0 when somebody has stopped it, 1 when it failed, 130 when killed.

    `graph` is what Bazel has written, or where: a path that begins at the workspace's folder of the
    runfiles. What is wrong with the command line ends the program with 2.
    """
    expected: tuple[type[Exception], ...] = (*mistakes(), OSError)
    try:
        declared = _declared(graph) if isinstance(graph, str) else graph
        options = UpOptions.read(declared.target.removesuffix(".up"), argv)
        with _signals_interrupt():
            return _up(declared, options)
    except expected as error:
        print(f"up: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return KILLED


def _up(declared: DeclaredGraph, options: UpOptions) -> int:
    labels = declared.database_labels
    with ExitStack() as stack:
        databases = _databases(declared, stack)
        graph = ServiceGraph(
            declared.nodes,
            roots=declared.roots,
            databases=databases,
            database_labels=labels,
            fence=NullFence(),  # a person may reach everything
        )
        stack.callback(graph.stop)  # a second time at most; then it does nothing
        stack.enter_context(_impatience(graph))
        for (name, port), number in options.ports.items():
            fix_port(graph, name, port, number)
        return _shown(graph, options, labels)


@contextmanager
def _impatience(graph: ServiceGraph) -> Iterator[None]:
    """Kill the graph when a second Ctrl-C comes, wherever it does: nobody waits for a grace then."""
    try:
        yield
    except KeyboardInterrupt:
        graph.kill()
        raise


def _databases(declared: DeclaredGraph, stack: ExitStack) -> GraphDatabases | None:
    """Return what has the databases until the end of `stack`; None: no service has any."""
    if not declared.databases:
        return None
    from belljar.services.databases import GraphDatabases

    databases = GraphDatabases(None, declared.databases, labels=declared.database_labels)
    stack.callback(databases.close)
    return databases


def _shown(graph: ServiceGraph, options: UpOptions, labels: Mapping[str, str]) -> int:
    """Run the graph until it is told to end, showing what it writes to the last line."""
    out = sys.stdout
    redact = graph.secrets.redact
    logs = LiveLogs(_log_files(graph), out, redact=redact, colours=colours_wanted(out))
    died: ServiceDied | None = None
    with logs:
        logs.say(f"starting {', '.join(graph.nodes)}")
        try:
            graph.start()
            used = {name for node in graph.nodes.values() for name in node.databases}
            urls = {name: graph.database_url(name) for name in sorted(used)}
            logs.say(table(graph, urls, labels))
            logs.say("Ctrl-C stops everything\n")
            if options.json is not None:
                write_addresses(options.json, graph, urls, labels)
            died = _first_death(graph, logs)
        except KeyboardInterrupt:
            logs.say("\nstopping; Ctrl-C again kills everything")
        finally:
            if options.json is not None:
                options.json.unlink(missing_ok=True)
        for ended in graph.stop():
            if ended.forced or not ended.expected:
                logs.say(f"{ended}")
    if logs.gone.is_set():
        # Or Python would complain about what it can't write when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())
    if died is not None:
        raise died
    return 0


def _first_death(graph: ServiceGraph, logs: LiveLogs) -> ServiceDied | None:
    """Return it when a service has died; None when nobody reads what we print any more."""
    while not logs.gone.wait(LOOK_SECONDS):
        deaths = graph.deaths()
        if deaths:
            return deaths[0]
    return None


def _log_files(graph: ServiceGraph) -> dict[str, Path]:
    """Return the logs by their writers' names; tasks have one, too."""
    folder = next(iter(graph.values())).log.parent
    stems = [
        stem_of(node, index)
        for node in graph.nodes.values()
        for index in range(node.instances if isinstance(node, Service) else 1)
    ]
    return {stem: folder / f"{stem}.log" for stem in stems}


def _declared(graph: str) -> DeclaredGraph:
    """Return what the file says, wherever the runfiles are: `bazel run` starts us in them."""
    for root in _workspaces():
        if (root / graph).is_file():
            found = read_graph_file(
                {VARIABLE: graph, "TEST_SRCDIR": str(root.parent), "TEST_WORKSPACE": root.name}
            )
            if found is not None:
                return found
    raise BadGraphFile(
        f"there is no {graph} in the runfiles of this program",
        fix="start it with `bazel run`, or where Bazel has built it",
    )


def _workspaces() -> Iterator[Path]:
    """Give folders that may be the workspace's in the runfiles."""
    yield Path.cwd()
    places = [Path(f"{Path(sys.argv[0]).absolute()}.runfiles")]
    if os.environ.get("RUNFILES_DIR"):
        places.insert(0, Path(os.environ["RUNFILES_DIR"]))
    for place in places:
        if place.is_dir():
            yield from sorted(folder for folder in place.iterdir() if folder.is_dir())


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """Let a closed terminal or a plain `kill` end this as Ctrl-C does."""
    seen = 0

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal seen
        seen += 1
        if seen <= MOST_SIGNALS:
            raise KeyboardInterrupt

    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(getattr(signal, name), interrupt) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
