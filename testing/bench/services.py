"""What the graph of services costs: cold starts, supervision, stops, kills at random, cached tests.

    ./bazelw run //testing/bench:services
    ./bazelw run //testing/bench:services -- --only start,supervision --rounds 15 --json FILE

The graph is orders with two worker processes, the worker that drains its outbox, PostgreSQL from its
template and Valkey. Beside it stands the slowest chain in it, started alone: PostgreSQL, then orders.
What supervision costs is measured on a server that does nothing else, beside `subprocess.Popen` and
a loop that connects until somebody answers.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from belljar.services import DeclaredGraph, Service, ServiceError, ServiceGraph, read_graph_file
from belljar.services.databases import GraphDatabases
from bench import Figure, Report, interleaved, parser

PARTS = ("start", "supervision", "storm", "stop", "cached", "kills")
SERVER = """
import socket, sys
listening = socket.socket(fileno=int(sys.argv[1])) if sys.argv[1:] else None
listening.listen()
while True:
    listening.accept()[0].close()
"""
# Deaf to SIGTERM, so that only the end of its grace ends it.
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SERVER
GONE_SECONDS = 5.0
SHARED_MEMORY = Path("/dev/shm")


class Graph:
    """One start of a declared graph, on servers of its own; a context manager that ends it all."""

    def __init__(self, declared: DeclaredGraph, names: tuple[str, ...] = ()) -> None:
        nodes = [node for node in declared.nodes if not names or node.name in names]
        self.databases = GraphDatabases(None, declared.databases)
        self.graph = ServiceGraph(nodes, databases=self.databases)

    def __enter__(self) -> Graph:
        return self

    def __exit__(self, *_: object) -> None:
        self.graph.stop()
        self.databases.close()


def timed(work: Callable[[], object]) -> float:
    """Gives the seconds that `work` took."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def chain(declared: DeclaredGraph, name: str) -> float:
    """Gives the seconds of a service's chain: its slowest database, then what it needs, then itself."""
    names = {name}
    nodes = {node.name: node for node in declared.nodes}
    while more := {need for each in names for need in nodes[each].needs} - names:
        names |= more
    with Graph(declared, tuple(names)) as one:
        first = max(timed(partial(one.databases.url, each)) for each in nodes[name].databases)
        return first + timed(one.graph.start)


def start(report: Report, declared: DeclaredGraph, rounds: int) -> None:
    """Cold to ready, and stopped again, beside the slowest chain."""
    ready: list[float] = []
    stopped: list[float] = []
    chains: dict[str, list[float]] = {}
    for _ in range(rounds):
        begun = time.perf_counter()
        with Graph(declared) as one:
            one.graph.start()
            ready.append(time.perf_counter() - begun)
            stopped.append(timed(one.graph.stop))
        for node in declared.nodes:
            chains.setdefault(node.name, []).append(chain(declared, node.name))
    slowest = max(map(statistics.median, chains.values()))
    took = statistics.median(ready)
    report.add(Figure("the graph, cold to ready", took, "s", limit=2.0))
    report.add(Figure("  beside its slowest chain", took, "s", slowest, "chain", 1.15, "ratio"))
    report.add(Figure("stop of the graph", statistics.median(stopped), "s", limit=0.5))


