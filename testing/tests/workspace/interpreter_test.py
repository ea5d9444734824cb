"""The pinned interpreter: what is refused, and what is said."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.workspace.second_workspace import Team

FILES = {
    "pkg/BUILD.bazel": """
load("@belljar//bazel:defs.bzl", "py_unit_test")

py_unit_test(name = "a_test", srcs = ["a_test.py"])
""",
    "pkg/a_test.py": "def test_a(): pass\n",
}


@pytest.fixture(autouse=True)
def _files(team: Team) -> None:
    team.write(FILES)


def test_a_target_needs_no_python_of_the_machine(team: Team) -> None:
    """With no PATH at all, and from within its own folder, it starts with the pinned interpreter."""
    assert team.run("build", "//pkg:a_test").code == 0
    folder = team.root / "bazel-bin" / "pkg" / "a_test.runfiles" / "team" / "pkg"
    for stub, cwd in ((str(team.root / "bazel-bin/pkg/a_test"), team.root), ("./a_test", folder)):
        done = subprocess.run(
            [stub, "-q"],
            cwd=cwd,
            env={"PATH": "/nowhere"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_a_version_that_is_nowhere_is_refused_with_those_that_were_seen(team: Team) -> None:
    """The message names the version, what the machine has, and three ways out."""
    workspace = (team.root / "WORKSPACE").read_text(encoding="utf-8")
    team.write({"WORKSPACE": re.sub(r'version = "[\d.]+"', 'version = "3.99"', workspace)})
    try:
        result = team.run("test", "//pkg:a_test", environ={"BELLJAR_PYTHON": ""})
    finally:
        team.write({"WORKSPACE": workspace})
    assert result.code != 0
    assert "no CPython 3.99 for this machine" in result.text, result.text
    assert re.search(r"Seen:\n.*cpython-3", result.text), result.text
    assert "BELLJAR_PYTHON=/path/to/python3.99" in result.text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("/bin/true", r"BELLJAR_PYTHON=/bin/true is .*, and WORKSPACE pins 3\.\d+; name a CPython"),
        ("/nowhere/python", r"BELLJAR_PYTHON=/nowhere/python is not an interpreter"),
    ],
)
def test_a_named_interpreter_must_be_of_the_pinned_version(
    team: Team, given: str, expected: str
) -> None:
    """Another one is not taken for want of a better one."""
    result = team.run("test", "//pkg:a_test", environ={"BELLJAR_PYTHON": given})
    assert result.code != 0
    assert re.search(expected, result.text), result.text
