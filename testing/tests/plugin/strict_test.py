"""Strict layers: each test is in one, those that are not are named at once, and a newcomer is left alone."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

FILES = {
    "tests/unit/a_test.py": (
        "import pytest\ndef test_fine(): pass\n@pytest.mark.e2e\ndef test_both(): pass\n"
    ),
    "other/b_test.py": (
        "import pytest\n"
        "@pytest.mark.parametrize('n', [1, 2])\n"
        "def test_none(n): pass\n"
        "@pytest.mark.unit\n"
        "@pytest.mark.perf\n"
        "def test_two_markers(): pass\n"
    ),
}


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A suite with a test of every trouble."""
    monkeypatch.delenv("BELLJAR_LAYER", raising=False)
    write(pytester, FILES)
    pytester.makeini("[pytest]\nbelljar_strict_layers = true\n")
    return pytester


def write(pytester: pytest.Pytester, files: dict[str, str]) -> None:
    for path, text in files.items():
        file = pytester.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def run(suite: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return suite.runpytest_subprocess(
        "-p", "belljar.plugin", "-p", "xdist", "--import-mode=importlib", *arguments
    )


@pytest.mark.parametrize("workers", [[], ["-n2"]])
def test_all_tests_without_a_single_layer_are_named_at_once(
    suite: pytest.Pytester, workers: list[str]
) -> None:
    """With file, line, who says what, the choices and the fix; nothing runs."""
    result = run(suite, *workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = result.stdout.str() + result.stderr.str()
    assert "3 tests are not in one layer:" in told
    assert "other/b_test.py:2: test_none is in none" in told
    assert (
        "other/b_test.py:4: test_two_markers is perf by its marker perf and unit by its marker unit"
        in told
    )
    assert (
        "tests/unit/a_test.py:3: test_both is e2e by its marker e2e and unit by its folder tests/unit"
        in told
    )
    assert "a test is in unit, integration, e2e or perf, by its macro" in told
    assert "Traceback" not in told
    assert "passed" not in result.parseoutcomes()
    assert told.count("test_two_markers is") == 1


def test_a_marker_against_the_macro_is_told_with_the_target(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bazel has sealed the target as its macro says; a marker cannot take that back."""
    monkeypatch.setenv("BELLJAR_LAYER", "unit")
    monkeypatch.setenv("BELLJAR_TARGET", "//orders:a_test")
    result = run(suite, "tests/unit")
    result.stderr.fnmatch_lines(
        ["*test_both is e2e by its marker e2e and unit by py_unit_test of //orders:a_test and*"]
    )


def test_a_suite_that_is_not_strict_runs_as_it_did(suite: pytest.Pytester) -> None:
    """The option is off for newcomers."""
    suite.makeini("[pytest]\n")
    run(suite).assert_outcomes(passed=4, deselected=1)


BUILD = """\
load("@belljar//bazel:defs.bzl", "py_unit_test", ours = "py_pytest_test")
load("@pip//:requirements.bzl", "requirement")

[
    py_unit_test(
        name = name,
        srcs = [name + ".py"] + select({"//conditions:default": []}),
        deps = [requirement("faker")] + (["//x"] if name == "a_test" else []),
    )
    for name in [
        "a_test",
        "b_test",
    ]
]

ours(
    name = "%s_test" % "more",
    srcs = glob(["more/*_test.py"], exclude = ["more/not_*"]),
    layer = "e2e",
)

acme_test(name = "c_test", srcs = ["c_test.py"])
"""


@pytest.fixture
def package(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Tests whose layers a BUILD file has."""
    monkeypatch.delenv("BELLJAR_LAYER", raising=False)
    files = dict.fromkeys(
        ("p/a_test.py", "p/b_test.py", "p/more/d_test.py"), "def test_it(): pass\n"
    )
    write(pytester, {**files, "p/BUILD.bazel": BUILD})
    pytester.makeini("[pytest]\nbelljar_strict_layers = true\n")
    return pytester


def test_under_plain_pytest_the_layer_is_the_one_of_the_build_file(
    package: pytest.Pytester,
) -> None:
    """Lists, comprehensions, globs and other names of the macros are understood."""
    run(package).assert_outcomes(passed=3)
    run(package, "--run-unit").assert_outcomes(passed=2, deselected=1)
    run(package, "-m", "e2e").assert_outcomes(passed=1, deselected=2)


def test_a_macro_of_a_teams_own_says_nothing(package: pytest.Pytester) -> None:
    """A folder, a marker or the ini file has to, then."""
    write(package, {"p/c_test.py": "def test_it(): pass\n"})
    run(package).stderr.fnmatch_lines(["*p/c_test.py:1: test_it is in none"])


def test_a_file_that_two_macros_name_is_in_two_layers(package: pytest.Pytester) -> None:
    """Each target would be another layer's."""
    text = BUILD + 'py_perf_test(name = "again", srcs = ["a_test.py"])\n'
    write(package, {"p/BUILD.bazel": text})
    run(package).stderr.fnmatch_lines(
        [
            "*p/a_test.py:1: test_it is unit by py_unit_test in p/BUILD.bazel and perf by "
            "py_perf_test in p/BUILD.bazel"
        ]
    )


def test_a_build_file_that_cannot_be_read_is_named_where_it_is_missed(
    package: pytest.Pytester,
) -> None:
    """It fails nobody who is not strict."""
    write(package, {"p/BUILD.bazel": BUILD + "\nbroken_test(\n"})
    run(package).stderr.fnmatch_lines(["*could not be read: *BUILD.bazel: SyntaxError: *"])
    package.makeini("[pytest]\n")
    run(package).assert_outcomes(passed=3)


def test_a_single_case_that_is_in_no_layer_is_named_with_its_parameters(
    suite: pytest.Pytester,
) -> None:
    """Where the others of the test are in one."""
    text = (
        "import pytest\n"
        "@pytest.mark.parametrize('n', [pytest.param(1, marks=pytest.mark.unit), 2])\n"
        "def test_cases(n): pass\n"
    )
    write(suite, {"other/b_test.py": text})
    result = run(suite, "other")
    result.stderr.fnmatch_lines(
        ["*: 1 test is not *", "  other/b_test.py:2: test_cases[[]2[]] is in none"]
    )


def test_a_value_that_is_neither_true_nor_false_is_a_usage_error(suite: pytest.Pytester) -> None:
    """With the option and the file."""
    result = run(suite, "-o", "belljar_strict_layers=maybe")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: belljar_strict_layers in *tox.ini: *'maybe'; write true or false"]
    )
