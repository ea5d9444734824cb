"""A run's seed is constant unless it is said, and a test's name is the same wherever it runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from belljar.data import derive

pytest_plugins = ["pytester"]
Run = Callable[..., pytest.RunResult]
Drawn = Callable[[pytest.RunResult], dict[str, str]]

SHOW = """
from belljar.data.seeds import run_seed, test_name
def test_it(request):
    print(f"\\n<seed> = {run_seed(request.config)}")
    print(f"<name> = {test_name(request.node)}")
"""


def test_derive_is_the_same_on_every_machine() -> None:
    """A change here changes all data of all teams."""
    assert derive(0, "tests/cart_test.py::test_total") == 1257094979627850637
    assert derive(1, "a") != derive(0, "a") != derive(0, "b")
    assert derive(0, "é\ud800") < 2**64


def test_the_seed_is_0_unless_somebody_says_one(run: Run, drawn: Drawn) -> None:
    assert drawn(run(SHOW, "-rA"))["seed"] == "0"


def test_the_option_goes_before_the_variable_and_that_before_the_ini_file(
    run: Run, drawn: Drawn, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makeini("[pytest]\nbelljar_data_seed = 3\n")
    assert drawn(run(SHOW, "-rA"))["seed"] == "3"
    monkeypatch.setenv("BELLJAR_DATA_SEED", "2")
    assert drawn(run("", "-rA"))["seed"] == "2"
    assert drawn(run("", "-rA", "--data-seed=1"))["seed"] == "1"
    assert drawn(run("", "-rA", "-n1", "--data-seed=1"))["seed"] == "1"


def test_a_name_is_told_from_the_nearest_workspace_wherever_pytest_has_its_root(
    pytester: pytest.Pytester, drawn: Drawn, run: Run
) -> None:
    """Who runs pytest from a folder above gets the data that the workspace's own runs get."""
    inner = pytester.mkdir("inner")
    (inner / "WORKSPACE").touch()
    tests = inner / "tests"
    tests.mkdir()
    (tests / "inner_test.py").write_text(SHOW)
    above = run("", "-rA", f"--rootdir={pytester.path}", "inner/tests")
    own = run("", "-rA", f"--rootdir={inner}", "inner/tests")
    assert drawn(above)["name"] == drawn(own)["name"] == "tests/inner_test.py::test_it"


@pytest.mark.parametrize(
    "place", ["--data-seed", "BELLJAR_DATA_SEED", "tox.ini, belljar_data_seed"]
)
def test_a_seed_that_is_no_number_is_a_usage_error_that_says_where_it_was_said(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    arguments = []
    if place.startswith("--"):
        arguments = ["--data-seed=lucky"]
    elif place.isupper():
        monkeypatch.setenv(place, "lucky")
    else:
        pytester.makeini("[pytest]\nbelljar_data_seed = lucky\n")
    result = run(SHOW, *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {place}: 'lucky' is not a number*", "  fix:   say *7*"])
    result.stderr.no_fnmatch_line("*Traceback*")


def test_a_tests_name_has_no_group_of_xdist(run: Run, drawn: Drawn) -> None:
    """xdist puts it at the end of node ids, if pytest lets it; an @ in parameters stays."""
    text = """
import pytest
from types import SimpleNamespace
from belljar.data.seeds import test_name as name_of

@pytest.mark.parametrize("mail", ["a@b.test"])
def test_it(mail, request):
    item = request.node
    grouped = SimpleNamespace(
        nodeid=item.nodeid + "@one", name=item.name, parent=item.parent, config=item.config,
        path=item.path, stash=pytest.Stash(),
    )
    print("\\n<plain> =", name_of(item))
    print("<grouped> =", name_of(grouped))
"""
    shown = drawn(run(text, "-rA"))
    assert shown["plain"] == shown["grouped"] == "shop_test.py::test_it[a@b.test]"


@pytest.mark.parametrize("mark", ["WORKSPACE", "MODULE.bazel"])
def test_a_tests_name_begins_at_the_workspaces_root_wherever_pytest_sees_its_own(
    run: Run, drawn: Drawn, pytester: pytest.Pytester, mark: str
) -> None:
    """As Bazel's runner, whose root is the workspace's."""
    pytester.path.joinpath(mark).touch()
    folder = pytester.mkdir("shop")
    (folder / "cart_test.py").write_text(SHOW, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    names = {
        drawn(run("", "-rA", *arguments))["name"]
        for arguments in (["-c", "tox.ini", "--rootdir=."], ["shop"], ["--rootdir=shop", "shop"])
    }
    assert names == {"shop/cart_test.py::test_it"}


def test_without_an_ini_file_the_name_begins_at_the_checkouts_root(
    run: Run, drawn: Drawn, pytester: pytest.Pytester
) -> None:
    """There pytest's root is whatever the named files have in common."""
    pytester.path.joinpath("tox.ini").unlink()
    pytester.mkdir(".git")
    folder = pytester.mkdir("shop")
    (folder / "cart_test.py").write_text(SHOW, encoding="utf-8")
    names = set()
    for arguments in ([], ["shop"], ["shop/cart_test.py"]):
        name = drawn(run("", "-rA", *arguments))["name"]
        # A folder above may have an ini file that pytest finds.
        assert name.endswith("shop/cart_test.py::test_it")
        names.add(name)
    assert len(names) == 1


def test_an_option_of_that_name_that_another_plugin_has_stays_its_own(
    run: Run, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(
        acme_plugin="def pytest_addoption(parser): parser.addoption('--data-seed', dest='theirs')"
    )
    pytester.syspathinsert()
    pytester.makepyfile(shop_test=SHOW)
    arguments = ("-p", "acme_plugin", "-p", "belljar.data.plugin", "--data-seed=none")
    pytester.runpytest_subprocess(*arguments).assert_outcomes(passed=1)
