"""Wheels of a lock: what installs, how it imports, and what a bad lock says."""

from __future__ import annotations

import re

import pytest

from tests.workspace.second_workspace import Team

BUILD = """
load("@belljar//bazel:defs.bzl", "py_unit_test")
load("@team_pip//:requirements.bzl", "requirement")

py_unit_test(name = "x_test", srcs = ["x_test.py"], deps = [{deps}])
"""


def declare(team: Team, *deps: str, test: str = "def test_runs(): pass\n") -> None:
    labels = ", ".join(f'requirement("{dep}")' for dep in deps)
    team.write({"app/BUILD.bazel": BUILD.format(deps=labels), "app/x_test.py": test})


def test_namespaces_data_files_extras_and_markers_import_as_after_pip_install(team: Team) -> None:
    """Two wheels share a namespace; an extra's dependency comes along, one for another platform does not."""
    team.write_lock(
        team.wheel("acme-core", {"acme/core/__init__.py": "", "acme/core/data/table.txt": "rows"}),
        team.wheel("acme-web", {"acme/web.py": "PAGE = 1\n"}, "Requires-Dist: acme-core (>=1)\n"),
        team.wheel(
            "bundle",
            {"bundle.py": ""},
            "Provides-Extra: fast\n"
            "Requires-Dist: acme-web; extra == 'fast'\n"
            "Requires-Dist: never-locked; sys_platform == 'nowhere'\n",
        ).replace("bundle==", "bundle[fast]=="),
        team.wheel("elsewhere", {"elsewhere.py": ""}).replace(
            " --hash", " ; sys_platform == 'win32' --hash"
        ),
        "never-fetched==1.0 --hash=sha256:" + "0" * 64,
    )
    declare(
        team,
        "Bundle",
        "elsewhere",
        test="""
import importlib.metadata, importlib.resources, importlib.util
import acme.core, acme.web, bundle

def test_all_is_there():
    assert acme.web.PAGE == 1
    assert importlib.resources.files("acme.core").joinpath("data/table.txt").read_text() == "rows"
    assert importlib.metadata.version("acme-web") == "1.0"
    assert importlib.util.find_spec("elsewhere") is None
    assert acme.web.__cached__ and importlib.util.source_hash
""",
    )
    result = team.run("test", "//app:x_test")
    assert result.code == 0, result.text


def test_wheels_that_need_each_other_come_together(team: Team) -> None:
    """A cycle, which Bazel refuses, is told by the lock's own comments."""
    hen = team.wheel("hen", {"hen.py": "import egg\n"}, "Requires-Dist: egg\n")
    egg = team.wheel("egg", {"egg.py": "YOLK = 1\n"}, "Requires-Dist: hen\nRequires-Dist: nest\n")
    nest = team.wheel("nest", {"nest.py": "STRAW = 1\n"})
    team.write_lock(
        f"{hen}\n    # via\n    #   -r requirements.in\n    #   egg",
        f"{egg}\n    # via hen",
        f"{nest}\n    # via egg",
    )
    declare(team, "egg", test="import egg, hen, nest\ndef test_all(): assert hen.egg.YOLK\n")
    result = team.run("test", "//app:x_test")
    assert result.code == 0, result.text


def test_a_console_script_and_a_shipped_program_run(team: Team) -> None:
    """`bazel run` gets the arguments through, and the exit code back."""
    team.write_lock(
        team.wheel(
            "tool",
            {
                "tool/__init__.py": "import sys\ndef main():\n    print('tool got', sys.argv[1:])\n    return 7\n",
                "@entry_points.txt": "[console_scripts]\nbig-tool = tool:main\n",
                "tool-1.0.data/scripts/shipped": "#!/bin/sh\necho shipped got $1\n",
            },
        )
    )
    result = team.run("run", "@team_pip_tool//:big-tool.script", "--", "a b", "c")
    assert "tool got ['a b', 'c']" in result.text
    assert result.code == 7
    result = team.run("run", "@team_pip_tool//:shipped.script", "--", "x")
    assert result.code == 0
    assert "shipped got x" in result.text


