"""`bazel coverage`: lines and branches of a test, and of all tests together."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workspace.second_workspace import Team

FILES = {
    "pkg/BUILD.bazel": """
load("@belljar//bazel:defs.bzl", "py_unit_test")
load("@rules_python//python:defs.bzl", "py_library")

py_library(name = "sign", srcs = ["sign.py", "untouched.py"])
py_unit_test(name = "plus_test", srcs = ["plus_test.py"], deps = [":sign"])
py_unit_test(name = "minus_test", srcs = ["minus_test.py"], deps = [":sign"])
""",
    "pkg/sign.py": """\
def sign(number):
    if number < 0:
        return "minus"
    return "plus"
""",
    "pkg/untouched.py": "def never():\n    return 1\n",
    "pkg/plus_test.py": "from pkg.sign import sign\ndef test_plus(): assert sign(1) == 'plus'\n",
    "pkg/minus_test.py": "from pkg.sign import sign\ndef test_minus(): assert sign(-1) == 'minus'\n",
}


def records(report: Path) -> dict[str, list[str]]:
    """The lines of each source file's record."""
    found: dict[str, list[str]] = {}
    for block in report.read_text(encoding="utf-8").split("end_of_record"):
        lines = block.split()
        if lines:
            found[lines[0].removeprefix("SF:")] = block.strip().splitlines()
    return found


def hits(lines: list[str], kind: str) -> list[int]:
    counts = [
        line.partition(":")[2].split(",")[-1 if kind == "BRDA" else 1]
        for line in lines
        if line.startswith(kind)
    ]
    return [0 if count == "-" else int(count) for count in counts]


@pytest.fixture(scope="module")
def covered(team: Team) -> Team:
    """The workspace after one `bazel coverage` of two tests."""
    team.write_lock(team.repack("coverage"))
    team.write(FILES)
    result = team.run("coverage", "//pkg:all", "--combined_report=lcov")
    assert result.code == 0, result.text
    return team


def test_a_test_has_its_own_lines_and_branches(covered: Team) -> None:
    """Each test's file holds what that test ran, and no more."""
    for name, missed in (("plus", 3), ("minus", 4)):
        lines = records(covered.result(f"//pkg:{name}_test", "coverage.dat"))["pkg/sign.py"]
        counts = {
            int(n): int(c)
            for n, c in (line[3:].split(",")[:2] for line in lines if line.startswith("DA:"))
        }
        assert [number for number, count in counts.items() if count == 0] == [missed]
        assert sorted(hits(lines, "BRDA")) == [0, 1]


def test_the_combined_report_is_the_union_and_shows_untouched_files(covered: Team) -> None:
    """Two tests that take different branches of one file cover it; an unimported file has zero hits."""
    report = covered.root / "bazel-out" / "_coverage" / "_coverage_report.dat"
    found = records(report)
    assert set(found) == {"pkg/sign.py", "pkg/untouched.py"}
    assert 0 not in hits(found["pkg/sign.py"], "DA:")
    assert hits(found["pkg/sign.py"], "BRDA") == [1, 1]
    assert set(hits(found["pkg/untouched.py"], "DA:")) == {0}