def supervision(report: Report, rounds: int) -> None:
    """One small server: by the graph, and by hand."""
    command = [sys.executable, "-I", "-S", "-c", SERVER]
    times: dict[str, list[float]] = {"graph": [], "bare": []}

    def bare() -> float:
        with socket.create_server(("127.0.0.1", 0)) as held:
            port = held.getsockname()[1]
        listening = socket.socket()
        listening.bind(("127.0.0.1", port))
        begun = time.perf_counter()
        number = listening.fileno()
        with subprocess.Popen([*command, str(number)], pass_fds=[number]) as process:
            listening.close()
            while True:
                with contextlib.suppress(ConnectionRefusedError):
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                time.sleep(0.001)
            took = time.perf_counter() - begun
            process.kill()
        return took

    for _ in range(rounds * 3):
        service = Service("small", command, args=["{fd}"], ports={"main": "tcp"}, exit_codes=(-15,))
        graph = ServiceGraph([service])
        times["graph"].append(timed(graph.start))
        graph.stop()
        times["bare"].append(bare())
    ours, beside = (statistics.median(times[side]) for side in ("graph", "bare"))
    report.add(Figure("start of a small server", ours, "s", beside, "Popen and a loop"))
    report.add(Figure("  supervision's own cost, ms", (ours - beside) * 1e3, "", limit=30))


def stop(report: Report) -> None:
    """A server that does not listen to SIGTERM."""
    grace = 1.0
    service = Service(
        "deaf",
        [sys.executable, "-I", "-S", "-c", DEAF],
        args=["{fd}"],
        ports={"main": "tcp"},
        stop_grace=grace,
    )
    graph = ServiceGraph([service])
    graph.start()
    took = timed(graph.stop)
    report.add(Figure("stop of a server that is deaf to SIGTERM", took, "s", limit=grace + 0.5))


def storm(report: Report, declared: DeclaredGraph, starts: int) -> None:
    """Many starts, four at a time."""
    before = shared_memory() | temporary()
    failures: list[str] = []

    def once(_number: int) -> None:
        try:
            with Graph(declared) as one:
                one.graph.start()
        except ServiceError as error:
            failures.append(str(error))

    with ThreadPoolExecutor(4) as pool:
        took = timed(lambda: list(pool.map(once, range(starts))))
    for text in failures[:3]:
        print(text, file=sys.stderr)
    report.add(Figure(f"{starts} starts of the graph, 4 at a time, each", took / starts, "s"))
    conflicts = sum(bool(re.search(r"in use|EADDRINUSE", text)) for text in failures)
    report.add(Figure("  port conflicts", conflicts, "", limit=0))
    report.add(Figure("  failed starts of other kinds", len(failures) - conflicts, "", limit=0))
    left = len(leftovers(Path(tempfile.gettempdir()), before))
    report.add(Figure("  leftovers", left, "", limit=0))


def kills(report: Report, graph: str, count: int) -> None:
    """A program with the graph, killed at a random moment: of its start, its life or its end."""
    seconds = 4.0
    dirty: list[str] = []
    slowest = 0.0
    for number in range(count):
        before = shared_memory()
        with tempfile.TemporaryDirectory(prefix="bjk", dir="/tmp") as folder:
            process = subprocess.Popen(
                [sys.executable, __file__, "--victim", graph, "--seconds", str(seconds / 2)],
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                    "TMPDIR": folder,
                },
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
            # The moments are the same in every run.
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(random.Random(number).uniform(0.2, seconds))
            process.send_signal(signal.SIGKILL)
            process.wait()
            begun = time.perf_counter()
            while left := leftovers(Path(folder), before):
                if time.perf_counter() - begun > GONE_SECONDS:
                    dirty += left
                    break
                time.sleep(0.02)
            slowest = max(slowest, time.perf_counter() - begun)
    for text in dirty[:10]:
        print(f"services: left after a kill: {text}", file=sys.stderr)
    report.add(Figure(f"{count} kills at random, slowest to be gone", slowest, "s"))
    report.add(Figure("  processes, sockets and folders left", len(dirty), "", limit=0))


def shared_memory() -> set[str]:
    """Gives our folders in memory."""
    return {path.name for path in SHARED_MEMORY.glob("belljar-*")}


def temporary() -> set[str]:
    """Gives the graphs' folders that are there."""
    return {path.name for path in Path(tempfile.gettempdir()).glob("bj-*")}


