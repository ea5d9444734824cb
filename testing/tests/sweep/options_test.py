"""What is said of a sweep that can't be made, and of tests that have nothing to sweep."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]
PASSES = "def test_it(): pass\n"


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--sweep-kinds=timeot", "*--sweep-kinds: 'timeot' is no kind of fault*"),
        ("--sweep-settle=soon", "*--sweep-settle is 'soon'*"),
        ("--sweep-limit=-1", "*--sweep-limit is '-1'*"),
        ("--sweep-part=3/2", "*--sweep-part is '3/2'*"),
        ("--faults={}", "*"),
    ],
)
def test_a_wrong_option_is_told_with_what_is_valid(run: Run, option: str, said: str) -> None:
    result = run(PASSES, "--sweep", option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {said}"])
    result.stderr.no_fnmatch_line("*Traceback*")


def test_a_test_without_outside_calls_is_skipped_with_the_reason(run: Run) -> None:
    result = run(PASSES, "--sweep", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*it makes no outside calls*"])


def test_a_boundary_that_nobody_has_is_named(run: Run) -> None:
    result = run(PASSES, "--sweep", "--sweep-boundaries=paiments", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*no outside calls that --sweep-boundaries*paiments*"])


def test_a_test_that_fails_without_faults_is_not_swept(run: Run) -> None:
    result = run("def test_it(): assert 1 == 2\n", "--sweep")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*test_it fails without any fault: assert 1 == 2", "*fix:   let it pass first*"]
    )


def test_an_invariant_that_never_holds_is_told_before_anything_is_swept(run: Run) -> None:
    result = run(
        """
import pytest

@pytest.fixture
def invariants():
    def sums_are_right():
        assert 1 == 2, "the sums are wrong"
    return sums_are_right

def test_it(): pass
""",
        "--sweep",
        "--sweep-settle=0.1",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*without any fault it does not hold: the sums are wrong"])


def test_workers_are_left_out(run: Run) -> None:
    """A suite that has `-n auto` in its ini file is swept as it is."""
    result = run(PASSES, "--sweep", "-p", "xdist", "-n2", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.no_fnmatch_line("*created: 2/2 workers*")


def test_without_the_option_nothing_is_swept(run: Run) -> None:
    result = run("def test_it(invariants): assert invariants == []\n")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*fault sweep*")
