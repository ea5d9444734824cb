"""The fixtures of test data: `data`, and Faker's own `faker`, seeded from the run's seed and the test's name.

    def test_a_customer_is_greeted(faker, data):
        customer = data.make(Customer, email=faker.unique.email())

Load it with `-p belljar.data.plugin`. A test that uses neither pays nothing: Faker is not even imported. Its
locale is the ini option `belljar_data_locale`, or `@pytest.mark.locale("de_DE")` for a test; a team's own
`faker_seed`, `faker_locale` and `faker_session_locale` hold as they do with Faker.
"""

from __future__ import annotations

import argparse
from collections.abc import Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from belljar.data.errors import DataError
from belljar.data.reporting import Reporting
from belljar.data.seeds import INI, OPTION, VARIABLE, derive, run_seed, test_name

if TYPE_CHECKING:
    from belljar.data.data import Data
    from belljar.data.fingerprint import Tally

__all__ = ["data", "faker_seed"]

_FAKERS = "faker.contrib.pytest.plugin"
_TALLY = pytest.StashKey["Tally"]()
_SEEDS_IT = pytest.StashKey[bool]()
_REPORTING = "belljar-data-reporting"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds `--data-seed` and the ini options."""
    # Somebody else's stays theirs.
    with suppress(ValueError, argparse.ArgumentError):
        parser.getgroup("belljar").addoption(
            OPTION,
            metavar="N",
            default=None,
            dest="belljar_data_seed",
            help=f"the seed of the run's data; else {VARIABLE}, else the ini option {INI}, else 0",
        )
    parser.addini(INI, "the seed of the run's data, a number", default="")
    parser.addini("belljar_data_locale", "the locale of Faker's data, or several", default="")
    parser.addini(
        "belljar_data_clock",
        "what Faker's dates are told from: constant (the same in every run), or real",
        default="constant",
    )
    parser.addini(
        "belljar_data_fingerprint", "the data library whose data the tests are for", default=""
    )


def pytest_configure(config: pytest.Config) -> None:
    """Reads the seed, so that a wrong one is told before a test runs."""
    try:
        run_seed(config)
        reporting = Reporting(config)
    except DataError as error:
        raise pytest.UsageError(str(error)) from None
    config.pluginmanager.register(reporting, _REPORTING)


@pytest.fixture
def faker_seed(request: pytest.FixtureRequest) -> int:
    """Give the seed of the fixture `faker` in this test: of the run's seed and the test's name."""
    return derive(run_seed(request.config), test_name(request.node))


@pytest.fixture
def data(request: pytest.FixtureRequest) -> Data:
    """Give the data of this test: `.make`, `.create`, `.load`, `.bulk`, `.unique`, `.random`, `.faker`, `.draw`."""
    from belljar.data.choosing import locale_of
    from belljar.data.data import Data
    from belljar.data.draw import Draw

    seed = run_seed(request.config)
    reporting = _reporting(request)
    draw = Draw(
        derive(seed, "data"),
        test_name(request.node),
        locale_of(request),
        tally=_tally(request.node),
        real_clock=reporting.real_clock,
    )
    reporting.used()
    return Data(draw, seed, request)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """Seeds Faker's own fixture `faker`, and gives a Faker in its place that no other test has touched."""
    if fixturedef.argname != "faker" or getattr(fixturedef.func, "__module__", "") != _FAKERS:
        return (yield)
    own = seed = derive(run_seed(request.config), test_name(request.node))
    if not _seeds_it(request):
        # Faker looks whether the test has it.
        seed = request.getfixturevalue("faker_seed")
    made: Any = yield
    from belljar.data.choosing import faker_for
    from belljar.data.uniqueness import Unique

    reporting = _reporting(request)
    fake = faker_for(
        request,
        made,
        seed,
        unique=Unique(own),
        tally=_tally(request.node),
        real_clock=reporting.real_clock,
    )
    reporting.used()
    cached = fixturedef.cached_result
    if cached is not None:
        fixturedef.cached_result = (fake, cached[1], None)
    return fake


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Stamps the fingerprint of a test's data on its result; shows a mistake in data without a trace."""
    if call.when == "teardown" and (tally := item.stash.get(_TALLY, None)) is not None:
        del item.stash[_TALLY]
        if tally.count:
            item.user_properties.append(("belljar.data", tally.hexdigest()))
    report = yield
    if report.failed and call.excinfo is not None and isinstance(call.excinfo.value, DataError):
        report.longrepr = f"{_place(item, call.excinfo)}: {call.excinfo.value}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Shows a mistake in data that a file makes when it is imported, a factory's for one, without a trace."""
    report = yield
    if report.failed:
        call: pytest.CallInfo[None] | None = getattr(report, "call", None)
        if call and call.excinfo is not None and isinstance(call.excinfo.value, DataError):
            report.longrepr = f"{_place(collector, call.excinfo)}: {call.excinfo.value}"
    return report


def _seeds_it(request: pytest.FixtureRequest) -> bool:
    """Tell whether the test's `faker_seed` is ours: its value is known, and to set it up would double the cost."""
    # A module's tests, or a class's, all see the same fixtures.
    parent = request.node.parent
    known: bool | None = parent.stash.get(_SEEDS_IT, None)
    if known is None:
        found = request.session._fixturemanager.getfixturedefs("faker_seed", request.node)
        known = found is not None and found[-1].func.__module__ == __name__
        parent.stash[_SEEDS_IT] = known
    return known


def _tally(item: pytest.Item) -> Tally:
    from belljar.data.fingerprint import Tally

    return item.stash.setdefault(_TALLY, Tally())


def _reporting(request: pytest.FixtureRequest) -> Reporting:
    reporting = request.config.pluginmanager.get_plugin(_REPORTING)
    assert isinstance(reporting, Reporting)
    return reporting


def _place(
    node: pytest.Item | pytest.Collector, excinfo: pytest.ExceptionInfo[BaseException]
) -> str:
    """Give the line of the test's own file that the mistake was made at."""
    file = node.location[0] if isinstance(node, pytest.Item) else node.nodeid
    lines = [entry.lineno + 1 for entry in excinfo.traceback if str(entry.path) == str(node.path)]
    return f"{file}:{lines[-1]}" if lines else file