def leftovers(folder: Path, before: set[str]) -> list[str]:
    """Gives what is left of graphs whose temporary folder was `folder`."""
    left = [f"folder {path}" for path in folder.glob("bj-*")]
    left += [f"folder {SHARED_MEMORY / name}" for name in shared_memory() - before]
    left = [text for text in left if text.rpartition("/")[2] not in before]
    marks = (f"TMPDIR={folder}".encode(), f"TMPDIR={folder}/bj-".encode())
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            values = environ.read_bytes().split(b"\0")
            ours = folder.name.startswith("bjk") and marks[0] in values
            if ours or any(value.startswith(marks[1]) for value in values):
                name = (environ.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                left.append(f"process {environ.parent.name} {name[:100]}")
    return left


def cached(report: Report, target: str, other: str, rounds: int) -> None:
    """A cached test target with services beside one without, and whether anything was started."""
    workspace = Path(os.environ["BUILD_WORKSPACE_DIRECTORY"])

    def bazel(label: str) -> str:
        done = subprocess.run(
            ["./bazelw", "test", "--noshow_progress", label],
            cwd=workspace,
            env={
                **{name: value for name, value in os.environ.items() if name[:6] != "PYTHON"},
                "BELLJAR_QUIET": "1",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"services: bazel test {label} failed:\n{done.stdout[-4000:]}")
        return done.stdout

    for label in (target, other):
        bazel(label)
    ran = 0 if "(cached) PASSED" in bazel(target) else 1
    median = interleaved({"with": lambda: bazel(target), "without": lambda: bazel(other)}, rounds)
    report.add(
        Figure("cached e2e target", median["with"], "s", median["without"], "a cached unit target")
    )
    over = median["with"] - median["without"]
    report.add(Figure("  over the no-op", over, "s", limit=0.1))
    report.add(Figure("  runs of it", ran, "", limit=0))


def declared_graph(place: str) -> DeclaredGraph:
    """Gives the graph that Bazel has written down at a place in our runfiles."""
    found = read_graph_file({"BELLJAR_SERVICES": str(Path(place).absolute())})
    if found is None:
        sys.exit(f"services: there is no graph at {place}")
    return found


def victim(place: str, seconds: float) -> None:
    """Has the graph for a while."""
    with Graph(declared_graph(place)) as one:
        one.graph.start()
        time.sleep(seconds)


def main() -> int:
    """Gives 1 when a limit is missed."""
    options = parser(__doc__ or "")
    options.add_argument("graph", nargs="?", help="file of the graph; given by the target")
    options.add_argument(
        "--only", default=",".join(PARTS), help="parts to run (default: %(default)s)"
    )
    options.add_argument("--starts", type=int, default=200, help="of the storm (default: 200)")
    options.add_argument("--kills", type=int, default=100, help="(default: 100)")
    options.add_argument(
        "--cached",
        default="//services/orders/tests/e2e:checkout_test,//services/orders/tests/unit:money_test",
        help="test target with services, and one without (default: %(default)s)",
    )
    options.add_argument("--victim", metavar="FILE", help=argparse.SUPPRESS)
    options.add_argument("--seconds", type=float, default=1.0, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.victim:
        victim(chosen.victim, chosen.seconds)
        return 0
    only = [part for part in chosen.only.split(",") if part]
    unknown = sorted(set(only) - set(PARTS))
    if unknown:
        options.error(f"--only: {', '.join(unknown)} is none of {', '.join(PARTS)}")
    declared = declared_graph(chosen.graph)
    report = Report("services")
    if "start" in only:
        start(report, declared, chosen.rounds)
    if "supervision" in only:
        supervision(report, chosen.rounds)
    if "stop" in only:
        stop(report)
    if "storm" in only:
        storm(report, declared, chosen.starts)
    if "kills" in only:
        kills(report, chosen.graph, chosen.kills)
    if "cached" in only:
        cached(report, *chosen.cached.split(","), chosen.rounds)
    return report.finish(chosen.json)


if __name__ == "__main__":
    sys.exit(main())
