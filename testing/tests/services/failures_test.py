"""Servers that misbehave: each is told with its name, what was seen and the fix; none is left."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.services import (
    AddressChanged,
    EndedEarly,
    LogNotSeen,
    NotRunning,
    NotStarted,
    Service,
    ServiceDied,
    ServiceError,
    ServiceGraph,
    ServiceNotReady,
    StartFailed,
    Task,
    TaskFailed,
)

Alive = Callable[[int], bool]
Eventually = Callable[[Callable[[], object]], None]
Serve = Callable[..., Service]
Start = Callable[..., ServiceGraph]

HERE = Path(__file__).parent


def test_a_binary_that_is_missing(start: Start) -> None:
    with pytest.raises(NotStarted, match="orders was not started: No such file"):
        start(Service("orders", ["/nowhere/server"], args=["{fd}"]))


def test_a_binary_that_can_not_run_is_told_why(start: Start, tmp_path: Path) -> None:
    script = tmp_path / "server"
    script.write_text("#!/nowhere/python\n")
    script.chmod(0o755)
    with pytest.raises(NotStarted, match=r"fix: +the interpreter that its first line names"):
        start(Service("orders", [str(script)], args=["{fd}"]))
    with pytest.raises(NotStarted, match="is a folder: name the program in it"):
        start(Service("orders", [str(tmp_path)], args=["{fd}"]))


def test_a_server_that_exits_at_once(start: Start, serve: Serve) -> None:
    with pytest.raises(EndedEarly) as caught:
        start(serve("orders", "--say", "no such table", "--die", "3", label="//a:orders"))
    text = str(caught.value)
    assert text.startswith("//a:orders ended before it was ready: exit code 3")
    assert "| no such table" in text
    assert "http://127.0.0.1:" in text
    assert "fix:" in text


def test_a_server_that_is_never_ready(start: Start, serve: Serve) -> None:
    begun = time.monotonic()
    with pytest.raises(ServiceNotReady, match=r"was not ready within 0\.3 s") as caught:
        start(serve("orders", ready={"http": "/busy"}, ready_timeout=0.3))
    assert "HTTP 503" in str(caught.value)
    assert "/busy" in str(caught.value)
    assert time.monotonic() - begun < 5.0


def test_a_server_that_answers_too_late_is_told_how_soon_it_has_to(start: Start) -> None:
    listen = (
        "import socket, sys; s = socket.socket(fileno=int(sys.argv[1])); s.listen(); s.accept()"
    )
    code = f"{listen}; import signal; signal.pause()"
    service = Service(
        "orders", [sys.executable, "-c", code, "{fd}"], ready={"http": "/"}, ready_timeout=1.5
    )
    with pytest.raises(ServiceNotReady, match="let it answer within a second"):
        start(service)


def test_a_server_that_does_not_listen(start: Start, serve: Serve) -> None:
    with pytest.raises(ServiceNotReady, match="connection refused") as caught:
        start(serve("orders", "--deaf", ready_timeout=0.3))
    assert "let it listen at the address it is told" in str(caught.value)
    if sys.platform == "linux":  # which tells what a process does
        assert "it listens nowhere, and is waiting" in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system does not tell")
def test_a_server_that_listens_elsewhere_is_told_where(start: Start, tmp_path: Path) -> None:
    """Also where one that it has started listens, and at a Unix socket."""
    listen = (
        "import os, signal, socket; "
        "a = socket.create_server(('127.0.0.1', 0)); print('at', a.getsockname()[1], flush=True); "
        "b = socket.socket(socket.AF_UNIX); b.bind('elsewhere'); b.listen(); "
        "os.fork() and a.close(); signal.pause()"
    )
    command = [sys.executable, "-c", listen, "{port}"]
    service = Service("orders", command, ready_timeout=1, cwd=tmp_path)
    with pytest.raises(ServiceNotReady) as caught:
        start(service)
    text = str(caught.value)
    port = text.partition("| at ")[2].split()[0]
    assert f"it listens at 127.0.0.1:{port}, elsewhere, and is waiting" in text


def test_a_server_that_goes_into_the_background(start: Start, serve: Serve) -> None:
    with pytest.raises(EndedEarly, match="exit code 0") as caught:
        start(serve("orders", "--fork", "--slow", "1"))
    assert "let it run in the foreground" in str(caught.value)


def test_a_server_that_wants_the_port_for_itself(start: Start, serve: Serve) -> None:
    with pytest.raises(EndedEarly, match="Address already in use") as caught:
        start(serve("orders", args=["--rude", "--port", "{port}"]))
    assert "SO_REUSEADDR" in str(caught.value)


def test_a_server_that_reports_no_number(start: Start, serve: Serve) -> None:
    with pytest.raises(StartFailed, match="reported 'soon' as its port 'main'"):
        start(
            serve("orders", args=["--report", "--say", "at soon"], ready={"log": "at (?P<port>.*)"})
        )


def test_a_reported_port_that_changes_is_told_if_others_know_the_old_one(
    start: Start, serve: Serve
) -> None:
    ready = {"log": r"listening on .*:(?P<port>\d+)"}
    payments = serve("payments", args=["--report"], ready=ready)
    graph = start(payments, serve("orders", deps=["payments"], env={"A": "{url:payments}"}))
    with pytest.raises(AddressChanged, match="orders"):
        graph["payments"].restart()


def test_a_task_that_fails(start: Start, serve: Serve) -> None:
    load = Task("load", [sys.executable, "-c", "import sys; sys.exit('no rows')"])
    with pytest.raises(TaskFailed, match="load failed: exit code 1") as caught:
        start(load, serve("orders", after=["load"]))
    assert "| no rows" in str(caught.value)


def test_a_task_that_does_not_end(start: Start) -> None:
    with pytest.raises(TaskFailed, match=r"load did not end within 0\.2 s"):
        start(Task("load", ["sleep", "60"], timeout=0.2))


def test_what_was_started_is_gone_after_a_failure(
    start: Start, serve: Serve, alive: Alive, tmp_path: Path
) -> None:
    good = serve("payments", "--say", "pid", "--children", "1")
    with pytest.raises(EndedEarly):
        start(good, serve("orders", "--die", "3", after=["payments"]))
    log = (tmp_path / "logs/payments.log").read_text()
    assert not alive(int(log.split("child ")[1].split()[0]))


def test_a_failure_does_not_wait_for_those_that_are_slow(start: Start, serve: Serve) -> None:
    begun = time.monotonic()
    with pytest.raises(EndedEarly):
        start(serve("slow", "--deaf", ready_timeout=30), serve("orders", "--die", "3"))
    assert time.monotonic() - begun < 10.0


def test_a_failure_does_not_wait_for_the_other_instances(start: Start) -> None:
    code = "import os, sys, signal; sys.argv[1] == '1' and os._exit(9); signal.pause()"
    command = [sys.executable, "-c", code, "{instance}", "{fd}"]
    begun = time.monotonic()
    with pytest.raises(EndedEarly, match=r"search \[1\] ended before it was ready: exit code 9"):
        start(Service("search", command, instances=3, ready_timeout=30))
    assert time.monotonic() - begun < 10.0


def test_instances_that_did_not_start_may_be_started_again(start: Start, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    test = f"test ! -e {bad} || exit 9; exec {sys.executable} {HERE / 'little_server.py'} --fd $0"
    graph = start(Service("search", ["sh", "-c", test, "{fd}"], instances=2))
    graph["search"].stop()
    bad.touch()
    with pytest.raises(EndedEarly):
        graph["search"].start()
    bad.unlink()
    graph["search"].start()
    assert graph["search"].runs


def test_a_line_without_end_is_shortened(start: Start) -> None:
    command = ["sh", "-c", "head -c 5000 /dev/zero | tr '\\0' x; exit 3", "{fd}"]
    with pytest.raises(EndedEarly, match=r"x{1000} \[and 4000 characters more\]"):
        start(Service("orders", command))


def test_a_death_is_told_with_the_exit_code_and_the_last_lines(
    start: Start, serve: Serve, eventually: Eventually, get: Callable[[str], str]
) -> None:
    graph = start(serve("orders", label="//services/orders:orders"))
    get(graph["orders"].url + "/exit/7")
    eventually(lambda: not graph["orders"].runs)
    (death,) = graph.deaths()
    assert isinstance(death, ServiceDied)
    assert str(death).startswith("//services/orders:orders died: exit code 7")
    assert "| leaving with 7" in str(death)
    assert graph.deaths() == []


def test_who_sees_that_a_service_is_down_has_been_told_of_its_death(
    start: Start, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or the death would be told late, and be taken for one of the next start."""
    graph = start(serve("orders"))
    begun = threading.Event()

    def slow(text: str) -> str:
        begun.set()
        threading.Event().wait(0.5)  # the work of a slow machine
        return text

    monkeypatch.setattr(graph.secrets, "redact", slow)
    os.kill(graph["orders"].pid, signal.SIGKILL)
    assert begun.wait(10.0), "the watch has noticed"
    assert not graph["orders"].runs
    assert [str(death)[:11] for death in graph.deaths()] == ["orders died"]


