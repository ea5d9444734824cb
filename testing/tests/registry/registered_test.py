"""The registry: what is in it, what can't be, and what it says then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from belljar.mocks.registry import (
    BadEntry,
    Entry,
    NameTaken,
    Scenario,
    UnknownEntry,
    UnknownScenario,
    entries,
    entry,
    register,
    registered,
)
from tests.registry.rates import Rates


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(registered, "_entries", dict(registered._entries))
    monkeypatch.setattr(registered, "_places", dict(registered._places))
    yield


def test_ours_are_in_it_from_the_start() -> None:
    assert {"email", "payments", "storage"} <= set(entries())


def test_one_of_a_team_s_own_is_found_by_its_name() -> None:
    mine = register(Entry("rates", mock=Rates))
    assert entry("rates") is mine
    assert entries()["rates"] is mine


@pytest.mark.parametrize("name", ["rates", "payments"])
def test_a_name_twice_is_refused_with_both_places(name: str) -> None:
    if name == "rates":
        register(Entry(name, mock=Rates))
    with pytest.raises(NameTaken) as caught:
        register(Entry(name, mock=Rates))
    text = str(caught.value)
    assert f"two mocks named {name!r}" in text
    assert "registered_test.py:" in text
    assert "email is taken" in text
    assert "fix: give one another name" in text


def test_the_same_line_imported_again_is_no_second_entry() -> None:
    for _ in range(2):
        last = register(Entry("rates", mock=Rates))
    assert entry("rates") is last


def test_an_entry_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(UnknownEntry) as caught:
        entry("payment")
    assert "choices: email, payments, storage" in str(caught.value)
    assert "write 'payments'" in str(caught.value)


def test_a_scenario_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(UnknownScenario) as caught:
        entry("payments").scenario("decline")
    assert "payments has no scenario 'decline'" in str(caught.value)
    assert "declined, down, empty, insufficient funds, rate limited, slow" in str(caught.value)
    assert "write 'declined'" in str(caught.value)


def test_an_entry_without_a_model_is_none() -> None:
    with pytest.raises(BadEntry, match="has no model"):
        Entry("rates")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "can't be named ''"),
        ({"name": 3}, "can't be named 3"),
        ({"mock": 3}, "has mock=3\n  fix: give the class itself"),
        ({"mock": dict}, "the model dict of the entry 'rates' has no boundaries"),
        ({"document": 3}, "has document=3"),
        ({"client": dict}, "has client=<class 'dict'>"),
        ({"scenarios": ["dear"]}, "has scenarios=['dear']"),
        ({"scenarios": {"dear": Scenario("nothing")}}, "the scenario 'dear' of the entry 'rates'"),
        ({"operations": print}, "has operations=<built-in function print>"),
        ({"operations": "reading"}, "has operations='reading'"),
        ({"ignored": ["*.date"]}, "has ignored=['*.date']"),
        ({"fallback": "retry"}, "has fallback='retry'"),
    ],
)
def test_an_entry_of_wrong_values_is_refused_where_it_is_written(
    wrong: dict[str, Any], told: str
) -> None:
    with pytest.raises(BadEntry) as caught:
        Entry(**{"name": "rates", "mock": Rates, **wrong})
    assert told in str(caught.value)
    assert "fix: " in str(caught.value)


def test_what_is_no_entry_is_not_registered() -> None:
    with pytest.raises(BadEntry, match="Rates'> is no entry\n  fix: write register"):
        register(Rates)  # type: ignore[arg-type]  # that is the mistake


def test_scenarios_of_its_own_join_those_of_every_mock() -> None:
    stale = Scenario("of last week", state=lambda client: None)
    mine = Entry("rates", mock=Rates, scenarios={"stale": stale, "slow": stale})
    assert mine.scenario("stale") is stale
    assert mine.scenario("slow") is stale
    assert "503" in mine.scenario("unavailable").summary


def test_every_scenario_says_what_it_is() -> None:
    from belljar.mocks.registry.scenarios import scenarios_of

    for each in entries().values():
        for name, scenario in scenarios_of(each).items():
            assert scenario.summary, name
            assert scenario.state or scenario.faults
