"""The plugin from outside: the fixture, what a failed test leaves behind, and its replay."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

# Fails when two planned failures of ten come in a row; which they are is left to chance.
UNLUCKY = """
import random
import urllib.request
import httpx

def get():
    transport = httpx.MockTransport(lambda request: httpx.Response(200))
    with httpx.Client(transport=transport) as client:
        return client.get("http://example.com/x").status_code

def test_unlucky(faults):
    faults.on("client").fail(status=503, probability=0.5)
    seen = [get() for _ in range(10)]
    faults.on("client").fail(status=504, calls=2)
    seen += [get() for _ in range(3)]
    print("SEEN", seen)
    assert 503 not in seen

def test_other(faults):
    assert get() == 200
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder for a suite of its own."""
    for name in ("BELLJAR_LAYER", "TEST_UNDECLARED_OUTPUTS_DIR", "TEST_TARGET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("TEST_TOTAL_SHARDS", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # seconds, of a dozen wheels
    pytester.makeini("[pytest]\n")
    return pytester


def run(suite: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return suite.runpytest_subprocess("-p", "belljar.plugin", "-rA", *arguments)


def seen(result: pytest.RunResult) -> str:
    return next(line for line in result.outlines if line.startswith("SEEN"))


def codes(result: pytest.RunResult) -> list[int]:
    return list(json.loads(seen(result).removeprefix("SEEN ")))


def replay(result: pytest.RunResult) -> list[str]:
    line = next(line for line in result.outlines if "replay: " in line)
    return shlex.split(line.partition("replay: ")[2])


def test_a_failed_test_saves_its_plan_and_the_command_replays_it(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_it=UNLUCKY)
    result = run(suite)
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["*fault plan*", "*client: GET /x: status (faults[[]0], call *"])
    command = replay(result)
    assert command[:2] == ["pytest", "test_it.py::test_unlucky"]
    saved = json.loads(Path(command[2].removeprefix("--faults=")).read_text(encoding="utf-8"))
    assert saved["test"] == "test_it.py::test_unlucky"
    assert saved["by_test"] == 2
    assert saved["faults"][1]["when"] == {"calls": [2]}
    again = run(suite, *command[1:])
    again.assert_outcomes(failed=1)
    assert seen(again) == seen(result)


def test_a_replay_is_of_the_calls_that_are_named(suite: pytest.Pytester) -> None:
    """Nothing is drawn again: another seed makes no difference."""
    suite.makepyfile(test_it=UNLUCKY)
    result = run(suite)
    command = replay(result)
    saved = json.loads(Path(command[2].removeprefix("--faults=")).read_text(encoding="utf-8"))
    saved["seed"] += 1
    again = run(suite, command[1], f"--faults={json.dumps(saved)}")
    assert seen(again) == seen(result)
    saved["faults"][0]["when"]["calls"] = [9]
    other = run(suite, command[1], f"--faults={json.dumps(saved)}")
    assert [number for number, code in enumerate(codes(other), 1) if code == 503] == [9]


def test_the_plan_goes_to_the_undeclared_outputs_and_the_command_to_bazel(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    outputs = suite.mkdir("outputs")
    monkeypatch.setenv("TEST_UNDECLARED_OUTPUTS_DIR", str(outputs))
    monkeypatch.setenv("TEST_TARGET", "@@//orders:pay_test")
    suite.makepyfile(test_it=UNLUCKY)
    result = run(suite)
    names = sorted(path.name.rpartition("-")[0] for path in (outputs / "faults").iterdir())
    assert names == ["test_it.py-test_unlucky"] * 2
    result.stdout.fnmatch_lines(["saved: faults/test_it.py-* in the test's undeclared outputs"])
    command = replay(result)
    assert command[:4] == [
        "./bazelw",
        "test",
        "//orders:pay_test",
        "--test_filter=test_unlucky",
    ]
    # The plan itself: a sandbox has no way to the file.
    again = run(suite, command[4].removeprefix("--test_arg="), "-k", "unlucky")
    again.assert_outcomes(failed=1, deselected=1)
    assert seen(again) == seen(result)


def test_a_passing_test_saves_nothing(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="def test_one(faults):\n    faults.on('client').fail(status=503, calls=[])\n"
    )
    result = run(suite)
    result.assert_outcomes(passed=1)
    assert "replay:" not in result.stdout.str()


def test_a_plan_without_a_test_is_for_all_that_run(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="import subprocess, sys\n"
        "def run(): return subprocess.run([sys.executable, '-c', '']).returncode\n"
        "def test_one(): assert run() == 7\n"
        "def test_two(tmp_path): assert run() == 7\n"
    )
    suite.makefile(
        ".json",
        plan='{"version": 1, "faults": [{"on": "subprocess", "kind": "exit", "with": {"code": 7}}]}',
    )
    run(suite, "--faults=plan.json").assert_outcomes(passed=2)
    run(suite).assert_outcomes(failed=2)


def test_a_marker_gives_a_test_its_plan(suite: pytest.Pytester) -> None:
    suite.mkdir("sub")
    plan = {"version": 1, "faults": [{"on": "subprocess", "kind": "exit", "with": {"code": 7}}]}
    (suite.path / "sub" / "plan.json").write_text(json.dumps(plan))
    (suite.path / "sub" / "test_it.py").write_text(
        "import subprocess, sys, pytest\n"
        "def run(): return subprocess.run([sys.executable, '-c', '']).returncode\n"
        "@pytest.mark.faults('plan.json')\n"
        "def test_file(): assert run() == 7\n"
        f"@pytest.mark.faults({plan})\n"
        "def test_dict(): assert run() == 7\n"
        "@pytest.mark.faults(seed=5)\n"
        "def test_seed(faults): assert (faults.seed, run()) == (5, 0)\n"
        "def test_none(): assert run() == 0\n"
    )
    run(suite).assert_outcomes(passed=4)


def test_a_boundary_that_is_not_there_is_told_without_a_trace(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_it="def test_one(faults): faults.on('payments')\n")
    result = run(suite)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*this test has no boundary 'payments'",
            "*valid: client (client), file (file), sql (sql), subprocess (subprocess)",
            "*fix: *let the test ask for the fixture that gives 'payments'",
        ]
    )
    assert "session.py" not in result.stdout.str()


def test_a_replay_of_a_boundary_that_never_came_fails(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_it="def test_one(): pass\n")
    plan = {
        "version": 1,
        "test": "test_it.py::test_one",
        "faults": [{"on": "payments", "kind": "reset"}],
    }
    result = run(suite, f"--faults={json.dumps(plan)}")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*this test has no boundary 'payments'*"])


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ("nothing.json", "*nothing.json: the plan can't be read: No such file*"),
        ('{"version": 3}', "*the plan is of version 3*"),
        (
            '{"version": 1, "test": "test_it.py::test_gone"}',
            "*the plan is of test_it.py::test_gone, and this run does not have that test*",
        ),
    ],
)
def test_a_plan_that_cannot_be_replayed_is_a_usage_error(
    suite: pytest.Pytester, plan: str, words: str
) -> None:
    suite.makepyfile(test_it="def test_one(): pass\n")
    result = run(suite, f"--faults={plan}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (result.stderr if "ERROR" in result.stderr.str() else result.stdout).fnmatch_lines([words])


def test_a_plan_of_another_state_of_the_test_is_refused(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_it=UNLUCKY)
    command = replay(run(suite))
    suite.makepyfile(test_it=UNLUCKY.replace("status=503", "status=500"))
    result = run(suite, *command[1:])
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the saved plan has*503*", "*the test was changed since*"])


def test_code_that_hangs_fails_the_test_even_if_it_takes_the_error(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="import subprocess, sys\n"
        "def test_one(faults):\n"
        "    faults.on('subprocess').timeout()\n"
        "    try:\n"
        "        subprocess.run([sys.executable, '-c', ''])\n"
        "    except Exception:\n"
        "        pass\n"
    )
    result = run(suite)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*waits, without a timeout*", "*give it a timeout*"])


def test_other_plugins_give_boundaries(suite: pytest.Pytester) -> None:
    suite.makeconftest(
        "import pytest\n"
        "from belljar.faults import Engines, Call, FaultEngine, Plan\n"
        "from belljar.faults.plugin import register\n"
        "class Mock:\n"
        "    name, family = 'payments', 'http'\n"
        "    def __init__(self): self.engine = FaultEngine(Plan(), 'payments', 'http')\n"
        "    def apply(self, plan): self.engine.update(plan)\n"
        "    def record(self): return self.engine.record()\n"
        "    def clear(self): self.engine.update(Plan())\n"
        "@pytest.fixture\n"
        "def payments(request):\n"
        "    mock = Mock()\n"
        "    register(request, mock)\n"
        "    return lambda: [fault.kind for fault in mock.engine.decide(Call('GET', '/'))]\n"
    )
    suite.makepyfile(
        test_it="def test_with(payments, faults):\n"
        "    faults.on('payments').fail(times=1).latency(mean=0)\n"
        "    assert [payments(), payments()] == [['status', 'latency'], ['latency']]\n"
        "    assert len(faults.happened('payments')) == 3\n"
        "def test_without(payments):\n"
        "    assert payments() == []\n"
    )
    run(suite).assert_outcomes(passed=2)
    plan = '{"version": 1, "faults": [{"on": "payments", "kind": "reset"}]}'
    result = run(suite, f"--faults={plan}", "-k", "without")
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(["*assert *'reset'*"])


def test_the_seed_is_the_test_s_own_and_the_same_each_time(suite: pytest.Pytester) -> None:
    suite.makepyfile(
        test_it="def test_one(faults): print('SEEN', faults.seed)\n"
        "def test_two(faults): print('SEEN', faults.seed)\n"
    )
    first = [line for line in run(suite).outlines if line.startswith("SEEN")]
    again = [line for line in run(suite, "-p", "no:randomly").outlines if line.startswith("SEEN")]
    assert first == again
    assert len(set(first)) == 2


def test_workers_replay_as_well(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_it=UNLUCKY)
    result = run(suite, "-p", "xdist", "-n2")
    result.assert_outcomes(failed=1, passed=1)
    again = run(suite, "-p", "xdist", "-n2", *replay(result)[1:])
    again.assert_outcomes(failed=1)
    assert seen(again) == seen(result)