def test_a_death_while_others_start_is_what_is_told(start: Start, serve: Serve) -> None:
    die = "import threading,os,time; threading.Timer(0.1, lambda: os._exit(9)).start(); "
    serve_then_die = die + "import socket; s = socket.socket(fileno=int(sys.argv[1])); s.listen()"
    flaky = Service("payments", [sys.executable, "-c", "import sys, " + serve_then_die[7:], "{fd}"])
    begun = time.monotonic()
    with pytest.raises(ServiceDied, match="payments died: exit code 9"):
        start(flaky, serve("orders", "--deaf", after=["payments"], ready_timeout=30))
    assert time.monotonic() - begun < 10.0


def test_an_asked_for_end_is_no_death(start: Start, serve: Serve) -> None:
    graph = start(serve("orders"))
    for end in (graph["orders"].kill, graph["orders"].stop, graph["orders"].restart):
        graph["orders"].start()
        end()
    assert graph.deaths() == []


def test_renewing_starts_what_is_down(start: Start, serve: Serve, eventually: Eventually) -> None:
    graph = start(serve("orders"), serve("payments"))
    address, pid = graph["orders"].address, graph["payments"].pid
    os.kill(graph["orders"].pid, signal.SIGKILL)
    eventually(lambda: not graph["orders"].runs)
    graph.renew()
    assert graph["orders"].runs
    assert graph["orders"].address == address
    assert graph["payments"].pid == pid
    assert graph.deaths() == []


