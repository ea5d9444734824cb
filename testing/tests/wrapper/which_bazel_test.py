"""tools/bazel finds the real Bazel behind wrappers, and refuses versions that cannot work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def test_debians_wrapper_may_ask_for_a_version_that_is_not_installed(
    machine: Any, debian_wrapper: Path
) -> None:
    result = machine.run(
        "test", "//...", program="tools/bazel", BAZEL_REAL=f"{machine.bin}/bazel-7.7.1"
    )
    assert result.calls[-1] == ["bazel-4", "test", "--test_tag_filters=-perf", "//..."]
    assert "Bazel 4.2.3" in result.err


def test_debians_wrapper_is_not_run_again(machine: Any, debian_wrapper: Path) -> None:
    result = machine.run("test", "//...")
    assert [call[0] for call in result.calls] == ["dpkg-query", "bazel-4"]


def test_a_link_to_debians_wrapper_leads_to_it(machine: Any, debian_wrapper: Path) -> None:
    elsewhere = machine.folder / "local"
    elsewhere.mkdir()
    (elsewhere / "bazel").symlink_to(debian_wrapper)
    result = machine.run("query", "x", BELLJAR_BAZEL=f"{elsewhere}/bazel")
    assert result.calls[-1] == ["bazel-4", "query", "x"]


def test_a_script_that_runs_debians_wrapper_gets_each_option_once(
    machine: Any, debian_wrapper: Path
) -> None:
    shim = machine.program(
        "bazel", f'exec "{debian_wrapper}" "$@"', folder=machine.folder / "shims"
    )
    result = machine.run("test", "//...", BELLJAR_BAZEL=str(shim))
    assert result.calls[-1] == ["bazel-4", "test", "--test_tag_filters=-perf", "//..."]


def test_a_script_that_only_runs_itself_ends_with_a_message(machine: Any) -> None:
    loop = machine.program("bazel", f'BAZEL_REAL="$0" exec "{machine.checkout}/tools/bazel" "$@"')
    result = machine.run("test", "//...", BELLJAR_BAZEL=str(loop))
    assert result.code == 2
    assert "instead of Bazel" in result.err


def test_bazelisk_runs_tools_bazel_with_the_real_one(machine: Any) -> None:
    real = machine.bazel("7.7.1", folder=machine.folder / "downloads")
    machine.program(
        "bazelisk",
        f'BAZELISK_SKIP_WRAPPER=true BAZEL_REAL="{real}" "{machine.checkout}/tools/bazel" "$@"',
    )
    result = machine.run("query", "x")
    assert result.bazel == [f"--bazelrc={machine.checkout}/tools/bazel7.bazelrc", "query", "x"]


def test_bazelisk_under_the_name_of_bazel_adds_nothing_twice(machine: Any) -> None:
    real = machine.bazel("7.7.1", name="real", folder=machine.folder / "downloads")
    machine.program(
        "bazel",
        f'[ -n "${{BAZELISK_SKIP_WRAPPER-}}" ] && exec "{real}" "$@"\n'
        f'export BAZEL_REAL="{real}" BAZELISK_SKIP_WRAPPER=true\n'
        f'exec "{machine.checkout}/tools/bazel" "$@"',
    )
    result = machine.run("query", "x")
    assert result.bazel == [f"--bazelrc={machine.checkout}/tools/bazel7.bazelrc", "query", "x"]


@pytest.mark.parametrize(
    ("installed", "chosen"),
    [
        (["bazel-4", "bazel-7.7.1"], "bazel-7.7.1"),
        (["bazel-7.4.0", "bazel-7.10.0", "bazel-8.0.0"], "bazel-7.10.0"),
        (["bazel-5.1.0", "bazel-7.7.1-linux-x86_64"], "bazel-7.7.1-linux-x86_64"),
    ],
)
def test_the_version_of_bazelversion_is_preferred_then_the_newest_that_works(
    machine: Any, installed: list[str], chosen: str
) -> None:
    for name in installed:
        machine.bazel("no_version", name=name)
    result = machine.run("query", "x", program="tools/bazel", BAZEL_REAL=f"{machine.bin}/bazel-x")
    assert result.calls[-1][0] == chosen


@pytest.mark.parametrize("version", ["3.7.2", "4.2.2", "8.0.0", "9.1.0", "10.0.0"])
def test_a_version_that_cannot_work_is_refused_before_it_starts(machine: Any, version: str) -> None:
    machine.bazel(version)
    result = machine.run("test", "//...")
    assert result.code == 2
    assert result.calls == [["bazel", "--version"]]
    for word in (version, "4.2.3 to 7.x", "7.7.1", "BELLJAR_BAZEL"):
        assert word in result.err


@pytest.mark.parametrize("version", ["4.2.3", "7.7.1"])
def test_the_tested_versions_pass_without_a_word_on_them(machine: Any, version: str) -> None:
    machine.bazel(version)
    assert "not tested" not in machine.run("query", "x").err


@pytest.mark.parametrize("version", ["4.2.4", "5.4.1", "6.5.0", "7.6.0", "7.7.1rc2"])
def test_versions_between_run_with_a_note(machine: Any, version: str) -> None:
    machine.bazel(version)
    result = machine.run("query", "x")
    assert result.bazel[-2:] == ["query", "x"]
    assert ("not tested" in result.err) == (version != "7.7.1rc2")


def test_an_unknown_version_is_taken_for_a_seven(machine: Any) -> None:
    machine.bazel("no_version")
    result = machine.run("query", "x")
    assert "version is unknown" in result.err
    assert result.bazel[0].endswith("bazel7.bazelrc")


def test_a_bazel_that_cannot_start_is_named(machine: Any) -> None:
    machine.program("bazel", "echo no network >&2; exit 1")
    result = machine.run("query", "x")
    assert result.code == 2
    assert "no network" in result.err
    assert f"{machine.bin}/bazel could not start" in result.err
