"""What a test drew is stamped on its result, and a Faker that gives other data is noticed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.data.fingerprint import Tally, canonical

pytest_plugins = ["pytester"]
Run = Callable[..., pytest.RunResult]

SUITE = (
    "def test_a(faker): faker.name()\ndef test_b(data): data.random.random()\ndef test_c(): pass\n"
)


def stamps(path: Path) -> list[str]:
    return re.findall(r'name="belljar\.data" value="(\w{16})"', path.read_text(encoding="utf-8"))


def test_each_test_with_data_has_a_fingerprint_in_the_report(
    run: Run, pytester: pytest.Pytester
) -> None:
    report = pytester.path / "report.xml"
    seen = []
    for arguments in ([], ["-n2"], ["--data-seed=1"]):
        run(SUITE, f"--junitxml={report}", *arguments)
        seen.append(sorted(stamps(report)))
        text = report.read_text(encoding="utf-8")
        assert re.search(r'"belljar\.data\.library" value="faker [\d.]+ en_US \w{16}"', text)
        assert re.search(r'"belljar\.data\.seed" value="[01]"', text)
    assert [len(one) for one in seen] == [2, 2, 2]
    assert seen[0] == seen[1]
    assert not set(seen[0]) & set(seen[2])


@pytest.mark.parametrize(
    "more", ["faker.name()", "faker.unique.email()", "data.unique.uuid()", "data.random.random()"]
)
def test_one_value_more_is_another_fingerprint(
    run: Run, pytester: pytest.Pytester, more: str
) -> None:
    report = pytester.path / "report.xml"
    text = "def test_a(faker, data):\n    faker.name(), data.random.random()\n"
    run(text, f"--junitxml={report}")
    before = stamps(report)
    run(f"{text}    {more}\n", f"--junitxml={report}")
    assert stamps(report) != before


def test_a_run_says_what_its_data_came_of(run: Run) -> None:
    for arguments in ([], ["-n2"]):
        run(SUITE, *arguments).stdout.re_match_lines(
            [r"belljar: data of seed 0, Faker \d+\.\d+\.\d+ en_US \w{16}"]
        )


def now(run: Run) -> str:
    return re.search(r"Faker (\S+ \S+ \w{16})", run(SUITE).stdout.str())[1]  # type: ignore[index]


def test_the_data_that_the_ini_file_names_is_no_word_worth(
    run: Run, pytester: pytest.Pytester
) -> None:
    """Also where the version is another one: its data is the same."""
    library = now(run)
    pytester.makeini(
        f"[pytest]\nbelljar_data_fingerprint = 1.0 en_US {library.split()[2]}\n"
        "belljar_strict_layers = true\n"
    )
    result = run(SUITE, "-p", "belljar.plugin", "-m", "", "-o", "belljar_layers=.: unit")
    assert result.ret == pytest.ExitCode.OK, result.stdout.str() + result.stderr.str()
    result.stdout.no_fnmatch_line("*test data*")


@pytest.mark.parametrize("workers", [[], ["-n2"]], ids=["alone", "workers"])
@pytest.mark.parametrize("strict", [False, True])
def test_other_data_than_the_ini_file_names_is_told_and_fails_a_strict_run(
    run: Run, pytester: pytest.Pytester, strict: bool, workers: list[str]
) -> None:
    library = now(run)
    pytester.makeini(
        "[pytest]\nbelljar_data_fingerprint = 30.1.0 de_DE 0123456789abcdef\n"
        f"belljar_strict_layers = {strict}\nbelljar_layers = .: unit\n"
    )
    result = run(SUITE, "-p", "belljar.plugin", *workers)
    expected = pytest.ExitCode.TESTS_FAILED if strict else pytest.ExitCode.OK
    assert result.ret == expected, result.stdout.str() + result.stderr.str()
    result.stdout.fnmatch_lines(
        [
            f"belljar: {'error' if strict else 'warning'}: the data of the tests has changed",
            "  was:    Faker 30.1.0, de_DE, 0123456789abcdef",
            f"  is:     Faker {library.split()[0]}, en_US, {library.split()[2]}",
            "  reason: the locale, de_DE then and en_US now*",
            f"  accept: belljar_data_fingerprint = {library}   in tox.ini",
        ]
    )


def test_a_fingerprint_that_is_none_is_a_usage_error(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nbelljar_data_fingerprint = 40.1.0\n")
    result = run(SUITE)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*belljar_data_fingerprint: '40.1.0' is no fingerprint*"])


def test_a_value_has_one_text_in_every_process() -> None:
    class Plain:
        def __init__(self) -> None:
            self.name, self._state, self.me = "a", object(), self

    assert canonical({"b", "a"}) == canonical({"a", "b"}) == "{'a','b'}"
    assert canonical([1, 1.5, None, True, b"x"]).startswith("[1,1.5,None,True,bytes ")
    assert canonical(Plain()) == "Plain(me=...,name='a')"
    assert canonical(object()) == "object()"


def test_label_and_value_do_not_run_into_each_other() -> None:
    one, two = Tally(), Tally()
    one.note("a", "bc")
    two.note("ab", "c")
    assert one.hexdigest() != two.hexdigest()


def test_a_row_is_its_own_columns_and_not_all_that_it_is_related_to() -> None:
    """A thousand rows that refer to each other are not a million texts."""

    class Row:
        def __init__(self, name: str) -> None:
            self._sa_instance_state = object()
            self.name = name
            self.others: list[Row] = []

    one, two = Row("a"), Row("b")
    one.others, two.others = [two, two], [one]
    assert canonical(one) == "Row(name='a',others=[Row(...),Row(...)])"
