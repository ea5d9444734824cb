"""Faker's locale is the ini option's, or a test's own; what a team has of its own stays so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]
Run = Callable[..., pytest.RunResult]


LOCALES = "def test_a(faker, data): assert faker.locales == data.faker.locales == {locales!r}\n"


@pytest.mark.parametrize(
    ("said", "locales"),
    [("", ["en_US"]), ("de_DE", ["de_DE"]), ("de-DE, fr", ["de_DE", "fr_FR"])],
)
def test_the_ini_option_names_one_or_several(
    run: Run, pytester: pytest.Pytester, said: str, locales: list[str]
) -> None:
    pytester.makeini(f"[pytest]\nbelljar_data_locale = {said}\n")
    run(LOCALES.format(locales=locales)).assert_outcomes(passed=1)


def test_a_tests_marker_wins(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nbelljar_data_locale = fr_FR\n")
    run(
        "import pytest\n@pytest.mark.locale('de_DE', 'de_AT')\n"
        + LOCALES.format(locales=["de_DE", "de_AT"]),
        "--strict-markers",
    ).assert_outcomes(passed=1)


@pytest.mark.parametrize("where", ["belljar_data_locale", "@pytest.mark.locale"])
def test_a_locale_that_is_none_fails_the_test_and_names_near_ones(
    run: Run, pytester: pytest.Pytester, where: str
) -> None:
    marker = ""
    if where.startswith("@"):
        marker = f"import pytest\n{where}('de_XX')\n"
    else:
        pytester.makeini(f"[pytest]\n{where} = de_XX\n")
    result = run(marker + "def test_a(faker): pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [f"shop_test.py: {where}: Faker has no data for the locale 'de_XX'", "  valid: de_*"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_marker_without_a_locale_says_what_it_wants(run: Run) -> None:
    result = run("import pytest\n@pytest.mark.locale()\ndef test_a(faker): pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*@pytest.mark.locale: it has () and {}, and wants locales"])


@pytest.mark.parametrize("where", ["ini", "conftest"])
def test_a_teams_own_marker_of_that_name_is_nothing_to_us(
    run: Run, pytester: pytest.Pytester, where: str
) -> None:
    if where == "ini":
        pytester.makeini("[pytest]\nmarkers = locale(text): the shop's language\n")
    else:
        pytester.makeconftest(
            "def pytest_configure(config): config.addinivalue_line('markers', 'locale: language')"
        )
    run(
        "import pytest\n@pytest.mark.locale(text='klingon')\n" + LOCALES.format(locales=["en_US"])
    ).assert_outcomes(passed=1)


def test_fakers_own_fixtures_of_locales_hold(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nbelljar_data_locale = fr_FR\n")
    run(
        """
import pytest
@pytest.fixture(autouse=True)
def faker_locale(): return ["it_IT"]
def test_a(faker):
    assert faker.locales == ["it_IT"]
    assert faker.sku()
@pytest.mark.locale("de_DE")
def test_b(faker):
    assert faker.locales == ["de_DE"]
"""
    ).assert_outcomes(passed=2)


def test_fakers_locale_of_the_session_holds_in_every_order(
    run: Run, pytester: pytest.Pytester
) -> None:
    """Left to Faker, it is the locale of all only if the first test asks for it."""
    pytester.makeini("[pytest]\nbelljar_data_locale = fr_FR\n")
    run(
        """
import pytest
@pytest.fixture(scope="session")
def faker_session_locale(): return ["it_IT"]
def test_a(): pass
def test_b(faker):
    assert faker.locales == ["it_IT"]
"""
    ).assert_outcomes(passed=2)


def test_a_teams_own_faker_of_the_session_keeps_its_locale(run: Run) -> None:
    run(
        """
import pytest
from faker import Faker
@pytest.fixture(scope="session", autouse=True)
def _session_faker(): return Faker("nl_NL")
def test_a(faker):
    assert faker.locales == ["nl_NL"]
"""
    ).assert_outcomes(passed=1)
