"""The macros: what they refuse, and what they say."""

from __future__ import annotations

import re

import pytest

from tests.workspace.second_workspace import Team

LOAD = 'load("@belljar//bazel:defs.bzl", "py_pytest_test", "py_unit_test")\n'


@pytest.mark.parametrize(
    ("build", "expected"),
    [
        (
            'py_unit_test(name = "a_test", srcs = ["helpers.py", "a_test.py"])',
            r'//pkg:a_test: src "pkg/helpers.py" is not collected by pytest.*py_library',
        ),
        (
            'py_unit_test(name = "a_test", srcs = [])',
            r"a_test: srcs is empty; name at least one test file",
        ),
        (
            'py_unit_test(name = "a_test", srcs = ["conftest.py"])',
            r"//pkg:a_test: srcs has no test file.*conftest.py",
        ),
        (
            'py_unit_test(name = "a_test", srcs = ["a_test.py"], tags = ["e2e"])',
            r'a_test: tag "e2e" comes from the macro; use py_e2e_test',
        ),
        (
            'py_pytest_test(name = "a_test", srcs = ["a_test.py"], layer = "smoke")',
            r'a_test: layer = "smoke" is not a layer; choose one of e2e, integration, perf, unit',
        ),
        (
            'py_unit_test(name = "a_test", srcs = ["a_test.py"], main = "x.py")',
            r"a_test: main is set by the macro",
        ),
    ],
)
def test_a_target_that_can_not_work_is_refused_with_the_way_out(
    team: Team, build: str, expected: str
) -> None:
    """The message names the target, the value and the fix."""
    team.write(
        {
            "pkg/BUILD.bazel": LOAD + build,
            "pkg/a_test.py": "def test_a(): pass\n",
            "pkg/helpers.py": "",
            "pkg/conftest.py": "",
        }
    )
    result = team.run("test", "//pkg:a_test")
    assert result.code != 0
    assert re.search(expected, result.text), result.text


def test_a_target_without_a_test_function_fails(team: Team) -> None:
    """A file that pytest collects, with nothing in it, is a mistake and not a pass."""
    team.write(
        {
            "pkg/BUILD.bazel": LOAD + 'py_unit_test(name = "a_test", srcs = ["a_test.py"])',
            "pkg/a_test.py": "def helper(): pass\n",
        }
    )
    result = team.run("test", "//pkg:a_test", "--test_output=errors")
    assert result.code == 3
    assert "//pkg:a_test has no test" in result.text