def test_a_flood_does_not_fill_the_memory(start: Start, serve: Serve) -> None:
    tracemalloc.start()
    try:
        graph = start(serve("orders", "--flood", "100", "--report", ready={"log": "listening on"}))
        graph["orders"].log_tail()
        assert graph["orders"].log.stat().st_size > 100 * 1024 * 1024
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 24 * 1024 * 1024


def test_a_line_that_never_comes_is_told_with_those_that_came(start: Start, serve: Serve) -> None:
    graph = start(serve("orders", "--say", "hello"))
    with pytest.raises(LogNotSeen, match=r"no line that matches 'bye' within 0\.1 s") as caught:
        graph["orders"].wait_for_log("bye", timeout=0.1)
    assert "| hello" in str(caught.value)
    graph["orders"].kill()
    with pytest.raises(LogNotSeen, match="before it ended"):
        graph["orders"].wait_for_log("bye")


def test_what_is_asked_of_a_service_that_is_down_is_told(start: Start, serve: Serve) -> None:
    orders = start(serve("orders"))["orders"]
    orders.kill()
    with pytest.raises(NotRunning, match="orders was asked for its pid, and does not run"):
        _ = orders.pid
    with pytest.raises(NotRunning, match="asked for a pause"):
        orders.pause()
    assert orders.stop() == []


def test_no_error_shows_a_secret(start: Start, serve: Serve) -> None:
    leak = "import sys; print('key', sys.argv[1]); sys.exit(1)"
    service = Service(
        "orders", [sys.executable, "-c", leak, "{secret:KEY}", "{fd}"], secrets=["KEY"]
    )
    with pytest.raises(ServiceError) as caught:
        start(service)
    assert "| key [secret KEY]" in str(caught.value)
    assert str(caught.value).count("[secret KEY]") == 2


def test_a_line_that_never_comes_is_told_without_secrets(start: Start, serve: Serve) -> None:
    service = serve("orders", "--say", "key {secret:KEY}", secrets=["KEY"])
    with pytest.raises(LogNotSeen) as caught:
        start(service)["orders"].wait_for_log("bye", timeout=0.1)
    assert "| key [secret KEY]" in str(caught.value)
