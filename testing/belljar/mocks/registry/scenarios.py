"""`set_up`: brings a mock into a scenario; and the scenarios that every entry has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from belljar.mocks.registry.mock_entry import Entry, Scenario
from belljar.mocks.registry.registered import entry_of

__all__ = ["scenarios_of", "set_up"]

# Errors are a mistake of the test: its line is shown, and not those in here.
__tracebackhide__ = True

# How long "slow" takes, in seconds: longer than a person waits gladly, and no test has to.
SLOW = 1.0

_SHARED: Mapping[str, Scenario] = {
    "empty": Scenario("nothing has ever happened there", state=lambda client: client.reset()),
    "slow": Scenario("each answer comes a second later", faults=lambda on: on().latency(mean=SLOW)),
    "down": Scenario("each connection breaks", faults=lambda on: on().refuse()),
}
_HTTP: Mapping[str, Scenario] = {
    **_SHARED,
    "unavailable": Scenario("each request gets 503", faults=lambda on: on().fail(status=503)),
    "rate limited": Scenario(
        "each request gets 429", faults=lambda on: on().rate_limit(retry_after=1)
    ),
}
_BY_FAMILY = {
    "http": _HTTP,
    "storage": {
        **_SHARED,
        "unavailable": _HTTP["unavailable"],
        "rate limited": Scenario("each call gets SlowDown", faults=lambda on: on().slow_down()),
    },
    "smtp": {
        **_SHARED,
        "rate limited": Scenario(
            "each mail is refused for now, with 451",
            faults=lambda on: on(command="MAIL").smtp(code=451),
        ),
    },
}


def scenarios_of(entry: Entry) -> dict[str, Scenario]:
    """Return the scenarios by name: the entry's own, and those of its family."""
    boundaries = getattr(entry.client_type, "boundaries", None) or {entry.name: "http"}
    family = next(iter(boundaries.values()))
    return {**_BY_FAMILY.get(family, _SHARED), **entry.scenarios}


def set_up(client: Any, name: str) -> None:
    """Bring the mock of this client into a scenario of its entry.

    Faults join the plan of the test's fixture `faults`, which is saved when the test fails; without that they go
    to the mock alone. Raises `UnknownScenario`, and `BadEntry` for a client of no entry.
    """
    found = entry_of(client)
    scenario = found.scenario(name)
    if scenario.state is not None:
        scenario.state(client)
    if scenario.faults is not None:
        scenario.faults(_planner(client, found.name))


def _planner(client: Any, name: str) -> Callable[..., Any]:
    boundary = next(iter(getattr(client, "boundaries", None) or {name: "http"}))
    if client.faults_of_test is not None:
        faults = client.faults_of_test()
        return lambda **match: faults.on(boundary, **match)
    from belljar.faults.building import Target
    from belljar.faults.plan import Plan

    rules: list[Any] = []

    def add(rule: Any) -> None:
        rule.check(f"a scenario of {name}")
        rules.append(rule)
        client.set_faults(Plan(0, tuple(rules)).to_json())

    return lambda **match: Target(boundary, match, add)
