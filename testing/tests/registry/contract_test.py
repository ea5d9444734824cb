"""Contracts: a planted difference is found, whatever it is in; what is ignored is said; documents are kept to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from belljar.mocks.http import Response
from belljar.mocks.namespaces import Namespace
from belljar.mocks.registry import BadEntry, Entry, contract_tests, differences
from belljar.mocks.registry.contract import Sides, parted
from belljar.mocks.registry.documents import operations_of, undeclared
from belljar.mocks.registry.recording import Record, Reply
from belljar.mocks.registry.serving import command_of, served
from tests.registry.rates import Rates, RatesClient, Strange, notes, reading

RATES = Entry("rates", mock=Rates, client=RatesClient, operations=(reading, notes))
STRANGE = Entry("strange", mock=Strange, client=RatesClient, operations=(reading,))
DOCUMENT = Path(__file__).with_name("rates.yaml")
IGNORED = {"*.headers.date": "the time of the answer"}

TestRates = contract_tests(
    Entry("rates", mock=Rates, client=RatesClient, operations=(reading, notes), ignored=IGNORED)
)
TestDocument = contract_tests(Entry("document", document=DOCUMENT))
TestBoth = contract_tests(
    Entry("both", mock=Rates, client=RatesClient, document=DOCUMENT, ignored=IGNORED), reading
)


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        ("status", "1. GET /rates.status: inside 200, served 203"),
        ("field", "1. GET /rates.body.rates[0].currency: inside"),
        ("value", "1. GET /rates.body.rates[1].rate: inside 0.85, served 0.86"),
        ("header", '1. GET /rates.headers.x-count: inside "2", served (not there)'),
        ("order", '1. GET /rates.body.rates[0].currency: inside "usd", served "gbp"'),
    ],
)
def test_a_planted_difference_is_found_and_named(
    monkeypatch: pytest.MonkeyPatch, planted: str, told: str
) -> None:
    inside = STRANGE.start_inside()
    monkeypatch.setenv("STRANGE", planted)  # of the process alone: the model reads it when asked
    with served(STRANGE) as url:
        monkeypatch.setenv("STRANGE", "")
        found = parted(STRANGE, Sides(inside.url, url), reading)
    inside.close()
    assert "strange: reading parts the model inside from the server:" in found
    assert told in found


def test_nothing_is_found_where_both_are_the_same() -> None:
    inside = STRANGE.start_inside()
    with served(STRANGE) as url:
        assert parted(STRANGE, Sides(inside.url, url), reading) == ""
    inside.close()


def seen(*values: object) -> list[tuple[str, Any]]:
    return [("a", value) for value in values]


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        (1, 2, "1. a: inside 1, served 2"),
        (1, True, "1. a: inside 1, served true"),
        ({"a": 1}, {}, "1. a.a: inside 1, served (not there)"),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, '1. a (order): inside ["a", "b"], served ["b", "a"]'),
        ([1, 2], [2, 1], "1. a[0]: inside 1, served 2"),
        ([1], [1, 1], "1. a: inside [1], served [1, 1]"),
        (ValueError("x"), ValueError("y"), '1. a.text: inside "x", served "y"'),
        (b"x", b"y", '1. a: inside "x", served "y"'),
        (Reply(200, [("A", "1")], b"{}"), Reply(200, [("B", "1")], b"{}"), "header names"),
    ],
)
def test_values_of_every_kind_are_compared(one: object, other: object, told: str) -> None:
    assert told in differences(seen(one), seen(other))[0]


def test_what_is_ignored_has_to_be_there_and_of_its_type() -> None:
    ignored = {"*.at": "the time"}
    assert differences(seen({"at": 1}), seen({"at": 2}), ignored=ignored) == []
    assert differences(seen({"at": 1}), seen({"at": "2"}), ignored=ignored)
    assert differences(seen({"at": 1}), seen({}), ignored=ignored)


def test_an_ignored_text_is_no_difference_anywhere_else() -> None:
    one = seen({"id": "upload-1"}, "/a?upload=upload-1", datetime(2026, 1, 1, tzinfo=UTC))
    other = seen({"id": "upload-2"}, "/a?upload=upload-2", datetime(2026, 1, 1, tzinfo=UTC))
    assert differences(one, other, ignored={"*.id": "drawn"}) == []
    other[1] = ("a", "/a?upload=upload-3")
    assert differences(one, other, ignored={"*.id": "drawn"})


def test_addresses_are_no_difference() -> None:
    addresses = (["http://a:1", "a:1"], ["http://b:2", "b:2"])
    one, other = (
        seen("at http://a:1/x", {"http://a:1": 1}),
        seen("at http://b:2/x", {"http://b:2": 1}),
    )
    assert differences(one, other, addresses=addresses) == []


def test_many_differences_are_not_all_told() -> None:
    found = differences(seen(*range(50)), seen(*range(1, 51)))
    assert len(found) == 11
    assert "more" in found[-1]


def test_a_contract_of_nothing_fails() -> None:
    empty = contract_tests(Entry("empty", mock=Rates))
    with pytest.raises(pytest.fail.Exception, match="empty has no operations"):
        empty().test_it_has_a_contract()


def test_a_mock_that_no_other_process_can_import_is_told() -> None:
    with pytest.raises(BadEntry, match="another process can't import"):
        command_of(Entry("local", mock=lambda: Rates()))


def test_an_operation_that_fails_on_both_sides_is_the_same(sides: Sides) -> None:
    def failing(client: RatesClient, record: Record) -> None:
        raise LookupError("nothing")

    assert parted(RATES, sides, failing) == ""


@pytest.fixture
def sides() -> Iterator[Sides]:
    one, other = RATES.start_inside(), RATES.start_served()
    yield Sides(one.url, other.url)
    one.close()
    other.close()


@pytest.fixture
def answers() -> Iterator[Callable[[type[Rates]], dict[str, list[str]]]]:
    """Give a function: a model to what is not as declared, by operation."""
    running = []

    def ask(model: type[Rates]) -> dict[str, list[str]]:
        entry = Entry("rates", mock=model, client=RatesClient, document=DOCUMENT)
        server = entry.start_inside()
        running.append(server)
        return {each.name: undeclared(entry, each, server.url) for each in operations_of(entry)}

    yield ask
    for server in running:
        server.close()


def test_a_model_that_keeps_to_its_document_is_fine(
    answers: Callable[[type[Rates]], dict[str, list[str]]],
) -> None:
    assert answers(Rates) == {"list": [], "note": []}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda answer: setattr(answer, "status", 202), "declares no 202"),
        (
            lambda answer: setattr(answer, "body", answer.body.replace(b"1.08", b'"much"')),
            "body at /rates/0/rate",
        ),
        (lambda answer: setattr(answer, "body", b"{"), "the body is no application/json"),
        (
            lambda answer: setattr(answer, "headers", [("X-Count", "two"), *answer.headers[:1]]),
            "header.X-Count",
        ),
    ],
)
def test_a_model_that_parts_from_its_document_is_found(
    answers: Callable[[type[Rates]], dict[str, list[str]]],
    change: Callable[[Response], None],
    told: str,
) -> None:
    class Planted(Rates):
        def answer(self, space: Namespace[dict[str, float]], request: Any) -> Response:
            answer = super().answer(space, request)
            if request.method == "GET":
                change(answer)
            return answer

    found = answers(Planted)
    assert found["note"] == []
    assert told in found["list"][0]


def test_a_document_alone_is_a_model_that_keeps_to_it() -> None:
    entry = Entry("rates", document=DOCUMENT)
    server = entry.start_inside()
    assert [undeclared(entry, each, server.url) for each in operations_of(entry)] == [[], []]
    server.close()
