"""A graph of real processes: started in order, told of each other, and the same after a restart."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.services import Service, ServiceGraph, Task, UnknownNode

Eventually = Callable[[Callable[[], object]], None]
Get = Callable[[str], str]
Serve = Callable[..., Service]
Start = Callable[..., ServiceGraph]


def test_a_service_is_ready_when_its_test_gets_it(start: Start, serve: Serve, get: Get) -> None:
    graph = start(serve("orders", ready={"http": "/readyz"}))
    assert get(graph["orders"].url + "/x") == "ok"


def test_a_service_is_told_where_the_others_are(start: Start, serve: Serve, get: Get) -> None:
    told = {
        "A": "{url:payments}",
        "B": "{urls:payments}",
        "C": "{address:payments} {port:payments}",
    }
    graph = start(serve("orders", deps=["payments"], env=told), serve("payments", instances=2))
    payments, url = graph["payments"], graph["orders"].url
    assert get(f"{url}/env/A") == payments.url
    assert get(f"{url}/env/B") == ",".join(payments.urls)
    assert get(f"{url}/env/C") == f"{payments.address} {payments.port}"
    assert len({one.pid for one in payments.instances}) == 2
    assert [one.url for one in payments.instances] == payments.urls


def test_a_task_is_done_before_those_start_that_need_it(
    start: Start, serve: Serve, get: Get, tmp_path: Path
) -> None:
    file = tmp_path / "loaded"
    load = Task("load", [sys.executable, "-c", f"open({str(file)!r}, 'x').close()"])
    look = f"import os; assert os.path.exists({str(file)!r})"
    start(load, Task("look", [sys.executable, "-c", look], after=["load"]))


def test_a_port_can_come_as_a_number_a_socket_a_path_or_be_reported(
    start: Start, serve: Serve, get: Get
) -> None:
    graph = start(
        serve("number", args=["--port", "{port}"]),
        serve("socket"),
        serve("path", args=["--path", "{address}"], ports={"main": "unix"}),
        serve("inherited", ports={"main": "unix"}),
        serve("report", args=["--report"], ready={"log": r"listening on .*:(?P<port>\d+)"}),
    )
    for name in ("number", "socket", "report"):
        assert get(graph[name].url) == "ok"
        assert graph[name].url == f"http://127.0.0.1:{graph[name].port}"
    for name in ("path", "inherited"):
        assert Path(graph[name].address).is_socket()
        assert graph[name].url == f"unix://{graph[name].address}"


@pytest.mark.parametrize("args", [["--fd", "{fd}"], ["--port", "{port}"]])
def test_a_service_is_at_the_same_address_after_a_restart(
    start: Start, serve: Serve, get: Get, args: list[str]
) -> None:
    orders = start(serve("orders", args=args))["orders"]
    url, pid = orders.url, orders.pid
    orders.restart()
    assert orders.url == url
    assert orders.pid != pid
    assert get(url) == "ok"


@pytest.mark.parametrize("args", [["--fd", "{fd}"], ["--path", "{address}"]])
def test_a_unix_socket_is_listened_to_again_after_a_kill(
    start: Start, serve: Serve, args: list[str]
) -> None:
    orders = start(serve("orders", args=args, ports={"main": "unix"}))["orders"]
    orders.kill()
    orders.start()
    assert orders.runs


def test_a_service_that_is_down_refuses_and_nobody_else_gets_its_port(
    start: Start, serve: Serve, get: Get
) -> None:
    orders = start(serve("orders"))["orders"]
    orders.kill()
    assert not orders.runs
    assert "connection refused" in get(orders.url)
    with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
        stranger.bind(("127.0.0.1", orders.port))
    orders.start()
    assert get(orders.url) == "ok"


def test_a_paused_service_is_held_with_its_children_until_it_goes_on(
    start: Start, serve: Serve, get: Get, eventually: Eventually
) -> None:
    orders = start(serve("orders", "--children", "1"))["orders"]
    child = int(orders.wait_for_log(r"child (\d+)")[1])

    def state(pid: int) -> str:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]

    orders.pause()
    assert state(orders.pid) == "T"
    eventually(lambda: state(child) == "T")
    orders.resume()
    assert get(orders.url) == "ok"


def test_a_paused_service_can_be_stopped(start: Start, serve: Serve) -> None:
    orders = start(serve("orders"))["orders"]
    orders.pause()
    (ended,) = orders.stop()
    assert (ended.exit_code, ended.forced, ended.expected) == (0, False, True)


def test_a_worker_without_a_port_runs(start: Start) -> None:
    code = "print('working', flush=True); import signal; signal.pause()"
    worker = start(Service("worker", [sys.executable, "-c", code], ports={}))["worker"]
    assert worker.wait_for_log("working")[0] == "working"


def test_a_command_says_when_a_service_is_ready(start: Start, serve: Serve) -> None:
    look = "import socket,sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 1)"
    command = [sys.executable, "-c", look, "{host}", "{port}"]
    assert start(serve("orders", "--slow", "0.2", ready={"command": command}))["orders"].runs


def test_files_secrets_and_exports_reach_those_who_are_told(
    start: Start, serve: Serve, get: Get, tmp_path: Path
) -> None:
    template = tmp_path / "app.toml.tmpl"
    template.write_text('{"port": {port}, "key": "{secret:KEY}", "keep": "{x}"}')
    payments = serve(
        "payments",
        env={"FILE": "{file:app.toml}"},
        files={"app.toml": template},
        secrets=["KEY"],
        exports={"token": "token-of-{port}"},
    )
    told = {"KEY": "{secret:payments.KEY}", "TOKEN": "{export:payments.token} {url:payments}"}
    graph = start(payments, serve("orders", deps=["payments"], env=told))
    port, url = graph["payments"].port, graph["orders"].url
    rendered = json.loads(Path(get(graph["payments"].url + "/env/FILE")).read_text())
    assert rendered == {"port": port, "key": get(f"{url}/env/KEY"), "keep": "{x}"}
    assert get(f"{url}/env/TOKEN").startswith(f"token-of-{port} ")
    assert graph["payments"].exports == {"token": f"token-of-{port}"}


def test_no_name_makes_two_services_share_a_folder_or_a_log(
    start: Start, serve: Serve, get: Get
) -> None:
    """Not one that looks like another's instance or port, nor like a folder of the graph's own."""
    told: dict[str, object] = {"env": {"F": "{folder}"}}
    graph = start(
        serve("shop", instances=2, **told),
        *(serve(name, **told) for name in ("shop-1", "s", "home", "tmp", "logs")),
        serve("a", args=["{address}"], ports={"b-c": "unix"}, ready={"command": "true"}),
        serve("a-b", args=["{address}"], ports={"c": "unix"}, ready={"command": "true"}),
    )
    assert graph["a"].address != graph["a-b"].address
    instances = [each for name, one in graph.items() if name[0] != "a" for each in one.instances]
    folders = [Path(get(f"{each.url}/env/F")) for each in instances]
    assert len(set(folders)) == len({each.log for each in instances}) == len(instances)
    assert [list(folder.iterdir()) for folder in folders] == [[]] * len(folders)


def test_a_service_sees_nothing_of_the_environment_around(
    start: Start, serve: Serve, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    graph = start(serve("orders", env={"MINE": "1"}, label="//services/orders:orders"))
    seen = json.loads(get(graph["orders"].url + "/environ"))
    assert "AWS_SECRET_ACCESS_KEY" not in seen
    assert seen["MINE"] == "1"
    assert seen["BELLJAR_SERVICE"] == "//services/orders:orders"
    assert list(Path(seen["HOME"]).iterdir()) == []
    assert seen["HOME"] != seen["TMPDIR"]


def test_only_this_interpreter_finds_its_modules_where_the_test_does(start: Start) -> None:
    """A program with libraries of its own would else find the test's before them."""
    look = "import os, sys; sys.exit('PYTHONPATH' not in os.environ)"
    start(
        Task("ours", [sys.executable, "-c", look]),
        Task("its_own", ["sh", "-c", 'test -z "$PYTHONPATH"']),
    )


def test_a_name_that_is_no_service_is_told_with_the_choices(start: Start, serve: Serve) -> None:
    graph = start(serve("orders"), Task("load", ["true"]))
    with pytest.raises(UnknownNode, match="'ordres' is no service of this graph") as caught:
        graph["ordres"]
    assert "choose one of orders" in str(caught.value)
    with pytest.raises(UnknownNode, match="'load' is a task, not a service"):
        graph["load"]
    with pytest.raises(UnknownNode, match="orders has no port 'admin'\n  fix: choose one of main"):
        graph["orders"].ports["admin"]
    with pytest.raises(UnknownNode, match="orders has no export 'key'\n  fix: add it to"):
        graph["orders"].exports["key"]
    assert "ordres" not in graph
