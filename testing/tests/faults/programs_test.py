"""Programs that the test starts: not found, ended with a code, hanging; the rest of them runs as ever."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time

import pytest

from belljar.faults import Faults, WouldHang

PYTHON = [sys.executable, "-c", "print('done')"]
PROGRAM = sys.executable.rpartition("/")[2]


@pytest.mark.parametrize(
    ("name", "error"),
    [("ENOENT", FileNotFoundError), ("EACCES", PermissionError), ("EAGAIN", BlockingIOError)],
)
def test_a_program_that_cannot_be_executed_raises_as_ever(
    faults: Faults, name: str, error: type[OSError]
) -> None:
    faults.on("subprocess", program=PROGRAM).not_started(errno=name, times=1)
    with pytest.raises(error) as caught:
        subprocess.run(PYTHON, timeout=10)
    assert caught.value.filename == sys.executable
    assert subprocess.check_output(PYTHON, timeout=10) == b"done\n"


def test_a_missing_program_reads_as_a_missing_one(faults: Faults) -> None:
    with pytest.raises(FileNotFoundError) as real:
        subprocess.run(["/nonsense"])
    faults.on("subprocess").not_started()
    with pytest.raises(FileNotFoundError) as planned:
        subprocess.run(["/nonsense"])
    assert str(planned.value) == str(real.value)


def test_a_program_ends_with_a_code_and_its_words(faults: Faults) -> None:
    faults.on("subprocess", arguments="*print*").exit(code=3, stdout="half", stderr="no space\n")
    done = subprocess.run(PYTHON, capture_output=True, text=True, timeout=10)
    assert (done.returncode, done.stdout, done.stderr) == (3, "half", "no space\n")
    assert done.args == PYTHON
    with pytest.raises(subprocess.CalledProcessError, match="returned non-zero exit status 3"):
        subprocess.run(PYTHON, check=True, capture_output=True, timeout=10)


def test_a_program_is_killed_by_a_signal(faults: Faults) -> None:
    faults.on("subprocess").exit(code=-9)
    assert subprocess.run(PYTHON, timeout=10).returncode == -signal.SIGKILL


def test_a_shell_s_command_is_matched_by_its_program(faults: Faults) -> None:
    faults.on("subprocess", program="pg_dump").exit(code=1)
    assert subprocess.run("pg_dump --all", shell=True, timeout=10).returncode == 1
    assert subprocess.run("exit 5", shell=True, timeout=10).returncode == 5


def test_a_program_that_hangs_is_ended_by_its_timeout(faults: Faults) -> None:
    faults.on("subprocess").timeout(times=1)
    with pytest.raises(subprocess.TimeoutExpired) as caught:
        subprocess.run(PYTHON, timeout=0.2)
    assert caught.value.cmd == PYTHON


@pytest.mark.parametrize("way", ["run", "wait", "communicate"])
def test_code_that_would_hang_is_told(faults: Faults, way: str) -> None:
    faults.on("subprocess").timeout()
    with pytest.raises(WouldHang, match=r"print.* waits, without a timeout"):
        if way == "run":
            subprocess.run(PYTHON)
        else:
            getattr(subprocess.Popen(PYTHON), way)()
    assert faults.complaints


def test_a_program_that_still_hangs_is_ended_with_the_test(faults: Faults) -> None:
    faults.on("subprocess").timeout()
    process = subprocess.Popen(PYTHON)
    faults.close()
    assert process.wait(timeout=10) == -signal.SIGKILL


def test_asyncio_s_programs_are_programs(faults: Faults) -> None:
    faults.on("subprocess").exit(code=4, stdout="x").not_started(calls=2)

    async def run() -> tuple[int | None, bytes]:
        process = await asyncio.create_subprocess_exec(*PYTHON, stdout=asyncio.subprocess.PIPE)
        out, _ = await process.communicate()
        return process.returncode, out

    assert asyncio.run(run()) == (4, b"x")
    with pytest.raises(FileNotFoundError):
        asyncio.run(run())


def test_a_slow_start_takes_its_time(faults: Faults) -> None:
    faults.on("subprocess").latency(mean=0.1)
    begin = time.monotonic()
    assert subprocess.check_output(PYTHON, timeout=10) == b"done\n"
    assert time.monotonic() - begin >= 0.1
