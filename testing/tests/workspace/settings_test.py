"""What enters a test from outside is named in its BUILD file: a change of it runs the test again, of nothing else."""

from __future__ import annotations

import re

import pytest

from tests.workspace.second_workspace import Team

FILES = {
    ".bazelrc": "build --incompatible_strict_action_env\n",
    "app/BUILD.bazel": """
load("@belljar//bazel:defs.bzl", "py_unit_test")

py_unit_test(
    name = "reads_test",
    srcs = ["reads_test.py"],
    env = {"TEST__DATABASE__POOL_SIZE": "7"},
    env_inherit = ["DECLARED"],
    settings = ["//testing/config:profiles"],
)

py_unit_test(name = "other_test", srcs = ["other_test.py"])
""",
    "app/reads_test.py": """
import os
from pathlib import Path

def test_reads(test_settings):
    assert test_settings.database.pool_size == 7
    assert test_settings.origins["database.pool_size"].place.endswith("(//app:reads_test, env)")
    assert "UNDECLARED" not in os.environ
    assert "TEST__CACHE__URL" not in os.environ
    assert not Path("testing/config/undeclared.toml").exists()
    print("profile", os.environ.get("BELLJAR_SETTINGS"), "declared", os.environ.get("DECLARED"))
""",
    "app/other_test.py": "def test_other(): pass\n",
    "testing/config/BUILD.bazel": """
filegroup(name = "profiles", srcs = ["local.toml", "ci.toml"], visibility = ["//visibility:public"])
""",
    "testing/config/local.toml": "",
    "testing/config/ci.toml": "",
    "testing/config/undeclared.toml": "",
}
FLAG = "--@belljar//bazel:profile="


@pytest.fixture(scope="module")
def workspace(team: Team) -> Team:
    names = [
        *("pydantic", "pydantic-settings", "pydantic-core", "python-dotenv"),
        *("annotated-types", "typing-extensions", "typing-inspection"),
    ]
    team.write_lock(*(team.repack(name) for name in names))
    team.write(FILES)
    return team


def cached(team: Team, *arguments: str, **environ: str) -> list[str]:
    """The targets whose result was taken from the cache."""
    result = team.run("test", "//app:all", *arguments, environ=environ)
    assert result.code == 0, result.text
    return sorted(re.findall(r"//app:(\w+)_test\s+\(cached\) PASSED", result.text))


def inherits(team: Team) -> bool:
    """Whether Bazel itself hands on what a test's env_inherit names: from version 5 on."""
    return re.search(r"bazel ([5-9]|\d\d)\.", team.version()) is not None


def test_what_is_declared_runs_the_test_again_and_what_is_not_does_not(workspace: Team) -> None:
    """Files, the profile and variables, each changed by itself."""
    assert cached(workspace) == []
    assert cached(workspace) == ["other", "reads"]
    workspace.write({"testing/config/undeclared.toml": "[database]\npool_size = 1\n"})
    assert cached(workspace, UNDECLARED="1", TEST__CACHE__URL="x") == ["other", "reads"]
    workspace.write({"testing/config/local.toml": "[database]\npool_size = 4\n"})
    assert cached(workspace) == ["other"]
    assert cached(workspace, f"{FLAG}ci") == ["other"]
    assert cached(workspace, f"{FLAG}ci") == ["other", "reads"]
    if inherits(workspace):
        assert cached(workspace, f"{FLAG}ci", DECLARED="1") == ["other"]
        assert cached(workspace, f"{FLAG}ci", DECLARED="1") == ["other", "reads"]
    else:
        # Bazel 4 has it from --test_env alone, for all tests.
        assert cached(workspace, f"{FLAG}ci", DECLARED="1") == ["other", "reads"]
        assert cached(workspace, f"{FLAG}ci", "--test_env=DECLARED", DECLARED="1") == []


def test_mistakes_in_a_declared_file_fail_the_test_with_file_and_line(workspace: Team) -> None:
    workspace.write({"testing/config/ci.toml": "[database]\npool_siz = 4\n"})
    result = workspace.run("test", "//app:reads_test", f"{FLAG}ci", "--test_output=errors")
    workspace.write({"testing/config/ci.toml": ""})
    assert result.code == 3
    assert "testing/config/ci.toml:2:1: database.pool_siz is no setting" in result.text
    assert "(profile ci, from --//bazel:profile)" in result.text


def test_a_profile_that_is_not_declared_is_told_with_the_way_to_have_it(workspace: Team) -> None:
    result = workspace.run("test", "//app:reads_test", f"{FLAG}undeclared", "--test_output=errors")
    assert result.code == 3
    assert "there is no profile 'undeclared' in testing/config" in result.text
    assert "valid: ci, local" in result.text


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        (
            'settings = "//testing/config:profiles"',
            r'is no list; write \["//testing/config:profiles"\]',
        ),
        (
            'settings = ["other_test.py"]',
            r'settings has "app/other_test.py", which is no file of settings',
        ),
        ('env_inherit = "NAME"', r'env_inherit = "NAME" is no list; write \["NAME"\]'),
        ('env_inherit = ["A=1"]', r'env_inherit has "A=1"; the name of a variable is expected'),
        ('env = {"A": "1"}, env_inherit = ["A"]', r"A is in env and in env_inherit; keep one"),
    ],
)
def test_an_attribute_that_is_wrong_is_refused(
    workspace: Team, attribute: str, expected: str
) -> None:
    load = 'load("@belljar//bazel:defs.bzl", "py_unit_test")\n'
    build = f'{load}py_unit_test(name = "bad_test", srcs = ["bad_test.py"], {attribute})\n'
    build = build.replace("other_test.py", "//app:other_test.py")
    workspace.write({"bad/BUILD.bazel": build, "bad/bad_test.py": "def test_a(): pass\n"})
    workspace.write(
        {"app/BUILD.bazel": FILES["app/BUILD.bazel"] + 'exports_files(["other_test.py"])\n'}
    )
    result = workspace.run("test", "//bad:bad_test")
    assert result.code != 0
    assert re.search(expected, result.text), result.text
