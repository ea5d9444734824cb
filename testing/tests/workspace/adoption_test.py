"""A team's own workspace uses the macros: its own lock, no .bazelrc of ours, a package called testing."""

from __future__ import annotations

import pytest

from tests.workspace.second_workspace import Team


@pytest.fixture(scope="module", autouse=True)
def _files(team: Team) -> None:
    team.write_lock(
        team.wheel("greeting", {"greeting/__init__.py": "def hello(): return 'hello'\n"}),
    )
    team.write(
        {
            "testing/__init__.py": "OURS = True\n",
            "testing/helper.py": "ANSWER = 42\n",
            "testing/BUILD.bazel": """
load("@belljar//bazel:defs.bzl", "py_e2e_test", "py_integration_test", "py_perf_test", "py_unit_test")
load("@rules_python//python:defs.bzl", "py_library")
load("@team_pip//:requirements.bzl", "requirement")

py_library(name = "helper", srcs = ["__init__.py", "helper.py"])
py_unit_test(name = "unit_test", srcs = ["unit_test.py"], deps = [":helper", requirement("greeting")])
py_integration_test(name = "integration_test", srcs = ["layer_test.py"])
py_e2e_test(name = "e2e_test", srcs = ["layer_test.py"])
py_perf_test(name = "perf_test", srcs = ["layer_test.py"])
""",
            "testing/unit_test.py": """
import ipaddress, os, socket, sys
from pathlib import Path

import greeting, pytest
from belljar.fence import current
from testing import OURS
from testing.helper import ANSWER

def test_own_package_called_testing_is_the_teams():
    assert OURS and ANSWER == 42 and greeting.hello() == "hello"

def test_home_and_scratch_are_private_and_empty():
    assert list(Path.home().iterdir()) == []
    assert len(os.environ["TMPDIR"]) < 60

def test_scratch_folders_are_not_the_machines():
    for folder in ("/tmp", "/dev/shm"):
        Path(folder, "mark").write_text("mine")

def test_network_is_cut_off():
    # A datagram socket's connect looks for a route and sends nothing.
    with socket.socket(type=socket.SOCK_DGRAM) as client, pytest.raises(OSError):
        client.connect((str(ipaddress.IPv4Address(0xC0000201)), 9))
    assert [breach.kind for breach in current().breaches()] == ["outside"]

def test_no_site_packages_but_ours():
    assert [entry for entry in sys.path if "site-packages" in entry] == [str(Path(greeting.__file__).parents[1])]
""",
            "testing/layer_test.py": "def test_runs(): pass\n",
        }
    )


def test_a_second_workspace_runs_all_four_layers_sealed_without_our_rc_file(team: Team) -> None:
    """Tags, sizes, network policy and the seal come with the target."""
    result = team.run("test", "//testing:all")
    assert result.code == 0, result.text + team.log("//testing:unit_test")
    for layer in ("unit", "integration", "e2e", "perf"):
        # 4.2.3 runs exclusive tests outside the sandbox without a flag of the rc file.
        if layer != "perf":
            assert f"belljar: sealed, layer {layer}" in team.log(f"//testing:{layer}_test")


def test_targets_are_real_py_tests_with_their_layers_tag(team: Team) -> None:
    """Query finds them by kind and by tag, as it finds any other."""
    kinds = team.run("query", "kind(py_test, //testing:all)", "--output=label")
    assert kinds.text.count("//testing:") == 4, kinds.text
    tagged = team.run(
        "query", 'attr(tags, "perf", attr(tags, "exclusive", //testing:all))', "--output=label"
    )
    assert "//testing:perf_test" in tagged.text
    assert "unit_test" not in tagged.text
