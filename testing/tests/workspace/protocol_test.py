"""Bazel's test protocol, as a team sees it: filters, shards, results, interruption, attempts, seeds."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter

import pytest

from tests.workspace.second_workspace import Team

BUILD = """
load("@belljar//bazel:defs.bzl", "py_unit_test")

py_unit_test(name = "many_test", srcs = ["many_test.py"], shard_count = 3)
py_unit_test(name = "few_test", srcs = ["few_test.py"], shard_count = 4)
py_unit_test(name = "report_test", srcs = ["report_test.py"], env = {"GIVEN": "here"}, args = ["--durations=1"])
py_unit_test(name = "slow_test", srcs = ["slow_test.py"])
py_unit_test(name = "zone_test", srcs = ["zone_test.py"], env = {"TZ": "Europe/Berlin"})
py_unit_test(name = "exit_test", srcs = ["exit_test.py"])
py_unit_test(name = "crash_test", srcs = ["crash_test.py"])
py_unit_test(name = "flaky_test", srcs = ["flaky_test.py"], flaky = True)
py_unit_test(name = "fast_test", srcs = ["fast_test.py"])
"""

FILES = {
    "pkg/BUILD.bazel": BUILD,
    "pkg/many_test.py": """
import pytest

@pytest.mark.parametrize("number", range(20))
def test_number(number): pass

class TestGroup:
    def test_inside(self): pass
""",
    "pkg/few_test.py": "def test_one(): pass\ndef test_two(): pass\n",
    "pkg/report_test.py": """
import os, sys, warnings
from pathlib import Path
import pytest

def test_passes(record_property):
    record_property("ticket", "B-1")
    print("out of the passing test")
    assert os.environ["GIVEN"] == "here"
    Path(os.environ["TEST_UNDECLARED_OUTPUTS_DIR"], "plot.txt").write_text("points")
    warnings.warn("look out")

def test_fails():
    print("err of the failing test", file=sys.stderr)
    assert [1, 2] == [1, 3]

@pytest.mark.skip(reason="not on Sundays")
def test_skipped(): pass
""",
    "pkg/slow_test.py": """
import threading, time

def test_quick(): pass

def test_stuck():
    threading.Thread(target=threading.Event().wait, name="bystander", daemon=True).start()
    stuck_here()

def stuck_here():
    threading.Event().wait()
""",
    "pkg/zone_test.py": """
import os, shutil, time

def test_the_targets_own_zone_holds(): assert time.tzname[0] == "CET"

def test_the_rest_is_the_same_everywhere():
    assert os.environ["LC_ALL"] == "C.UTF-8"
    shutil.rmtree(os.environ["TMPDIR"])
""",
    "pkg/exit_test.py": "import os\ndef test_leaves(): os._exit(0)\n",
    "pkg/crash_test.py": "import os, signal\ndef test_crashes(): os.kill(os.getpid(), signal.SIGSEGV)\n",
    "pkg/flaky_test.py": """
import os
def test_attempts(request):
    from belljar.runner.protocol import Protocol
    assert Protocol.read().attempt() == 3
""",
    "pkg/fast_test.py": "def test_a(): assert False\ndef test_b(): assert False\n",
}


@pytest.fixture(scope="module", autouse=True)
def _files(team: Team) -> None:
    team.write(FILES)


def cases(team: Team, label: str, part: str = "test.xml") -> list[ET.Element]:
    return list(ET.parse(team.result(label, part)).getroot().iter("testcase"))


def found(element: ET.Element | None) -> ET.Element:
    assert element is not None
    return element


def test_every_test_runs_in_exactly_one_shard_and_an_empty_shard_passes(team: Team) -> None:
    """Shards partition the target's tests, also when there are more shards than tests."""
    result = team.run("test", "//pkg:many_test", "//pkg:few_test")
    assert result.code == 0, result.text
    for label, shards, expected in (("//pkg:many_test", 3, 21), ("//pkg:few_test", 4, 2)):
        names = Counter(
            case.get("name")
            for number in range(1, shards + 1)
            for case in cases(team, label, f"shard_{number}_of_{shards}/test.xml")
        )
        assert len(names) == expected
        assert set(names.values()) == {1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("test_two", {"test_two"}),
        ("few_test.py::test_one", {"test_one"}),
        ("one or two", {"test_one", "test_two"}),
        ("no_such_test", set()),
    ],
)
def test_a_filter_selects_by_name_node_id_and_expression(
    team: Team, text: str, expected: set[str]
) -> None:
    """A target in which nothing matches passes: the filter was meant for another one."""
    result = team.run("test", "//pkg:few_test", f"--test_filter={text}")
    assert result.code == 0, result.text
    names = {
        case.get("name")
        for n in range(1, 5)
        for case in cases(team, "//pkg:few_test", f"shard_{n}_of_4/test.xml")
    }
    assert names == expected


def test_a_filter_that_is_no_expression_fails_with_the_valid_forms(team: Team) -> None:
    """A typing mistake is not taken for "nothing matches"."""
    result = team.run("test", "//pkg:fast_test", "--test_filter=a and and", "--test_output=errors")
    assert result.code == 3
    assert re.search(r"--test_filter='a and and' is no test's name.*node id", result.text), (
        result.text
    )
    assert "Traceback" not in result.text


