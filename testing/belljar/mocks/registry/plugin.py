"""The fixture `mocked` and the marker `scenario`: mocks of the registry by their names.

    def test_prices_are_converted(mocked):
        rates = mocked("rates")                    # its client: url, journal, scenario, ...
        rates.scenario("stale")
        assert convert(10, at=rates.url) == 10.8

    @pytest.mark.scenario("payments", "declined")
    def test_a_customer_is_told(payments): ...

Where the target's `services` have one of that name, it is that; else the model runs in this process: in a unit test
without a socket of the network, in others on the loopback.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from belljar.mocks.registry.mock_entry import Entry

__all__ = ["mocked"]

MARKER = "scenario(mock, name): a scenario of the registry that this mock is in from the start"
# It ends the servers, and fails tests.
pytest_plugins = ["belljar.mocks.plugin"]
# The fixtures that give a mock of the registry; `mocked` gives any.
FIXTURES = {"payments": "payments", "email": "inbox", "storage": "storage"}


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a scenario that there is not, and one that nothing would set up."""
    if "scenario" not in item.keywords:
        return
    names = getattr(item, "fixturenames", ())
    for marker in item.iter_markers("scenario"):
        if len(marker.args) != 2 or marker.kwargs:
            given = ", ".join(
                [*map(repr, marker.args), *(f"{k}={v!r}" for k, v in marker.kwargs.items())]
            )
            pytest.fail(
                f"{_place(item)}: @pytest.mark.scenario({given}) has no mock and scenario\n"
                '  fix: write @pytest.mark.scenario("payments", "declined")',
                pytrace=False,
            )
        mock, scenario = marker.args
        if text := _wrong_with(mock, scenario):
            pytest.fail(f"{_place(item)}: {text}", pytrace=False)
        own = FIXTURES.get(mock, "mocked")
        if own not in names and "mocked" not in names:
            pytest.fail(
                f"{_place(item)}: the scenario {scenario!r} of {mock} is set up by a fixture that the "
                f"test does not ask for\n  fix: take {' or '.join({own: 0, 'mocked': 0})} as an argument",
                pytrace=False,
            )


@pytest.fixture
def mocked(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """Give a function: the name of an entry of the registry to the client of its mock, as new for this test."""
    given: dict[str, Any] = {}

    def give(name: str) -> Any:
        __tracebackhide__ = True
        if name not in given:
            given[name] = _given(request, name)
        return given[name]

    for marker in request.node.iter_markers("scenario"):
        # What the test never names may be what its code asks.
        if FIXTURES.get(marker.args[0], "") not in request.fixturenames:
            give(marker.args[0])
    return give


def _given(request: pytest.FixtureRequest, name: str) -> Any:
    __tracebackhide__ = True
    from belljar.mocks.plugin import mock_client

    if name in FIXTURES and FIXTURES[name] in request.fixturenames:
        return request.getfixturevalue(FIXTURES[name])
    entry = _entry(name)
    if not hasattr(entry.client_type, "of_service"):
        from belljar.mocks.registry.declared import declared_client

        return declared_client(request, entry)
    return mock_client(request, name, entry.start_served, entry.client_type, entry.start_inside)


def _entry(name: str) -> Entry:
    __tracebackhide__ = True
    from belljar.mocks.registry.registered import entry

    return entry(name)


def _wrong_with(mock: str, scenario: str) -> str:
    """Give why there is no such scenario; nothing if there is."""
    from belljar.mocks.registry.errors import RegistryError

    try:
        _entry(mock).scenario(scenario)
    except RegistryError as error:
        return str(error)
    return ""


def _place(item: pytest.Item) -> str:
    file, line, name = item.location
    return f"{file}:{(line or 0) + 1}: {name}"
