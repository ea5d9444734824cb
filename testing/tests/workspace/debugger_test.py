"""`bazel run` of a test at a terminal: the debugger answers what is typed."""

from __future__ import annotations

import os
import pty
import select
import sys

import pytest

from tests.workspace.second_workspace import Team

FILES = {
    "pkg/BUILD.bazel": """
load("@belljar//bazel:defs.bzl", "py_unit_test")

py_unit_test(name = "wrong_test", srcs = ["wrong_test.py"])
""",
    "pkg/wrong_test.py": """
def test_right(): pass

def test_wrong():
    secret = 40
    assert secret == 42
""",
}


def read_until(terminal: int, mark: str, seconds: float = 120.0) -> str:
    """What the terminal shows up to and with `mark`."""
    seen = ""
    while mark not in seen:
        ready, _, _ = select.select([terminal], [], [], seconds)
        assert ready, f"{mark!r} did not come within {seconds} s; seen:\n{seen}"
        try:
            seen += os.read(terminal, 4096).decode(errors="replace")
        except OSError as error:  # the other side is gone
            raise AssertionError(f"{mark!r} did not come; seen:\n{seen}") from error
    return seen


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is a thing of Unix")
def test_pdb_prints_what_it_is_asked_and_the_terminal_is_handed_back(team: Team) -> None:
    """--pdb stops at the failure; a variable can be read, and `q` ends the run."""
    team.write(FILES)
    team.run("build", "//pkg:wrong_test")
    child, terminal = pty.fork()
    if child == 0:
        command = team.command("run", "//pkg:wrong_test", "--", "--pdb", "-k", "wrong")
        os.chdir(team.root)
        os.execve(command[0], command, team.environ)
    seen = read_until(terminal, "(Pdb)")
    assert "test_wrong" in seen
    os.write(terminal, b"p secret + 2\n")
    assert "42" in read_until(terminal, "(Pdb)").partition("secret + 2")[2]
    os.write(terminal, b"q\n")
    assert "1 failed" in read_until(terminal, "1 failed")
    while True:
        try:
            if not os.read(terminal, 4096):
                break
        except OSError:
            break
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0
