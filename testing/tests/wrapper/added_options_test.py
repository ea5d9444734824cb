"""tools/bazel adds what the version and the machine need, says so, and leaves the rest in force."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

_RC = """\
build:private-tmp --sandbox_tmpfs_path=/tmp
build:private-shm --sandbox_tmpfs_path=/dev/shm
build:private-run --sandbox_tmpfs_path=/run
"""


def test_bazel_7_gets_its_own_rc_before_the_users(machine: Any) -> None:
    """Bazel lets the later one win."""
    machine.bazel("7.7.1")
    result = machine.run("--bazelrc=mine", "--nohome_rc", "query", "x")
    ours = f"--bazelrc={machine.checkout}/tools/bazel7.bazelrc"
    assert result.bazel == [ours, "--bazelrc=mine", "--nohome_rc", "query", "x"]
    assert "bazelw: Bazel 7.7.1; added --bazelrc=tools/bazel7.bazelrc\n" in result.err


def test_bazel_7_without_rc_files_gets_the_flag_itself(machine: Any) -> None:
    machine.bazel("7.7.1")
    result = machine.run("--ignore_all_rc_files", "build", "x")
    assert result.bazel == ["--ignore_all_rc_files", "build", "--noenable_bzlmod", "x"]


def test_bazel_7_does_not_pack_outputs_without_zip(machine: Any) -> None:
    machine.bazel("7.7.1")
    installed = any(
        Path(folder, "zip").exists() for folder in ("/bin", "/usr/bin", "/usr/local/bin")
    )
    added = "--nozip_undeclared_test_outputs" in machine.run("test", "x").bazel
    assert added != installed


def test_quiet_adds_without_a_word(machine: Any) -> None:
    machine.bazel("7.7.1")
    result = machine.run("test", "//...", BELLJAR_QUIET="1")
    assert result.err == ""
    assert "--test_tag_filters=-perf" in result.bazel


def test_a_value_that_looks_like_the_command_is_not_it(machine: Any) -> None:
    machine.bazel("4.2.3")
    result = machine.run("--output_base", "test", "test", "//...")
    assert result.bazel == ["--output_base", "test", "test", "--test_tag_filters=-perf", "//..."]


def test_the_profile_that_test_env_names_is_a_flag_and_the_lines_own_wins(machine: Any) -> None:
    machine.bazel("4.2.3")
    result = machine.run("test", "//a:b", "--//bazel:profile=x", TEST_ENV="ci")
    assert result.bazel == ["test", "--//bazel:profile=ci", "//a:b", "--//bazel:profile=x"]
    assert "--//bazel:profile=ci" in result.err
    assert machine.run("build", "//a:b", TEST_ENV="ci").bazel == ["build", "//a:b"]


def test_a_test_env_that_can_be_no_profile_is_refused(machine: Any) -> None:
    machine.bazel("4.2.3")
    result = machine.run("test", "//a:b", TEST_ENV="$(touch x)")
    assert result.code == 2
    assert "TEST_ENV names no profile" in result.err


@pytest.mark.parametrize("spelling", [["--config=ci"], ["--config", "ci"]])
def test_ci_takes_the_remote_cache_from_the_environment(machine: Any, spelling: list[str]) -> None:
    machine.bazel("4.2.3")
    address = "http://user:secret@127.0.0.1:8080/a b"
    result = machine.run("build", "x", *spelling, BELLJAR_REMOTE_CACHE=address)
    assert result.bazel == ["build", f"--remote_cache={address}", "x", *spelling]
    assert "secret" not in result.err
    assert machine.run("build", "x", BELLJAR_REMOTE_CACHE=address).bazel == ["build", "x"]


def _private(result: Any) -> list[str]:
    prefix = "--config=private-"
    return [word.removeprefix(prefix) for word in result.bazel if word.startswith(prefix)]


def _there(*names: str) -> list[str]:
    folders = {"tmp": "/tmp", "shm": "/dev/shm", "run": "/run"}
    return [name for name in names if Path(folders[name]).is_dir()]


@pytest.mark.parametrize("command", ["build", "test", "run", "coverage"])
def test_tests_get_private_folders(roomy_machine: Any, command: str) -> None:
    roomy_machine.write(".bazelrc", _RC)
    assert _private(roomy_machine.run(command, "//x")) == _there("tmp", "shm", "run")


@pytest.mark.parametrize("command", ["query", "info", "clean", "shutdown"])
def test_commands_that_run_nothing_get_none(roomy_machine: Any, command: str) -> None:
    roomy_machine.write(".bazelrc", _RC)
    assert roomy_machine.run(command).bazel == [command]


def test_only_configurations_that_exist_are_named(roomy_machine: Any) -> None:
    """A workspace with an rc file of its own may not have them."""
    roomy_machine.write(".bazelrc", "build:private-shm --sandbox_tmpfs_path=/dev/shm\n")
    assert _private(roomy_machine.run("build", "x")) == _there("shm")
    assert _private(roomy_machine.run("--noworkspace_rc", "build", "x")) == []


def test_a_workspace_inside_is_its_own(roomy_machine: Any) -> None:
    roomy_machine.write(".bazelrc", _RC)
    roomy_machine.write("inner/WORKSPACE", "")
    assert _private(roomy_machine.run("build", "x", cwd="inner")) == []


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["--output_base=/tmp/x", "build"], {}),
        (["--output_user_root", "/tmp/x", "build"], {}),
        (["build", "--sandbox_base=/tmp/x"], {}),
        (["build", "--override_repository=other=/tmp/x"], {}),
        (["build"], {"TEST_TMPDIR": "/tmp/x"}),
        (["build"], {"XDG_CACHE_HOME": "/tmp/x"}),
        (["build"], {"HOME": "/tmp/x"}),
        (["build"], {"UV_PYTHON_INSTALL_DIR": "/tmp/x"}),
    ],
    ids=lambda value: "+".join(value) if value else "-",
)
def test_what_bazel_needs_in_tmp_stays_visible(
    roomy_machine: Any, arguments: list[str], environment: dict[str, str]
) -> None:
    roomy_machine.write(".bazelrc", _RC)
    result = roomy_machine.run(*arguments, "//x", **environment)
    assert _private(result) == _there("shm", "run")
    assert "no private /tmp, since Bazel needs /tmp/x" in result.err


def test_rc_files_may_move_the_output_root_to_tmp(roomy_machine: Any) -> None:
    roomy_machine.write(".bazelrc", _RC + "try-import %workspace%/.bazelrc.user\n")
    roomy_machine.write(".bazelrc.user", "startup --output_user_root=/tmp/x\n")
    assert _private(roomy_machine.run("build", "//x")) == _there("shm", "run")


def test_a_link_into_tmp_counts(roomy_machine: Any) -> None:
    roomy_machine.write(".bazelrc", _RC)
    (roomy_machine.folder / "link").symlink_to("/tmp")
    result = roomy_machine.run(f"--output_base={roomy_machine.folder}/link/not/there", "build", "x")
    assert _private(result) == _there("shm", "run")


def test_a_sandbox_in_shared_memory_keeps_it(roomy_machine: Any) -> None:
    roomy_machine.write(".bazelrc", _RC + "build --sandbox_base=/dev/shm\n")
    assert _private(roomy_machine.run("build", "x")) == _there("tmp", "run")
