"""What `NAME.hygiene_test` says of services with good and with bad habits."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.services import hygiene
from tests.services.declared_graphs import declare, node

pytest_plugins = ["pytester"]

Judge = Callable[..., pytest.RunResult]

JUDGE = Path(hygiene.__file__).with_name("hygiene_test.py")
# Serves nothing but connections; what it does besides, its argument says.
HABITS = """#!{python}
import mmap, os, secrets, signal, socket, sys, tempfile
from pathlib import Path

habit, number = sys.argv[1], int(sys.argv[2])
def leave(*_):
    os._exit(5 if habit == "code" else 0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if habit == "stubborn" else leave)
if habit == "temporary":
    tempfile.mkstemp(prefix="upload-")
if habit == "cache":
    Path(tempfile.gettempdir(), "cache").write_text("the same each time")
if habit == "memory":
    path = Path("/dev/shm", f"belljar-habit-{{secrets.token_hex(4)}}")
    path.write_bytes(b"x" * 4096)
    with path.open("r+b") as file:
        kept = mmap.mmap(file.fileno(), 4096)
if habit == "once":
    lock = Path(os.environ["HOME"], "lock")
    if lock.exists():
        sys.exit("locked by a former start")
    lock.touch()
if habit == "daemon" and os.fork() == 0:
    os.setsid()
    os.environ.clear()
    while True:
        signal.pause()
print("listening soon" + "".join(f", key {{key}}" for key in sys.argv[3:]), flush=True)
listening = socket.socket()
listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listening.bind(("127.0.0.1", number))
listening.listen()
while True:
    listening.accept()[0].close()
"""

linux_only = pytest.mark.skipif(
    sys.platform != "linux", reason="elsewhere the system does not tell what is left"
)


@pytest.fixture(name="judge")
def _judge(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Judge:
    """Run the hygiene test of a service."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("BELLJAR_SERVICES", "graph.json")
    for name in ("TEST_SRCDIR", "TEST_UNDECLARED_OUTPUTS_DIR", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    script = pytester.path / "habits"
    script.write_text(HABITS.format(python=sys.executable), encoding="utf-8")
    script.chmod(0o755)

    def run(habit: str, **more: object) -> pytest.RunResult:
        told = {"args": [habit, "{port}"], "binary": "habits", **more}
        declare(pytester.path, node("shop", **told))
        (pytester.path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        return pytester.runpytest_subprocess(
            str(JUDGE),
            "--import-mode=importlib",
            f"--rootdir={pytester.path}",
            f"-c{pytester.path / 'pytest.ini'}",
            *("-p", "belljar.services.plugin", "-p", "no:cacheprovider"),
            timeout=100,
        )

    return run


@pytest.mark.parametrize("habit", ["good", "cache"])
def test_good_habits_pass(judge: Judge, habit: str) -> None:
    judge(habit).assert_outcomes(passed=4)


def test_several_instances_pass(judge: Judge) -> None:
    judge("good", instances=2).assert_outcomes(passed=4)


def test_one_that_is_not_ready_in_time_is_told(judge: Judge) -> None:
    result = judge("good", ready={"log": "never"}, ready_timeout=0.5)
    result.assert_outcomes(errors=4)
    result.stdout.fnmatch_lines(["*//shop:shop was not ready within 0.5 s*", "*listening soon*"])
    assert "Traceback" not in result.stdout.str()


def test_one_that_ignores_its_signal_is_told(judge: Judge) -> None:
    result = judge("stubborn", stop_grace=0.5)
    result.stdout.fnmatch_lines(
        [
            "*SIGTERM to //shop:shop: it still ran 0.5 s later, and had to be killed*",
            "*fix: let it end on SIGTERM, or give it a longer stop_grace*",
            "*| listening soon*",
        ]
    )


def test_another_exit_code_is_told(judge: Judge) -> None:
    told = ["code", "{port}", "{secret:KEY}"]
    result = judge("code", args=told, secrets=["KEY"])
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*| listening soon, key [[]secret KEY]*"])
    result.stdout.fnmatch_lines(
        [
            "*SIGTERM to //shop:shop: it ended with exit code 5, and exit_codes has 0*",
            "*fix: handle SIGTERM and exit with 0, or add the code to exit_codes*",
        ]
    )


def test_a_declared_exit_code_passes(judge: Judge) -> None:
    judge("code", exit_codes=[0, 5]).assert_outcomes(passed=4)


def test_one_that_starts_only_once_is_told(judge: Judge) -> None:
    result = judge("once")
    result.stdout.fnmatch_lines(["*a second start has failed: //shop:shop ended before*"])
    assert "locked by a former start" in result.stdout.str()


@linux_only
def test_a_process_that_stays_is_told(judge: Judge) -> None:
    """Even one that has left its session and forgotten its environment."""
    result = judge("daemon")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        ["*//shop:shop has ended, and left this behind:*", "*- process *habits daemon *(pid *"]
    )


@linux_only
def test_a_temporary_file_more_with_each_start_is_told(judge: Judge) -> None:
    result = judge("temporary")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*- temporary file $TMPDIR/upload-*", "*fix: end and remove it*"])


@linux_only
def test_shared_memory_that_stays_is_told(judge: Judge) -> None:
    try:
        result = judge("memory")
    finally:
        for left in Path("/dev/shm").glob("belljar-habit-*"):
            left.unlink()
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["*- shared memory /dev/shm/belljar-habit-*"])


@linux_only
def test_nothing_is_held_up_when_the_test_is_killed_meanwhile() -> None:
    """Whoever is held goes on, though nobody is left to let it."""
    code = """
import os, signal, sys
from belljar.services.hygiene import _held
with _held([int(sys.argv[1])]):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as held:
        assert held.stdin is not None
        assert held.stdout is not None
        subprocess.run([sys.executable, "-c", code, str(held.pid)], check=False, timeout=60)
        held.stdin.write(b"on\n")
        held.stdin.close()
        assert held.stdout.read() == b"on\n"
