"""Programs: the commands that a test expects are run in manner, by real pipes and signals; others are not."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from belljar.doubles import BadExpectation, DoubleError, Programs, Refused
from belljar.doubles.ledger import Ledger


@pytest.fixture
def expected(ledger: Ledger) -> Iterator[Programs]:
    programs = Programs(ledger)
    programs.install()
    yield programs
    programs.close()


def test_output_errors_and_code_are_as_told(expected: Programs) -> None:
    expected.expect("git rev-parse HEAD").returns(stdout="abc\n")
    expected.expect("pg_dump", "*").returns(3, stderr="no space").returns()
    assert subprocess.check_output(["git", "rev-parse", "HEAD"], text=True) == "abc\n"
    failed = subprocess.run(["/usr/bin/pg_dump", "-h", "db"], capture_output=True, check=False)
    assert (failed.returncode, failed.stderr) == (3, b"no space")
    assert subprocess.run("pg_dump -h db", shell=True, check=False).returncode == 0
    assert [run.words[0] for run in expected.runs] == ["git", "/usr/bin/pg_dump", "pg_dump"]


def test_asyncio_and_os_system_are_the_same(expected: Programs) -> None:
    expected.expect("git status").returns(1, stdout="clean").times(2)

    async def use() -> tuple[bytes, int | None]:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec("git", "status", stdout=pipe)
        output, _ = await process.communicate()
        return output, process.returncode

    assert asyncio.run(use()) == (b"clean", 1)
    assert os.system("git status") == 1


def test_output_is_streamed_before_the_end(expected: Programs) -> None:
    expected.expect("tail -f *").streams("one\n", "two\n", every=0.05, hangs=True)
    begun = time.monotonic()
    with subprocess.Popen(["tail", "-f", "log"], stdout=subprocess.PIPE, text=True) as tail:
        assert tail.stdout is not None
        assert [tail.stdout.readline(), tail.stdout.readline()] == ["one\n", "two\n"]
        assert time.monotonic() - begun >= 0.1
        assert tail.poll() is None
        tail.kill()


def test_the_input_is_kept(expected: Programs) -> None:
    expected.expect("psql").reads_input().returns(stdout="ok")
    assert subprocess.run(["psql"], input=b"select 1", capture_output=True).stdout == b"ok"
    assert expected.runs[0].input == b"select 1"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to ignore or to die by")
def test_a_program_hangs_ignores_signals_and_dies_by_them(expected: Programs) -> None:
    expected.expect("worker").streams("up\n", hangs=True)
    expected.expect("stubborn").hangs(ignoring=[signal.SIGTERM])
    expected.expect("big").dies_by(signal.SIGKILL)
    with subprocess.Popen(["worker"], stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        worker.terminate()
        assert worker.wait(10) == -signal.SIGTERM
    stubborn = subprocess.Popen(["stubborn"])
    stubborn.terminate()
    with pytest.raises(subprocess.TimeoutExpired):
        stubborn.wait(0.2)
    stubborn.kill()
    assert stubborn.wait(10) == -signal.SIGKILL
    assert subprocess.call(["big"]) == -signal.SIGKILL


def test_a_hang_that_is_waited_for_without_a_timeout_is_told(
    expected: Programs, ledger: Ledger
) -> None:
    expected.expect("worker").hangs()
    with pytest.raises(Refused, match=r"worker hangs(?s:.*)fix:   give it a timeout"):
        subprocess.run(["worker"])
    assert len(ledger.complaints) == 1


def test_a_program_is_missing_or_forbidden(expected: Programs) -> None:
    expected.expect("git").is_missing().is_forbidden()
    with pytest.raises(FileNotFoundError):
        subprocess.run(["git"])
    with pytest.raises(PermissionError):
        subprocess.run(["git"])


def test_another_command_is_refused_with_those_that_are_expected(
    expected: Programs, ledger: Ledger
) -> None:
    expected.expect("git", "status", "-v").any_number()
    expected.expect("make").any_number()
    with pytest.raises(Refused) as refused:
        subprocess.run(["git", "status", "-x"])
    text = str(refused.value)
    assert "programs: git status -x was not expected" in text
    assert "nearest: git status -v, any number of times" in text
    assert "the first 2 words are the same" in text
    assert "make, any number of times" in text
    assert "line:  programs_test.py:" in text
    assert ledger.complaints == [refused.value]


def test_an_expectation_that_is_not_met_is_told(expected: Programs, ledger: Ledger) -> None:
    expected.expect("git status").times(2)
    subprocess.run(["git", "status"])
    text = ledger.verdict()
    assert "git status was expected twice, and came 1 times" in text
    assert "came: git status (programs_test.py:" in text


def test_an_empty_command_is_refused(expected: Programs) -> None:
    with pytest.raises(BadExpectation, match="no command"):
        expected.expect()


def test_what_is_let_through_is_run(expected: Programs) -> None:
    expected.let_through(sys.executable, "*")
    assert subprocess.check_output([sys.executable, "-c", "print(1)"]).strip() == b"1"


def test_faults_of_the_point_subprocess_come_first(expected: Programs) -> None:
    from belljar.faults import Faults

    faults = Faults(seed=7)
    faults.on("subprocess", program="git").exit(code=9, times=1)
    expected.expect("git").returns(0)
    assert subprocess.call(["git"]) == 9
    assert subprocess.call(["git"]) == 0
    faults.close()


def test_what_still_runs_ends_with_the_test(ledger: Ledger) -> None:
    programs = Programs(ledger)
    programs.install()
    programs.expect("worker").hangs()
    worker = subprocess.Popen(["worker"])
    programs.close()
    assert worker.poll() is not None
    assert subprocess.Popen.__init__.__module__ == "subprocess"


def test_a_code_below_0_is_a_signal(expected: Programs) -> None:
    expected.expect("worker").returns(-9)
    assert subprocess.run(["worker"], check=False).returncode == -9


def test_output_may_be_larger_than_an_argument(expected: Programs) -> None:
    expected.expect("pg_dump").returns(stdout="x" * 1_000_000)
    assert len(subprocess.check_output(["pg_dump"])) == 1_000_000


def test_a_run_tells_its_folder_and_variables(expected: Programs, tmp_path: Path) -> None:
    expected.expect("make").times(2)
    subprocess.run(["make"], cwd=tmp_path, env={"A": "1"}, check=True)
    subprocess.run(["make"], check=True)
    first, second = expected.runs
    assert (first.words, first.cwd, first.env) == (("make",), tmp_path, {"A": "1"})
    assert (second.cwd, second.env) == (None, None)


def test_one_that_hangs_and_is_read_on_and_on_ends_and_is_told(
    expected: Programs, ledger: Ledger
) -> None:
    expected.patience = 0.2
    expected.expect("worker").hangs().times(2)
    with subprocess.Popen(["worker"], stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        worker.stdout.read()
        worker.wait(timeout=5)

    async def wait() -> None:
        await (await asyncio.create_subprocess_exec("worker")).wait()

    asyncio.run(wait())
    text = ledger.verdict()
    assert text.count("programs: worker hangs, and was read or waited for 0.2 s without") == 2
    assert "fix:   give it a timeout" in text


@pytest.mark.parametrize(
    "call",
    [
        lambda expected: expected.expect(["git", "status"]),
        lambda expected: expected.expect(None),
        lambda expected: expected.expect(" "),
        lambda expected: expected.expect("echo 'x"),
        lambda expected: expected.let_through(None),
        lambda expected: expected.expect("x").returns("1"),
        lambda expected: expected.expect("x").returns(300),
        lambda expected: expected.expect("x").returns(stdout=3),
        lambda expected: expected.expect("x").streams(["a"]),
        lambda expected: expected.expect("x").dies_by("KILL"),
        lambda expected: expected.expect("x").dies_by(999),
        lambda expected: expected.expect("x").hangs(ignoring=[None]),
        lambda expected: expected.expect("x").times(-1),
        lambda expected: expected.expect("x").returns(output="1"),
        lambda expected: expected.expect("x").retruns(1),
    ],
)
def test_what_no_program_does_is_refused(
    expected: Programs, call: Callable[[Programs], object]
) -> None:
    with pytest.raises(DoubleError, match=r"(?s)test: .*line: .*valid: .*fix: "):
        call(expected)
