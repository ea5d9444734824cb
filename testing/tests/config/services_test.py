"""Several services with a settings class each: sections of one's own, and a fixture for a folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from belljar.config import Section, TestSettings
from tests.config.conftest import Explain, Mistakes, Run

pytest_plugins = ["pytester"]

Put = Callable[[str, str], Path]

PROFILE = """services = ["orders"]

[database]
pool_size = 3

[orders]
examples = 7
"""
CONFTEST = """
from belljar.config import Section, TestSettings
from belljar.config.plugin import settings_fixture

class Orders(Section):
    examples: int = 1

class OrdersSettings(TestSettings):
    orders: Orders = Orders()

test_settings = settings_fixture(OrdersSettings)
"""
USES = """
def test_one(test_settings):
    print("examples", test_settings.orders.examples, test_settings.database.pool_size)
"""


class Orders(Section):
    """One service's."""

    examples: int = 1


class OrdersSettings(TestSettings):
    """Its class."""

    orders: Orders = Orders()


def test_a_section_of_one_service_is_passed_by_by_the_classes_of_others(
    put: Put, explained: Explain
) -> None:
    """From wherever it is said."""
    put("testing/config/local.toml", PROFILE)
    environ = {"TEST__ORDERS__EXAMPLES": "8"}
    assert explained(environ, kind=TestSettings).settings.database.pool_size == 3
    assert explained(kind=OrdersSettings).settings.orders.examples == 7
    assert explained(environ, kind=OrdersSettings).settings.orders.examples == 8


def test_a_service_that_is_named_in_a_profile_is_known_in_those_that_extend_it(
    put: Put, explained: Explain
) -> None:
    put("testing/config/local.toml", 'services = ["orders"]\n')
    put("testing/config/ci.toml", 'extends = "local"\norders.examples = 9\n')
    assert explained(kind=TestSettings, profile="ci").settings.database.pool_size == 5
    assert explained(kind=OrdersSettings, profile="ci").settings.orders.examples == 9


def test_other_sections_and_keys_of_its_own_are_mistakes_as_ever(
    put: Put, mistakes: Mistakes
) -> None:
    """Only the section is passed by, and only where the class has none of that name."""
    put("testing/config/local.toml", PROFILE + "exampels = 1\n\n[order]\nexamples = 1\n")
    section, key = mistakes(kind=OrdersSettings)
    assert (section.place, section.fix) == (
        "testing/config/local.toml:8:1",
        "write orders.examples",
    )
    assert (key.place, key.fix) == ("testing/config/local.toml:10:1", "write orders")


def test_services_is_a_list_of_names(put: Put, mistakes: Mistakes) -> None:
    put("testing/config/local.toml", 'services = "orders"\n')
    (mistake,) = mistakes(kind=TestSettings)
    assert (mistake.place, mistake.fix) == (
        "testing/config/local.toml:1:1",
        'write services = ["orders"]',
    )


def test_a_conftest_gives_its_folder_a_class_of_its_own(
    run: Run, pytester: pytest.Pytester
) -> None:
    """Beside the one that the ini file names, which has no section of that name."""
    (pytester.mkdir("config") / "local.toml").write_text(PROFILE)
    pytester.makeconftest(CONFTEST)
    result = run(USES, "-s")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*examples 7 3*"])


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n2")], ids=["alone", "workers"])
def test_its_mistakes_end_the_run_before_the_first_test(
    run: Run, pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    (pytester.mkdir("config") / "local.toml").write_text('orders.examples = "many"\n')
    pytester.makeconftest(CONFTEST)
    result = run(USES, *workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = result.stdout.str() + result.stderr.str()
    assert told.count("orders.examples is a text, 'many', and has to be an integer") == 1
    assert "examples many" not in told
