"""Starting, watching and stopping a child process."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.processes import (
    CommandNotStarted,
    ExitedEarly,
    LineReady,
    NoMatch,
    NotReady,
    start_process,
)

STUBBORN = "trap '' TERM; echo up; while true; do sleep 0.05; done"


def test_a_process_is_ready_when_the_with_begins_and_gone_when_it_ends(
    alive: Callable[[int], bool],
) -> None:
    with start_process(["sh", "-c", "echo up; sleep 60"], ready=LineReady("up")) as process:
        assert alive(process.pid)
        assert process.returncode is None
    assert not alive(process.pid)
    assert process.returncode == -signal.SIGTERM


def test_the_line_that_was_waited_for_gives_the_address() -> None:
    command = ["sh", "-c", "echo starting; echo listening on http://[::1]:8080; sleep 60"]
    with start_process(command, ready=LineReady(r"listening on (http://\S+)")) as process:
        assert process.match[1] == "http://[::1]:8080"


def test_a_keeper_that_cannot_run_is_not_blamed_on_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", __file__)
    with pytest.raises(CommandNotStarted, match="keeper process did not run") as caught:
        start_process(["sleep", "60"])
    assert __file__ in str(caught.value)
    assert "chmod" not in str(caught.value)


def test_a_python_child_is_heard_without_flushing(monkeypatch: pytest.MonkeyPatch) -> None:
    """PYTHONUNBUFFERED is set, or a printed line would stay in the child's buffer."""
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    code = "print('up'); import time; time.sleep(60)"
    with start_process([sys.executable, "-c", code], ready=LineReady("up")) as process:
        assert process.log_text() == "up\n"


def test_there_is_no_match_without_a_line_to_wait_for() -> None:
    with (
        start_process(["sleep", "60"], name="napper") as process,
        pytest.raises(NoMatch, match=r"napper was not started with LineReady"),
    ):
        _ = process.match


def test_output_and_errors_go_to_the_log_after_what_was_there(tmp_path: Path) -> None:
    log = tmp_path / "new" / "service.log"
    for word in ("first", "second"):
        with start_process(["sh", "-c", f"echo {word}; echo {word} >&2"], log=log) as process:
            process.wait()
            assert process.log_text() == f"{word}\n{word}\n"
    assert log.read_text() == "first\nfirst\nsecond\nsecond\n"


