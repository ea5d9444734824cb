"""bazelw gets a Bazel, and a Python with pip, or says how to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_INSTALL = ["apt-get", "install", "-y", "-q", "--no-install-recommends"]


def _apt_that_installs(machine: Any) -> None:
    """A package manager whose bazel-bootstrap is a Bazel 4.2.3."""
    copy = f'cp "{machine.folder}/packaged" "{machine.bin}/bazel"'
    body = f'echo Reading lists; case "$*" in *bazel-bootstrap*) {copy};; esac'
    machine.bazel("4.2.3", name="packaged", folder=machine.folder)
    machine.program("apt-get", body)
    cp = next(path for path in (Path("/bin/cp"), Path("/usr/bin/cp")) if path.exists())
    (machine.system / "cp").symlink_to(cp)


def _user(machine: Any, number: int) -> None:
    machine.program("id", f"echo {number}")


def test_bazelisk_comes_first(machine: Any) -> None:
    machine.bazel("4.2.3")
    machine.bazel("7.7.1", name="bazelisk")
    result = machine.run("query", "//...")
    assert result.calls[-1] == ["bazelisk", "query", "//..."]


def test_a_bazelisk_that_has_its_bazel_is_not_asked_twice(machine: Any) -> None:
    machine.bazel("7.7.1", name="bazelisk")
    downloads = machine.home / ".cache/bazelisk/downloads/metadata/bazelbuild"
    downloads.mkdir(parents=True)
    (downloads / "bazel-7.7.1-linux-x86_64").touch()
    assert machine.run("query", "//...").calls == [["bazelisk", "query", "//..."]]


def test_offline_bazelisk_is_left_for_the_next_best(machine: Any) -> None:
    """Its own message stays, and the user learns how not to wait for it again."""
    machine.program("bazelisk", "echo could not download Bazel >&2; exit 1")
    bazel = machine.bazel("4.2.3")
    result = machine.run("query", "//...")
    assert result.calls[-1] == ["bazel", "query", "//..."]
    assert "could not download Bazel" in result.err
    assert f"BELLJAR_BAZEL={bazel}" in result.err


def test_a_bazel_can_be_named(machine: Any) -> None:
    machine.bazel("7.7.1", name="bazelisk")
    mine = machine.bazel("4.2.3", name="bazel", folder=machine.folder / "my tools")
    result = machine.run("query", "//...", BELLJAR_BAZEL=str(mine))
    assert [call[0] for call in result.calls] == ["bazel", "bazel"]
    assert result.bazel == ["query", "//..."]


def test_a_named_bazel_has_to_be_there(machine: Any) -> None:
    result = machine.run("query", "//...", BELLJAR_BAZEL="/no/such/bazel")
    assert result.code == 1
    assert "/no/such/bazel" in result.err


def test_our_own_tools_folder_on_path_is_no_bazel(machine: Any) -> None:
    machine.bazel("4.2.3")
    path = f"{machine.checkout}/tools:{machine.env()['PATH']}"
    assert machine.run("query", "//...", PATH=path).calls[-1] == ["bazel", "query", "//..."]


def test_root_on_debian_gets_it_installed_at_once(machine: Any) -> None:
    _apt_that_installs(machine)
    _user(machine, 0)
    result = machine.run("query", "//...", stdin="for Bazel")
    assert [*_INSTALL, "bazel-bootstrap", "zip"] in result.calls
    assert "apt-get install -y --no-install-recommends bazel-bootstrap" in result.err
    assert result.bazel == ["query", "//..."]
    assert result.out == "for Bazel", "apt-get has eaten Bazel's input or written to its output"


def test_another_user_without_terminal_gets_the_command(machine: Any) -> None:
    _apt_that_installs(machine)
    _user(machine, 1000)
    machine.program("sudo", '"$@"')
    result = machine.run("query", "//...")
    assert result.code == 1
    assert "sudo apt-get install -y --no-install-recommends bazel-bootstrap zip" in result.err
    assert [call[0] for call in result.calls] == ["id"]


@pytest.fixture
def terminal(machine: Any) -> Iterator[Any]:
    """Runs bazelw with a terminal of its own, answers its question, gives all that it printed."""
    master, slave = os.openpty()

    def answer(text: str) -> tuple[int, str]:
        # A session without a terminal takes the first that it opens for its own.
        start = (
            "import os, sys; os.open(sys.argv[1], os.O_RDWR); os.execv(sys.argv[2], sys.argv[2:])"
        )
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                start,
                os.ttyname(slave),
                str(machine.checkout / "bazelw"),
                "info",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=machine.checkout,
            env=machine.env(),
            start_new_session=True,
        )
        asked = b""
        while b"[y/N]" not in asked:
            asked += os.read(master, 1000)
        os.write(master, f"{text}\n".encode())
        printed, _ = process.communicate(timeout=20)
        return process.returncode, printed

    yield answer
    os.close(master)
    os.close(slave)


def test_another_user_is_asked_and_a_yes_runs_sudo(machine: Any, terminal: Any) -> None:
    _apt_that_installs(machine)
    _user(machine, 1000)
    machine.program("sudo", '"$@"')
    code, _ = terminal("y")
    assert code == 3, "Bazel's own exit code"
    calls = (machine.folder / "calls").read_text()
    assert "sudo\037apt-get\037update" in calls


def test_anything_else_installs_nothing(machine: Any, terminal: Any) -> None:
    _apt_that_installs(machine)
    _user(machine, 1000)
    machine.program("sudo", '"$@"')
    code, printed = terminal("")
    assert code == 1
    assert "nothing was installed" in printed
    assert "apt-get" not in (machine.folder / "calls").read_text()


def test_a_failed_install_says_what_else_there_is(machine: Any) -> None:
    machine.program("apt-get", 'case "$*" in *install*) exit 100;; esac')
    _user(machine, 0)
    result = machine.run("query", "//...")
    assert result.code == 1
    assert "brew install bazelisk" in result.err


def test_elsewhere_it_lists_the_ways(machine: Any) -> None:
    result = machine.run("query", "//...")
    assert result.code == 1
    for way in (
        "apt-get install bazel-bootstrap",
        "npm install -g @bazel/bazelisk",
        "BELLJAR_BAZEL",
    ):
        assert way in result.err


def test_a_missing_python_is_installed_too(bare_machine: Any) -> None:
    bare_machine.bazel("4.2.3")
    bare_machine.program("apt-get")
    bare_machine.program("id", "echo 0")
    result = bare_machine.run("query", "//...")
    assert [*_INSTALL, "python3", "python3-pip"] in result.calls
    assert result.bazel == ["query", "//..."]


def test_a_python_without_pip_is_not_enough(bare_machine: Any) -> None:
    bare_machine.bazel("4.2.3")
    bare_machine.program("python3", "exit 1")
    result = bare_machine.run("query", "//...")
    assert result.code == 1
    assert "no python3 with pip" in result.err


@pytest.mark.parametrize("instead", ["uv", "BELLJAR_TOOLS"])
def test_a_python_without_pip_will_do_beside_what_replaces_pip(
    bare_machine: Any, instead: str
) -> None:
    """The build tools come from uv, or are there already."""
    bare_machine.bazel("4.2.3")
    bare_machine.program("python3", "exit 1")
    given = {} if instead == "uv" else {instead: "/tools"}
    if not given:
        bare_machine.program("uv")
    assert bare_machine.run("query", "//...", **given).bazel == ["query", "//..."]


def test_another_user_without_pip_learns_what_replaces_it(bare_machine: Any) -> None:
    """Naming a Bazel would not help."""
    bare_machine.bazel("4.2.3")
    bare_machine.program("python3", "exit 1")
    bare_machine.program("apt-get")
    _user(bare_machine, 1000)
    result = bare_machine.run("query", "//...")
    assert result.code == 1
    assert "python3-pip" in result.err
    assert "uv on PATH" in result.err
    assert "BELLJAR_BAZEL" not in result.err


def test_a_python_with_pip_further_down_path_is_found(machine: Any) -> None:
    """An activated virtual environment made by uv has no pip."""
    machine.bazel("4.2.3")
    machine.program("python3", "exit 1", folder=machine.folder / "venv")
    path = f"{machine.folder}/venv:{machine.env()['PATH']}"
    assert machine.run("query", "//...", PATH=path).bazel == ["query", "//..."]


def test_tools_bazel_by_hand_is_the_same(machine: Any) -> None:
    machine.bazel("4.2.3")
    assert machine.run("query", "//...", program="tools/bazel").bazel == ["query", "//..."]
