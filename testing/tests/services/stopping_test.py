"""How a graph ends: those that are needed last, gracefully, then by force; nothing is left."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.services import Service, ServiceGraph

Alive = Callable[[int], bool]
Eventually = Callable[[Callable[[], object]], None]
Serve = Callable[..., Service]


def test_those_that_others_need_are_stopped_last(serve: Serve, tmp_path: Path) -> None:
    nodes = [
        serve("payments"),
        serve("orders", after=["payments"]),
        serve("worker", after=["orders"]),
    ]
    with ServiceGraph(nodes, logs=tmp_path) as graph:
        pass
    assert [ended.name for ended in graph.ended] == ["worker", "orders", "payments"]


def test_a_graph_that_behaves_stops_soon(serve: Serve, tmp_path: Path) -> None:
    graph = ServiceGraph([serve(f"service{number}") for number in range(4)], logs=tmp_path)
    graph.start()
    begun = time.monotonic()
    ended = graph.stop()
    assert time.monotonic() - begun < 0.5 * 3  # of a machine with other work to do
    assert {(one.exit_code, one.forced, one.expected) for one in ended} == {(0, False, True)}


def test_a_service_that_ignores_its_signal_is_killed_after_its_grace(
    serve: Serve, tmp_path: Path, alive: Alive
) -> None:
    graph = ServiceGraph([serve("orders", "--stubborn", stop_grace=0.2)], logs=tmp_path)
    graph.start()
    pid = graph["orders"].pid
    (ended,) = graph.stop()
    assert ended.forced
    assert not ended.expected
    assert str(ended).startswith("orders had to be killed after 0.")
    assert not alive(pid)


def test_what_a_service_has_started_ends_with_it(
    serve: Serve, tmp_path: Path, alive: Alive
) -> None:
    graph = ServiceGraph([serve("orders", "--children", "2")], logs=tmp_path)
    graph.start()
    pids = [int(line.split()[1]) for line in graph["orders"].log_text().splitlines()]
    assert [alive(pid) for pid in pids] == [True, True]
    graph.stop()
    assert [alive(pid) for pid in pids] == [False, False]


def test_nothing_is_left_of_a_graph_but_its_logs(
    serve: Serve, tmp_path: Path, eventually: Eventually
) -> None:
    gc.collect()
    threads = threading.active_count()
    files = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(2):
        graph = ServiceGraph(
            [
                serve(
                    "orders",
                    ports={"main": "http", "s": "unix"},
                    args=["--fd", "{fd}", "{address:.s}"],
                    ready={"tcp": "main"},
                )
            ],
            logs=tmp_path / "logs",
        )
        graph.start()
        folder = Path(graph["orders"].ports["s"].address).parent.parent
        assert folder.is_dir()
        graph.stop()
        assert not folder.exists()
        del graph
    assert [path.name for path in tmp_path.iterdir()] == ["logs"]
    eventually(lambda: threading.active_count() <= threads)  # each holds its process to its end
    gc.collect()
    assert len(list(Path("/proc/self/fd").iterdir())) <= files + 1


KILLED = """
import sys
from pathlib import Path
from belljar.services import Service, ServiceGraph
server = [sys.executable, sys.argv[1]]
graph = ServiceGraph([
    Service("orders", server, args=["--fd", "{fd}", "--stubborn", "--children", "1"]),
    Service("local", server, args=["--path", "{address}"], ports={"main": "unix"}),
], logs=Path(sys.argv[2]))
if sys.argv[3] == "before":
    print(graph._folder.path, 0, flush=True)
    import signal; signal.pause()
graph.start()
folder = Path(graph["local"].address).parent.parent
child = graph["orders"].wait_for_log(r"child (\\d+)")[1]
if sys.argv[3] == "stopped":
    graph["orders"].kill()
    graph["local"].kill()
    print(folder, 0, flush=True)
else:
    print(folder, graph["orders"].pid, graph["local"].pid, child, flush=True)
import signal; signal.pause()
"""


@pytest.mark.parametrize("when", ["before", "running", "stopped"])
def test_a_killed_test_leaves_no_process_and_no_folder(
    tmp_path: Path, alive: Alive, eventually: Eventually, when: str
) -> None:
    server = Path(__file__).parent / "little_server.py"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", KILLED, str(server), str(tmp_path), when]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as test:
        assert test.stdout is not None
        folder, *pids = test.stdout.readline().split()
        assert Path(folder).is_dir()
        test.kill()
        begun = time.monotonic()
    eventually(lambda: not any(alive(int(pid)) for pid in pids if pid != "0"))
    eventually(lambda: not Path(folder).exists())
    assert time.monotonic() - begun < 5.0