def test_the_log_can_be_read_after_its_file_was_deleted(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    with start_process(["sh", "-c", "seq 100"], log=log) as process:
        process.wait()
        log.unlink()
        assert process.log_tail(2) == "99\n100"
        assert process.log_tail(0) == ""


def test_an_early_end_is_told_with_code_command_and_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    with pytest.raises(ExitedEarly) as caught:
        start_process(
            ["sh", "-c", "seq 50; exit 3"], name="orders", ready=LineReady("never"), log=log
        )
    error = caught.value
    assert error.returncode == 3
    assert error.command == ("sh", "-c", "seq 50; exit 3")
    assert error.log_tail.splitlines()[0] == "31"
    text = str(error)
    for part in ("orders (pid ", "exit code 3", "'never'", "50 lines", str(log), "| 50"):
        assert part in text


def test_an_end_by_a_signal_is_told_by_its_name() -> None:
    with pytest.raises(ExitedEarly, match=r"SIGSEGV \(signal 11\)"):
        start_process(["sh", "-c", "kill -SEGV $$"], ready=LineReady("never"))


def test_what_is_not_ready_in_time_is_ended_and_told(
    alive: Callable[[int], bool], tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"
    with pytest.raises(NotReady, match=r"not ready within 0\.5 s") as caught:
        start_process(
            ["sh", "-c", f"echo $$ >{pid_file}; echo hello; sleep 60"],
            ready=LineReady("never"),
            ready_timeout=0.5,
        )
    assert "| hello" in str(caught.value)
    assert "1 line of output, none of them matches" in caught.value.last_status
    assert not alive(int(pid_file.read_text()))


@pytest.mark.filterwarnings("error")
def test_a_process_that_is_forgotten_after_its_end_leaves_no_open_file() -> None:
    gc.collect()  # what other tests have left
    before = os.listdir("/dev/fd")  # noqa: PTH208 (Path.iterdir keeps it open)
    for _ in range(3):
        start_process(["true"]).stop()
    gc.collect()
    assert len(os.listdir("/dev/fd")) == len(before)  # noqa: PTH208 (as above)


@pytest.mark.parametrize(
    ("command", "cwd", "expected"),
    [
        (["no-such-program"], None, "put its folder on PATH"),
        ([__file__], None, "chmod"),
        (["true"], Path("/no/such/folder"), "working folder /no/such/folder does not exist"),
        ([], None, "argv is empty"),
    ],
)
def test_what_cannot_be_started_says_how_to_mend_it(
    command: list[str], cwd: Path | None, expected: str
) -> None:
    with pytest.raises(CommandNotStarted, match=expected):
        start_process(command, cwd=cwd)


def test_stopping_is_graceful_first() -> None:
    """The process gets the signal and the time to say goodbye."""
    script = "trap 'echo bye; exit 7' INT; echo up; while true; do sleep 0.02; done"
    process = start_process(["sh", "-c", script], ready=LineReady("up"), stop_signal=signal.SIGINT)
    assert process.stop() == 7
    assert process.log_text() == "up\nbye\n"


def test_stopping_is_forced_when_the_grace_has_passed(alive: Callable[[int], bool]) -> None:
    process = start_process(["sh", "-c", STUBBORN], ready=LineReady("up"))
    begun = time.monotonic()
    assert process.stop(grace=0.3) == -signal.SIGKILL
    assert 0.25 < time.monotonic() - begun < 5.0
    assert not alive(process.pid)


def test_stopping_again_gives_the_same_answer() -> None:
    process = start_process(["sleep", "60"])
    assert [process.stop(), process.stop(), process.kill()] == [-signal.SIGTERM] * 3


def test_a_process_that_ended_by_itself_keeps_its_exit_code() -> None:
    with start_process(["sh", "-c", "exit 5"]) as process:
        assert process.wait(10.0) == 5
    assert process.stop() == 5


def test_waiting_has_a_limit() -> None:
    with start_process(["sleep", "60"]) as process:
        assert process.wait(0.05) is None


def test_a_process_can_be_stopped_while_another_thread_waits_for_it() -> None:
    codes: list[int | None] = []
    with start_process(["sleep", "60"]) as process:
        waiter = threading.Thread(target=lambda: codes.append(process.wait()))
        waiter.start()
        process.stop()
        waiter.join(timeout=10.0)
    assert codes == [-signal.SIGTERM]


def test_signals_reach_the_process() -> None:
    script = "trap 'echo reloaded' HUP; echo up; while true; do sleep 0.02; done"
    with start_process(["sh", "-c", script], ready=LineReady("up")) as process:
        process.send_signal(signal.SIGHUP)
        while "reloaded" not in process.log_text():
            assert process.wait(0.01) is None


def test_its_environment_is_ours_or_exactly_the_given_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INHERITED", "yes")
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    show = ["/bin/sh", "-c", "echo ${INHERITED-no} ${GIVEN-no} ${PYTHONUNBUFFERED-no}"]
    with start_process(show) as inheriting, start_process(show, env={"GIVEN": "yes"}) as given:
        inheriting.wait()
        given.wait()
        assert inheriting.log_text() == "yes no 1\n"
        assert given.log_text() == "no yes 1\n"


def test_descriptors_are_passed_and_no_others(tmp_path: Path) -> None:
    """The pipes to the keeper are not the command's business."""
    read_fd, write_fd = os.pipe()
    with start_process(
        ["sh", "-c", f"ls /proc/self/fd; echo hello >/dev/fd/{write_fd}"], pass_fds=[write_fd]
    ) as process:
        process.wait()
        os.close(write_fd)
        assert os.read(read_fd, 100) == b"hello\n"
        # One more is what `ls` has opened to look.
        assert len(process.log_text().split()) == 5
    os.close(read_fd)


def test_signals_that_python_ignores_are_as_usual_in_the_command() -> None:
    """An ignored SIGPIPE or SIGTERM would be inherited through exec."""
    code = "import signal; print([signal.getsignal(s) for s in (15, 1)])"
    with start_process([sys.executable, "-c", code]) as process:
        process.wait()
        assert process.log_text().count("SIG_DFL") == 2


@pytest.mark.skipif(sys.platform != "linux", reason="user namespaces are Linux's")
def test_root_looks_like_another_user_in_a_user_namespace(tmp_path: Path) -> None:
    with start_process(
        ["sh", "-c", f"id -u; touch {tmp_path}/mine; stat -c %u {tmp_path}/mine"],
        user_namespace=True,
    ) as process:
        assert process.wait() == 0
        assert process.log_text() == "1000\n1000\n"
    assert (tmp_path / "mine").stat().st_uid == os.getuid()


def test_repr_shows_name_pid_and_state() -> None:
    with start_process(["sleep", "60"]) as process:
        assert repr(process) == f"<Process sleep pid={process.pid} running>"
    assert repr(process) == f"<Process sleep pid={process.pid} ended (-15)>"
