"""What the user typed reaches Bazel as it was, and Bazel's answer comes back as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def typed() -> list[str]:
    """Arguments that a careless script would split, drop or expand."""
    return ["two words", "", "*", "$HOME", "`id`", 'a"b', "a'b", "back\\slash", "new\nline"]


def test_arguments_are_not_touched(run: Callable[..., Any], typed: list[str]) -> None:
    """Recorded line by line, hence without the newline here."""
    plain = [argument for argument in typed if "\n" not in argument]
    assert run("run", "//x", "--", *plain).bazel == ["run", "//x", "--", *plain]


def test_standard_input_is_bazels(run: Callable[..., Any]) -> None:
    assert run("run", "//x", stdin="typed\n").out == "typed\n"


def test_exit_code_is_bazels(run: Callable[..., Any]) -> None:
    assert run("query", "//...").code == 3


def test_nothing_is_said_when_nothing_is_added(run: Callable[..., Any]) -> None:
    assert run("query", "//...").err == ""


def test_arguments_after_two_dashes_belong_to_the_program(run: Callable[..., Any]) -> None:
    arguments = ["run", "//x", "--", "--test_tag_filters=a", "test", "//..."]
    assert run(*arguments).bazel == arguments


@pytest.mark.parametrize("arguments", [["--version"], [], ["--help"]])
def test_without_a_command_nothing_is_added(run: Callable[..., Any], arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.calls[-1][1:] == arguments
    assert result.err == ""


def test_it_runs_from_a_subfolder_and_stays_there(machine: Any) -> None:
    """Bazel resolves relative labels against the folder that it is started in."""
    machine.program("bazel", '[ "$*" = --version ] && echo "bazel 4.2.3" || pwd -P')
    machine.write("services/orders/BUILD.bazel", "")
    result = machine.run("query", ":all", cwd="services/orders", program="../check out/bazelw")
    assert result.out.strip().endswith("/services/orders")


def test_bazel_run_from_inside_bazel_run_starts_afresh(machine: Any) -> None:
    """bazelisk leaves BAZEL_REAL and a mark to skip tools/bazel in the environment of programs."""
    machine.bazel("4.2.3")
    result = machine.run("test", "//...", BAZEL_REAL="/gone", BAZELISK_SKIP_WRAPPER="true")
    assert result.bazel == ["test", "--test_tag_filters=-perf", "//..."]
