"""A child ends with its parent, whatever ends that, and so does all that the child started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.processes import LineReady, start_process

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a job object does it there")

Alive = Callable[[int], bool]
Eventually = Callable[[Callable[[], object]], None]
StartParent = Callable[[str], tuple[subprocess.Popen[str], list[int]]]
Shoot = Callable[[int], None]

# A child that has a child in its own group and one in another session.
FAMILY = """
child = start_process(
    ["sh", "-c", "sleep 61 & echo child $$ $!; setsid sleep 62 & echo far $!; wait"],
    ready=LineReady(r"far (\\d+)"),
)
print("ready", *(word for word in child.log_text().split() if word.isdigit()))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_child_and_grandchildren_die_when_the_parent_is_shot(
    start_parent: StartParent, alive: Alive, eventually: Eventually, how: signal.Signals
) -> None:
    """Also the one that went into a session of its own."""
    parent, family = start_parent(FAMILY + "time.sleep(60)")
    assert len(family) == 3
    assert all(map(alive, family))
    parent.send_signal(how)
    assert parent.wait(10) == -how
    eventually(lambda: not any(map(alive, family)))


def test_they_die_when_the_parent_just_ends(
    start_parent: StartParent, alive: Alive, eventually: Eventually
) -> None:
    parent, family = start_parent(FAMILY)
    assert parent.wait(10) == 0
    eventually(lambda: not any(map(alive, family)))


def test_they_die_although_a_fork_of_the_parent_lives_on(
    start_parent: StartParent, alive: Alive, eventually: Eventually, shoot: Shoot
) -> None:
    """The fork holds the same pipes; the end of the process itself is what counts."""
    fork = "fork = os.fork()\nif fork == 0:\n time.sleep(60)\n"
    parent, (fork_pid, *family) = start_parent(
        FAMILY.replace('"ready"', '"ready", fork').replace("print", fork + "print")
        + "time.sleep(60)"
    )
    shoot(parent.pid)
    try:
        eventually(lambda: not any(map(alive, family)))
        assert alive(fork_pid)
    finally:
        shoot(fork_pid)


def test_a_child_outlives_the_thread_that_started_it(
    start_parent: StartParent, alive: Alive
) -> None:
    """PR_SET_PDEATHSIG in the child alone would fire when that thread ends."""
    _, (child,) = start_parent(
        "started = []\n"
        "def start(): started.append(start_process(['sleep', '60']))\n"
        "thread = threading.Thread(target=start); thread.start(); thread.join()\n"
        # The kernel ends a thread after join() returns; a second child shows that time has passed.
        "start_process(['true']).wait()\n"
        "print('ready', started[0].pid)\n"
        "time.sleep(60)"
    )
    assert alive(child)


def test_an_orphan_gets_its_signal_before_it_is_killed(
    start_parent: StartParent, shoot: Shoot, eventually: Eventually, tmp_path: Path
) -> None:
    script = f"trap 'echo clean >{tmp_path}/end; exit' INT; echo up; while true; do sleep .02; done"
    parent, _ = start_parent(
        f"start_process(['sh', '-c', {script!r}], ready=LineReady('up'), stop_signal=2)\n"
        "print('ready'); time.sleep(60)"
    )
    shoot(parent.pid)
    eventually((tmp_path / "end").exists)


def test_a_stubborn_orphan_is_killed_after_the_grace(
    start_parent: StartParent, shoot: Shoot, alive: Alive, eventually: Eventually
) -> None:
    script = "trap '' TERM; echo up; while true; do sleep 0.02; done"
    parent, (child,) = start_parent(
        f"child = start_process(['sh', '-c', {script!r}], ready=LineReady('up'), stop_grace=0.2)\n"
        "print('ready', child.pid); time.sleep(60)"
    )
    shoot(parent.pid)
    eventually(lambda: not alive(child))