def test_other_content_under_the_same_name_runs_the_tests_again(team: Team) -> None:
    """A wheel's hash is an input of every test that uses it: no stale result."""
    test = "import thing\ndef test_value(): assert thing.VALUE == 1\n"
    team.write_lock(team.wheel("thing", {"thing.py": "VALUE = 1\n"}))
    declare(team, "thing", test=test)
    assert team.run("test", "//app:x_test").code == 0
    assert "(cached) PASSED" in team.run("test", "//app:x_test").text
    team.write_lock(team.wheel("thing", {"thing.py": "VALUE = 2\n"}))
    assert team.run("test", "//app:x_test").code == 3


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            "lonely==1.0",
            r"third_party/lock.txt:6: lonely: no hash; expected .*--hash=sha256.*requirements.update",
        ),
        (
            "lonely==1.0 --hash=sha256:12",
            r"lock.txt:6: lonely: hash 'sha256:12' is not sha256: and 64 hex",
        ),
        (
            "lonely>=1.0 --hash=sha256:" + "0" * 64,
            r"lock.txt:6: lonely: found 'lonely>=1.0', expected one exact",
        ),
        ("lonely=1.0", r"lock.txt:6: 'lonely=1.0' is no requirement"),
        (
            "Pluggy==1.0 --hash=sha256:" + "0" * 64,
            r"lock.txt:6: Pluggy==1.0 is a duplicate: line 2 has pluggy==",
        ),
        ("-r other.txt", r"lock.txt:6: '-r other.txt': a lock holds only name==version"),
    ],
)
def test_a_bad_line_is_named_with_what_was_expected(team: Team, entry: str, expected: str) -> None:
    """File, line, package, what is wrong and the way out; no traceback."""
    team.write_lock(entry)
    declare(team, "pluggy")
    result = team.run("test", "//app:x_test")
    assert result.code != 0
    assert re.search(expected, result.text), result.text
    assert 'File "' not in result.text.partition("third_party/lock.txt:6")[2].splitlines()[0]


def test_a_lock_that_can_not_be_read_stops_what_needs_a_wheel_and_nothing_else(team: Team) -> None:
    """The target that locks again, which needs none, still runs."""
    team.write_lock("<<<<<<< HEAD")
    declare(team, "pluggy")
    team.write({"other/BUILD.bazel": 'filegroup(name = "all_well")\n'})
    assert team.run("build", "//other:all_well").code == 0
    result = team.run("build", "//app:x_test")
    assert result.code != 0
    assert "third_party/lock.txt:6: '<<<<<<< HEAD' is no requirement" in result.text, result.text


def test_an_import_that_no_dependency_provides_says_what_to_add(team: Team) -> None:
    """The target and the line for its BUILD file."""
    team.write_lock()
    declare(team, test="import greeting\ndef test_runs(): pass\n")
    result = team.run("test", "//app:x_test", "--test_output=errors")
    assert result.code == 3
    assert "belljar: greeting is not among the dependencies of //app:x_test" in result.text
    assert 'requirement("greeting")' in result.text


def test_a_wheel_with_another_hash_is_refused_by_name_and_line(team: Team) -> None:
    """Content that the lock does not vouch for never gets into a test."""
    good = team.wheel("vouched", {"vouched.py": ""})
    team.write_lock(good[:-4] + ("0000" if good[-4:] != "0000" else "1111"))
    declare(team, "vouched")
    result = team.run("test", "//app:x_test")
    assert result.code != 0
    assert re.search(
        r"third_party/lock.txt:6: vouched==1.0: the wheel's hash is none of the 1", result.text
    ), result.text
    assert "requirements.update -- --upgrade-package vouched" in result.text


def test_no_wheel_for_this_platform_says_which_and_what_to_do(team: Team) -> None:
    """A wheel for another platform is not taken, and nothing is built from source."""
    entry = team.pack("foreign-1.0-cp39-cp39-win_amd64.whl", "foreign==1.0", {"foreign.py": ""})
    team.write_lock(entry)
    declare(team, "foreign")
    result = team.run("test", "//app:x_test")
    assert result.code != 0
    assert re.search(
        r"third_party/lock.txt:6: foreign==1.0: no wheel for this platform", result.text
    ), result.text


def test_a_requirement_that_is_not_locked_lists_those_that_are(team: Team) -> None:
    """The error of a misspelt dependency names the valid ones."""
    team.write_lock()
    declare(team, "pytset")
    result = team.run("test", "//app:x_test")
    assert re.search(
        r'requirement\("pytset"\): not in third_party/lock.txt.*pluggy.*pytest', result.text
    ), result.text