def test_results_hold_output_skips_properties_times_and_the_seal(team: Team) -> None:
    """The JUnit file has all that a report needs; undeclared outputs are kept."""
    team.run("test", "//pkg:report_test")
    by_name = {case.get("name"): case for case in cases(team, "//pkg:report_test")}
    assert set(by_name) == {"test_passes", "test_fails", "test_skipped"}
    passed = by_name["test_passes"]
    assert "out of the passing test" in (passed.findtext("system-out") or "")
    assert found(passed.find("properties/property[@name='ticket']")).get("value") == "B-1"
    assert float(passed.get("time", "-1")) >= 0
    failed = by_name["test_fails"]
    assert "assert [1, 2] == [1, 3]" in (found(failed.find("failure")).text or "")
    assert "err of the failing test" in (failed.findtext("system-err") or "")
    assert found(by_name["test_skipped"].find("skipped")).get("message") == "not on Sundays"
    suite = found(
        ET.parse(team.result("//pkg:report_test", "test.xml")).getroot().find("testsuite")
    )
    assert suite.get("name") == "//pkg:report_test"
    properties = {p.get("name"): p.get("value") for p in suite.findall("properties/property")}
    assert properties["belljar.seal"] == "sealed"
    assert properties["belljar.layer"] == "unit"
    outputs = team.result("//pkg:report_test", "test.outputs")
    if (outputs / "outputs.zip").exists():
        assert zipfile.ZipFile(outputs / "outputs.zip").read("plot.txt") == b"points"
    else:
        assert (outputs / "plot.txt").read_text() == "points"
    assert "look out" in team.result("//pkg:report_test", "test.warnings").read_text()
    assert "slowest" in team.log("//pkg:report_test")


def test_a_timeout_leaves_every_threads_stack_and_the_results_so_far(team: Team) -> None:
    """What finished is in the JUnit file; what was running is an error there."""
    result = team.run("test", "//pkg:slow_test", "--test_timeout=4")
    assert result.code == 3
    assert "TIMEOUT" in result.text
    log = team.log("//pkg:slow_test")
    assert "in stuck_here" in log
    assert log.count("most recent call first") >= 2
    by_name = {case.get("name"): case for case in cases(team, "//pkg:slow_test")}
    assert set(by_name) == {"test_quick", "test_stuck"}
    assert by_name["test_quick"].find("failure") is None
    assert "SIGTERM" in ET.tostring(by_name["test_stuck"], encoding="unicode")


def test_a_test_that_leaves_with_exit_code_0_does_not_pass(team: Team) -> None:
    """os._exit(0) in the middle is a failure, and names the test."""
    result = team.run("test", "//pkg:exit_test")
    assert result.code == 3, result.text
    assert (
        "ended with exit code 0 before pytest had finished, in pkg/exit_test.py::test_leaves"
        in team.log("//pkg:exit_test")
    )


def test_a_targets_own_environment_holds_and_the_runner_survives_a_removed_tmpdir(
    team: Team,
) -> None:
    """`env` wins over what the runner sets on every machine."""
    result = team.run("test", "//pkg:zone_test")
    assert result.code == 0, result.text + team.log("//pkg:zone_test")


def test_a_crash_of_the_interpreter_is_reported_with_its_test(team: Team) -> None:
    """The log has the signal and the stack, the JUnit file an error."""
    result = team.run("test", "//pkg:crash_test")
    assert result.code == 3, result.text
    log = team.log("//pkg:crash_test")
    assert "killed by SIGSEGV" in log
    assert "in test_crashes" in log
    assert "crash_test.py::test_crashes" in cases(team, "//pkg:crash_test")[0].get("name", "")


def test_a_test_can_tell_which_attempt_it_is(team: Team) -> None:
    """Attempts of a flaky target are counted from 1."""
    result = team.run("test", "//pkg:flaky_test")
    assert result.code == 0, result.text + team.log("//pkg:flaky_test")
    assert "belljar: attempt 3" in team.log("//pkg:flaky_test")


def test_fail_fast_stops_at_the_first_failure(team: Team) -> None:
    """--test_runner_fail_fast reaches pytest."""
    team.run("test", "//pkg:fast_test")
    assert len(cases(team, "//pkg:fast_test")) == 2
    team.run("test", "//pkg:fast_test", "--test_runner_fail_fast")
    assert len(cases(team, "//pkg:fast_test")) == 1


def test_arguments_reach_pytest_and_runs_are_numbered_and_seeded(team: Team) -> None:
    """--test_arg is pytest's own option; each run of --runs_per_test has its own hash seed."""
    result = team.run(
        "test", "//pkg:many_test", "--runs_per_test=2", "--test_arg=-k", "--test_arg=inside"
    )
    assert result.code == 0, result.text
    logs = sorted(team.result("//pkg:many_test", ".").glob("*_run_*/test.log"))
    assert len(logs) == 6
    assert sum("run 2" in log.read_text() for log in logs) == 3
    seeds = {
        found(
            found(ET.parse(log.with_name("test.xml")).getroot()).find(
                ".//property[@name='belljar.seed']"
            )
        ).get("value")
        for log in logs
    }
    assert seeds == {"1", "2"}