def test_a_stubborn_orphan_may_have_less_time_than_one_that_is_stopped(
    start_parent: StartParent, shoot: Shoot, alive: Alive, eventually: Eventually
) -> None:
    script = "trap '' TERM; echo up; while true; do sleep 0.02; done"
    parent, (child,) = start_parent(
        f"child = start_process(['sh', '-c', {script!r}], ready=LineReady('up'), stop_grace=60, "
        "orphan_grace=0.2)\nprint('ready', child.pid); time.sleep(60)"
    )
    shoot(parent.pid)
    eventually(lambda: not alive(child))


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_a_child_dies_with_its_keeper(alive: Alive, shoot: Shoot, eventually: Eventually) -> None:
    """Whoever kills the process in between leaves no orphan either, and no hanging test."""
    with start_process(["sleep", "60"]) as process:
        keeper = int(Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[1])
        shoot(keeper)
        eventually(lambda: not alive(process.pid))
        assert process.wait(10.0) == -signal.SIGKILL


def test_folders_of_an_orphan_are_removed(
    start_parent: StartParent, shoot: Shoot, eventually: Eventually, tmp_path: Path
) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        (folder / "inside").mkdir(parents=True)
    parent, _ = start_parent(
        f"start_process(['sleep', '60'], remove_if_orphaned=[{', '.join(map(_path, folders))}])\n"
        "print('ready'); time.sleep(60)"
    )
    shoot(parent.pid)
    eventually(lambda: not any(folder.exists() for folder in folders))


def test_folders_go_although_the_parent_was_gone_before_its_child_was_started(
    start_parent: StartParent, shoot: Shoot, eventually: Eventually, tmp_path: Path
) -> None:
    """The keeper, started by a process that is dead by now, has nobody to ask."""
    folder = tmp_path / "one"
    folder.mkdir()
    parent, _ = start_parent(
        "import subprocess\n"
        "from belljar.processes import _posix\n"
        "def slow(*args, **more):\n"
        "    command = [*args[0]]\n"
        "    gate = f'while kill -0 {os.getpid()} 2>/dev/null; do sleep 0.01; done; exec \"$@\"'\n"
        "    keeper = popen(['sh', '-c', gate, 'sh', *command], **more)\n"
        "    print('ready', flush=True)\n"
        "    return keeper\n"
        "popen, subprocess.Popen = subprocess.Popen, slow\n"
        f"start_process(['sleep', '60'], remove_if_orphaned=[{_path(folder)}])"
    )
    shoot(parent.pid)
    parent.wait(10)
    eventually(lambda: not folder.exists())


def test_folders_stay_when_somebody_is_left_to_look_after_them(tmp_path: Path) -> None:
    with start_process(["sleep", "60"], remove_if_orphaned=[tmp_path]):
        pass
    assert tmp_path.is_dir()


def test_an_orphaned_family_is_ended_from_the_top_down(tmp_path: Path) -> None:
    """A child that has children of this kind leaves them the time for their own graceful end."""
    script = (
        f"trap 'echo clean >{tmp_path}/end; exit' TERM; echo up; while true; do sleep .02; done"
    )
    code = (
        "import os, time; from belljar.processes import LineReady, start_process\n"
        f"start_process(['sh', '-c', {script!r}], ready=LineReady('up'))\n"
        "print('ready'); time.sleep(60)"
    )
    with start_process(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        ready=LineReady("ready"),
    ) as outer:
        outer.kill()
    assert (tmp_path / "end").exists()


def test_what_a_process_left_behind_goes_when_it_ends_by_itself(
    alive: Alive, eventually: Eventually
) -> None:
    script = "sleep 61 & echo near $!; setsid sleep 62 & echo far $!; exit 4"
    with start_process(["sh", "-c", script], ready=LineReady("far")) as process:
        left = [int(word) for word in process.log_text().split() if word.isdigit()]
        assert process.wait(10.0) == 4
        assert len(left) == 2
        assert not any(map(alive, left))


def _path(path: Path) -> str:
    return f"Path({str(path)!r})"
