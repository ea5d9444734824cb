"""Perf tests are left out of patterns, and in when they are asked for or named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

_PERF = """\
load("//bazel:defs.bzl", "py_perf_test", "py_unit_test")

py_unit_test(
    name = "quick_test",
    srcs = ["quick_test.py"],
)

py_perf_test(
    name = "load_test",
    srcs = ["load_test.py"],
    deps = [requirement("locust")],
)

py_test(
    name = "tagged_test",
    tags = ["perf"],
)
"""
_OUT = "--test_tag_filters=-perf"


def _filters(result: Any) -> str | None:
    """The filter in force: Bazel takes the last."""
    given = [word for word in result.bazel if word.startswith("--test_tag_filters=")]
    return given[-1].partition("=")[2] if given else None


@pytest.mark.parametrize("command", ["test", "coverage"])
@pytest.mark.parametrize("pattern", ["//...", "services/...", "//a:all", "//a:*", ":all-targets"])
def test_patterns_leave_perf_out(run: Callable[..., Any], command: str, pattern: str) -> None:
    result = run(command, pattern)
    assert result.bazel == [command, _OUT, pattern]
    assert "perf tests left out" in result.err


@pytest.mark.parametrize("command", ["build", "run", "query"])
def test_other_commands_are_left_alone(run: Callable[..., Any], command: str) -> None:
    assert _filters(run(command, "//...")) is None


def test_named_targets_are_not_filtered(run: Callable[..., Any]) -> None:
    """With a filter a perf target that is named would be the error "no test targets"."""
    assert run("test", "//a:load_test", "//b").bazel == ["test", "//a:load_test", "//b"]


@pytest.mark.parametrize("given", ["perf", "+perf", "-perf", "unit", "unit,-slow", "smoke", ""])
def test_a_filter_that_decides_is_kept(run: Callable[..., Any], given: str) -> None:
    arguments = ["test", "//...", f"--test_tag_filters={given}"]
    assert run(*arguments).bazel == arguments


@pytest.mark.parametrize(
    "spelling", [["--test_tag_filters=-slow"], ["--test_tag_filters", "-slow"]]
)
def test_a_filter_that_only_leaves_out_leaves_perf_out_too(
    run: Callable[..., Any], spelling: list[str]
) -> None:
    assert _filters(run("test", *spelling, "//...")) == "-slow,-perf"


def test_the_filter_comes_before_two_dashes(run: Callable[..., Any]) -> None:
    result = run("test", "--test_tag_filters=-slow", "--", "//...", "-//x/...")
    assert result.bazel[-4:] == ["--test_tag_filters=-slow,-perf", "--", "//...", "-//x/..."]


def test_a_filter_of_the_rc_file_is_kept(machine: Any, run: Callable[..., Any]) -> None:
    machine.write(".bazelrc", "# test --test_tag_filters=no\ntest --test_tag_filters=-docker\n")
    assert _filters(run("test", "//...")) == "-docker,-perf"


@pytest.mark.parametrize(
    ("name", "expected"), [("quick", "-slow,-perf"), ("unit", None), ("perf", None)]
)
def test_a_filter_of_a_configuration_counts(
    machine: Any, run: Callable[..., Any], name: str, expected: str | None
) -> None:
    machine.write(
        ".bazelrc",
        "test:quick --test_tag_filters=-slow\n"
        "test:unit --test_tag_filters=unit\n"
        "test:perf --test_tag_filters=perf --nocache_test_results\n",
    )
    assert _filters(run("test", "//...", f"--config={name}")) == expected


def test_a_configuration_from_elsewhere_may_still_choose(run: Callable[..., Any]) -> None:
    """Ours comes first, so that the filter of a --config that is not known here wins."""
    assert run("test", "--config=x", "//...").bazel == ["test", _OUT, "--config=x", "//..."]


@pytest.mark.parametrize("label", ["//perf:load_test", "//perf:tagged_test", "@//perf:load_test"])
def test_a_perf_target_named_beside_a_pattern_is_never_dropped(
    machine: Any, run: Callable[..., Any], label: str
) -> None:
    machine.write("perf/BUILD.bazel", _PERF)
    result = run("test", "//...", label)
    assert _filters(result) is None
    assert f"perf tests are all in, since {label} is named" in result.err


@pytest.mark.parametrize("label", ["load_test", ":load_test"])
def test_a_relative_label_is_looked_up_from_here(
    machine: Any, run: Callable[..., Any], label: str
) -> None:
    machine.write("perf/BUILD.bazel", _PERF)
    assert _filters(run("test", "//...", label, cwd="perf")) is None


@pytest.mark.parametrize(
    "label", ["//perf:quick_test", "//perf:other", "@x//perf:load_test", "//no"]
)
def test_another_target_beside_a_pattern_changes_nothing(
    machine: Any, run: Callable[..., Any], label: str
) -> None:
    machine.write("perf/BUILD.bazel", _PERF)
    assert _filters(run("test", "//...", label)) == "-perf"


def test_values_of_options_are_no_targets(machine: Any, run: Callable[..., Any]) -> None:
    machine.write("perf/BUILD.bazel", _PERF)
    assert _filters(run("test", "//a", "--test_filter", "//...")) is None
    assert _filters(run("test", "//...", "--test_arg", "//perf:load_test")) == "-perf"


def test_a_file_of_patterns_is_read(machine: Any, run: Callable[..., Any]) -> None:
    machine.write("all", "# everything\n//...\n-//x/...\n")
    machine.write("one", "//perf:load_test\n")
    assert _filters(run("test", "--target_pattern_file=all")) == "-perf"
    assert _filters(run("test", "--target_pattern_file", "one")) is None
