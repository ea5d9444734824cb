"""Layers under plain pytest: markers, options, folders."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

FILES = {
    "tests/unit/a_test.py": "def test_in_unit_folder(): pass\n",
    "tests/e2e/b_test.py": "def test_in_e2e_folder(): pass\n",
    "tests/perf/c_test.py": "def test_in_perf_folder(): pass\n",
    "other/d_test.py": (
        "import pytest\n"
        "@pytest.mark.integration\n"
        "def test_marked(): pass\n"
        "def test_of_no_layer(): pass\n"
    ),
}


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A suite with tests of every layer, and no Bazel around it."""
    monkeypatch.delenv("BELLJAR_LAYER", raising=False)
    pytester.makeini("[pytest]\n")
    for path, text in FILES.items():
        file = pytester.path / path
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    return pytester


def names(suite: pytest.Pytester, *arguments: str) -> set[str]:
    result = suite.runpytest_subprocess(
        "-p", "belljar.plugin", "--import-mode=importlib", "-v", "--strict-markers", *arguments
    )
    result.assert_outcomes(
        passed=len([line for line in result.outlines if "PASSED" in line]),
        deselected=result.parseoutcomes().get("deselected", 0),
    )
    return {line.split("::")[1].split()[0] for line in result.outlines if "PASSED" in line}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], {"test_in_unit_folder", "test_in_e2e_folder", "test_marked", "test_of_no_layer"}),
        (["--run-unit"], {"test_in_unit_folder"}),
        (["-m", "unit"], {"test_in_unit_folder"}),
        (["--run-e2e", "--run-integration"], {"test_in_e2e_folder", "test_marked"}),
        (["--run-perf"], {"test_in_perf_folder"}),
        (["-m", "perf"], {"test_in_perf_folder"}),
    ],
)
def test_a_layer_comes_from_folder_or_marker_and_is_asked_for_by_option_or_marker(
    suite: pytest.Pytester, arguments: list[str], expected: set[str]
) -> None:
    """A run that names no layer leaves perf out, and nothing else."""
    assert names(suite, *arguments) == expected


def test_the_macros_layer_comes_before_the_folders_and_after_the_markers(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bazel's runner hands it on in the environment; Bazel has sized and sealed the target by it."""
    monkeypatch.setenv("BELLJAR_LAYER", "unit")
    assert names(suite, "--run-integration") == {"test_marked"}
    assert "test_in_e2e_folder" in names(suite, "--run-unit")


def test_a_marker_that_a_conftest_gives_is_a_layer_too(suite: pytest.Pytester) -> None:
    """Many suites mark by path in their own hook."""
    suite.makeconftest(
        "def pytest_collection_modifyitems(items):\n"
        "    for item in items:\n"
        "        if item.path.parent.name == 'other': item.add_marker('integration')\n"
    )
    assert names(suite, "-m", "integration") == {"test_marked", "test_of_no_layer"}


def test_a_folder_of_another_name_is_a_layer_when_the_ini_file_says_so(
    suite: pytest.Pytester,
) -> None:
    """By its name anywhere, or by its path from the root."""
    suite.makeini("[pytest]\nbelljar_layers =\n    other: integration\n    tests/e2e: none\n")
    assert names(suite, "--run-integration", "--run-e2e") == {"test_marked", "test_of_no_layer"}


def test_a_line_of_folders_that_names_no_layer_is_a_usage_error(suite: pytest.Pytester) -> None:
    """With the line, the file and the choices."""
    suite.makeini("[pytest]\nbelljar_layers = other: slow\n")
    result = suite.runpytest_subprocess("-p", "belljar.plugin")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*belljar_layers in *tox.ini: 'other: slow' is no folder * e2e, perf or none"]
    )


DOCKER = {
    "a_test.py": (
        "import pytest\n"
        "def test_plain(): pass\n"
        "@pytest.mark.docker\n"
        "def test_in_docker(): pass\n"
        "@pytest.mark.docker\n"
        "@pytest.mark.unit\n"
        "def test_unit_in_docker(): pass\n"
        "@pytest.mark.perf\n"
        "def test_load(): pass\n"
    )
}


@pytest.fixture
def aside(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A suite of which most stands aside."""
    monkeypatch.delenv("BELLJAR_LAYER", raising=False)
    pytester.makeini("[pytest]\n")
    for path, text in DOCKER.items():
        (pytester.path / path).write_text(text, encoding="utf-8")
    return pytester


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], {"test_plain"}),
        (["--run-docker"], {"test_in_docker", "test_unit_in_docker"}),
        (["-m", "docker"], {"test_in_docker", "test_unit_in_docker"}),
        (["-m", "unit and docker"], {"test_unit_in_docker"}),
        (["-m", "not slow"], {"test_plain"}),
        (
            ["--run-perf", "--run-docker"],
            {"test_load", "test_in_docker", "test_unit_in_docker"},
        ),
        (["--run-perf", "-m", "perf"], {"test_load"}),
    ],
)
def test_docker_and_perf_run_when_the_run_names_them(
    aside: pytest.Pytester, arguments: list[str], expected: set[str]
) -> None:
    """By option or by marker expression; any other expression leaves them out."""
    aside.makeini("[pytest]\nmarkers =\n    slow: takes its time\n")
    assert names(aside, *arguments) == expected


@pytest.mark.parametrize("workers", [[], ["-n2"]])
def test_a_run_says_how_many_it_left_out_and_what_runs_them(
    aside: pytest.Pytester, workers: list[str]
) -> None:
    """Also where workers have collected."""
    result = aside.runpytest_subprocess(
        "-p", "belljar.plugin", "--import-mode=importlib", "-p", "xdist", *workers
    )
    result.stdout.fnmatch_lines(
        [
            "belljar: left out 2 docker tests (--run-docker runs them) and "
            "1 perf test (--run-perf runs it)"
        ]
    )
    assert result.parseoutcomes()["passed"] == 1


def test_what_is_both_perf_and_docker_is_left_out_by_both_names(aside: pytest.Pytester) -> None:
    """One option alone would not run it."""
    (aside.path / "a_test.py").write_text(
        "import pytest\n@pytest.mark.docker\n@pytest.mark.perf\ndef test_it(): pass\n",
        encoding="utf-8",
    )
    result = aside.runpytest_subprocess("-p", "belljar.plugin")
    result.stdout.fnmatch_lines(
        ["belljar: left out 1 perf and docker test (--run-perf --run-docker run it)"]
    )


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("--run-unti", "--run-unit"),
        ("--run-integratoin", "--run-integration"),
        ("--run-int", "--run-integration"),
    ],
)
def test_an_option_that_is_nearly_ours_is_told_with_the_choices(
    aside: pytest.Pytester, given: str, meant: str
) -> None:
    """Others that nobody has are told by pytest."""
    result = aside.runpytest_subprocess("-p", "belljar.plugin", given)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [f"ERROR: there is no option {given}; write {meant}, or choose of --run-unit, *"]
    )
    other = aside.runpytest_subprocess("-p", "belljar.plugin", "--run-slow")
    other.stderr.fnmatch_lines(["*unrecognized arguments: --run-slow"])
