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


def test_the_macros_layer_is_the_last_word_where_nothing_else_is_said(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bazel's runner hands it on in the environment."""
    monkeypatch.setenv("BELLJAR_LAYER", "integration")
    assert names(suite, "--run-integration") == {"test_marked", "test_of_no_layer"}
