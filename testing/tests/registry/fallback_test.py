"""Fallbacks: right code passes by every fault that fits, wrong code is named with what it did."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import requests

from belljar.mocks.registry import (
    BadEntry,
    Entry,
    Fallback,
    FallbackBroken,
    RegistryError,
    check_fallback,
    entry,
    fallback_tests,
)
from tests.registry.rates import Rates, RatesClient

ENTRY = Entry("rates", mock=Rates, client=RatesClient, fallback=Fallback.default({}))
Call = Callable[[RatesClient], Any]


class Failed(Exception):
    """What the code tells its caller."""


def ask(rates: RatesClient) -> dict[str, float]:
    answer = requests.get(f"{rates.url}/rates", headers=rates.headers, timeout=0.2)
    answer.raise_for_status()
    return {each["currency"]: each["rate"] for each in answer.json()["rates"]}


def note(rates: RatesClient) -> str:
    answer = requests.post(f"{rates.url}/notes", b"hi", headers=rates.headers, timeout=0.2)
    answer.raise_for_status()
    return str(answer.json()["noted"])


def or_nothing(rates: RatesClient) -> dict[str, float]:
    try:
        return ask(rates)
    except requests.RequestException:
        return {}


def again(call: Call) -> Call:
    def retried(rates: RatesClient) -> Any:
        for attempt in range(3):
            try:
                return call(rates)
            except requests.RequestException:
                if attempt == 2:
                    raise
        return None

    return retried


def telling(rates: RatesClient) -> dict[str, float]:
    try:
        return ask(rates)
    except requests.RequestException as error:
        raise Failed("no rates") from error


TestDefault = fallback_tests(ENTRY, or_nothing)
TestRetry = fallback_tests(ENTRY, again(ask), Fallback.retry(2))
TestRaises = fallback_tests(ENTRY, telling, Fallback.raises(Failed))


def test_every_fault_that_fits_is_tried() -> None:
    tried = check_fallback(ENTRY, or_nothing)
    assert {"status 503", "rate_limit", "reset", "lose_answer", "timeout", "garbage"} <= set(tried)
    assert {"malformed_json", "truncated_json", "wrong_content_length", "cut"} <= set(tried)
    assert not {"latency", "slow", "kill"} & set(tried)


def test_kinds_are_chosen_and_left_out() -> None:
    assert check_fallback(ENTRY, or_nothing, kinds=["status"]) == ["status 503"]
    assert "status 503" not in check_fallback(ENTRY, or_nothing, without=["status"])
    with pytest.raises(BadEntry, match="'statsu' is no kind of fault") as caught:
        check_fallback(ENTRY, or_nothing, kinds=["status", "statsu"])
    assert "choices: " in str(caught.value)


@pytest.mark.parametrize(
    ("call", "fallback", "told"),
    [
        (ask, Fallback.default({}), "status 503: it raised HTTPError: 503"),
        (or_nothing, Fallback.default({"usd": 1.0}), "status 503: it returned {}"),
        (ask, Fallback.retry(), "reset: it raised ConnectionError"),
        (or_nothing, Fallback.retry(), "status 503: it did not try again, and returned {}"),
        (again(ask), Fallback.retry(3), "status 503: it raised HTTPError"),
        (
            again(note),
            Fallback.retry(),
            "lose_answer: it tried again, and did POST /notes: 1 times too often",
        ),
        (ask, Fallback.raises(Failed), "timeout: it raised ReadTimeout"),
        (or_nothing, Fallback.raises(Failed), "garbage: it returned {}"),
    ],
)
def test_wrong_code_is_told_with_the_fault_and_what_it_did(
    call: Call, fallback: Fallback, told: str
) -> None:
    with pytest.raises(FallbackBroken) as caught:
        check_fallback(ENTRY, call, fallback)
    assert told in str(caught.value)
    assert f"the code should be one that {fallback}" in str(caught.value)


class Outbox:
    """Code that keeps what could not be sent, and sends it later: once, for it looks first."""

    def __init__(self, *, twice: bool = False, forgets: bool = False) -> None:
        self._waiting: list[str] = []
        self._twice = twice
        self._forgets = forgets

    def send(self, rates: RatesClient) -> None:
        self._waiting = ["hi"]
        self._try(rates)

    def _try(self, rates: RatesClient) -> None:
        try:
            note(rates)
            if self._twice:
                note(rates)
            self._waiting.clear()
        except requests.RequestException:
            if self._forgets:
                self._waiting.clear()

    def deliver(self, rates: RatesClient) -> None:
        if self._waiting and "POST /notes" not in rates.effects():
            self._try(rates)


def test_what_is_queued_is_done_when_the_fault_is_over() -> None:
    box = Outbox()
    check_fallback(ENTRY, box.send, Fallback.queue(box.deliver))


def test_what_is_forgotten_is_told() -> None:
    box = Outbox(forgets=True)
    with pytest.raises(FallbackBroken, match="POST /notes: 1 times too few"):
        check_fallback(ENTRY, box.send, Fallback.queue(box.deliver, within=0.1), kinds=["reset"])


def test_what_is_delivered_twice_is_told() -> None:
    box = Outbox()

    def deliver(rates: RatesClient) -> None:
        note(rates)
        note(rates)

    with pytest.raises(FallbackBroken, match="POST /notes: 1 times too often"):
        check_fallback(ENTRY, box.send, Fallback.queue(deliver), kinds=["reset"])


def test_a_delivery_that_fails_is_told() -> None:
    def deliver(rates: RatesClient) -> None:
        raise LookupError("no worker")

    with pytest.raises(FallbackBroken, match="failed to deliver: raised LookupError: no worker"):
        check_fallback(ENTRY, Outbox().send, Fallback.queue(deliver), kinds=["reset"])


def test_code_that_hangs_is_interrupted_and_named() -> None:
    def waiting(rates: RatesClient) -> dict[str, float]:
        try:
            return ask(rates)
        except requests.RequestException:
            while True:
                time.sleep(0.01)  # the mistake itself: it waits for ever

    began = time.monotonic()
    with pytest.raises(FallbackBroken, match=r"status 503: it hung: it was not over after 0.3 s"):
        check_fallback(ENTRY, waiting, kinds=["status"], limit=0.3)
    assert time.monotonic() - began < 5


def test_a_call_without_a_timeout_is_a_hang() -> None:
    def patient(rates: RatesClient) -> dict[str, float]:
        with suppress(requests.RequestException):
            requests.get(f"{rates.url}/rates", headers=rates.headers)  # the mistake
        return {}

    with pytest.raises(FallbackBroken, match="timeout: it hung"):
        check_fallback(ENTRY, patient, Fallback.default({}), kinds=["timeout"], limit=0.3)


def test_code_that_fails_without_a_fault_is_told_first() -> None:
    def broken(rates: RatesClient) -> None:
        raise LookupError("no such table")

    with pytest.raises(BadEntry, match="raised LookupError: no such table, and there was no fault"):
        check_fallback(ENTRY, broken)


def test_code_that_never_asks_has_nothing_to_fall_back_from() -> None:
    with pytest.raises(BadEntry, match="sent nothing to rates"):
        check_fallback(ENTRY, lambda rates: {})


def test_a_match_that_meets_nothing_is_told() -> None:
    with pytest.raises(FallbackBroken, match="never met by the fault"):
        check_fallback(ENTRY, or_nothing, match={"path": "/other"}, kinds=["status"])


def test_an_entry_without_a_fallback_asks_for_one() -> None:
    with pytest.raises(BadEntry, match="payments has no fallback, and none is given"):
        fallback_tests("payments", lambda payments: None)


@pytest.fixture
def client() -> Iterator[RatesClient]:
    server = ENTRY.start_inside()
    made: RatesClient = ENTRY.make_client(server.url, "mine")
    yield made
    server.close()


def test_the_client_of_a_fixture_is_taken_and_left_without_faults(client: RatesClient) -> None:
    check_fallback(client, or_nothing, Fallback.default({}), kinds=["status"])
    assert ask(client) == {"usd": 1.08, "gbp": 0.85}


def test_a_default_may_be_a_question(client: RatesClient) -> None:
    check_fallback(client, or_nothing, Fallback.default(lambda value: value == {}))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"fallback": "retry"}, "'retry' is no fallback"),
        ({"kinds": "reset"}, "kinds='reset' is no list"),
        ({"kinds": ["reset"], "without": ["reset"]}, "leave no fault to try"),
        ({"match": "path"}, "match='path' is no dictionary"),
        ({"limit": 0}, "limit=0 leaves no time"),
        ({"call": 3}, "3 can't be called"),
        ({"mock": "rats"}, "the registry has no mock 'rats'"),
        ({"mock": 3}, "3 is of no entry"),
    ],
)
def test_arguments_of_wrong_values_are_told(wrong: dict[str, Any], told: str) -> None:
    arguments = {"mock": ENTRY, "call": or_nothing, "fallback": Fallback.default({}), **wrong}
    with pytest.raises(RegistryError) as caught:
        check_fallback(**arguments)
    assert told in str(caught.value)
    assert "fix: " in str(caught.value)


def leaving(rates: RatesClient) -> dict[str, float]:
    try:
        return ask(rates)
    except requests.RequestException:
        sys.exit(3)


def test_code_that_ends_the_program_is_told_and_may_be_meant() -> None:
    check_fallback(ENTRY, leaving, Fallback.raises(SystemExit), kinds=["reset"])
    with pytest.raises(FallbackBroken, match="reset: it raised SystemExit: 3"):
        check_fallback(ENTRY, leaving, Fallback.default({}), kinds=["reset"])


@pytest.mark.parametrize(
    "make",
    [
        lambda: Fallback.retry(0),
        lambda: Fallback.retry("2"),  # type: ignore[arg-type]  # that is the mistake
        lambda: Fallback.raises(),
        lambda: Fallback.raises("Failed"),  # type: ignore[arg-type]  # that is the mistake
        lambda: Fallback.queue(3),  # type: ignore[arg-type]  # that is the mistake
    ],
)
def test_a_fallback_that_says_nothing_is_refused(make: Callable[[], Fallback]) -> None:
    with pytest.raises(BadEntry, match="fix: "):
        make()


def test_mail_and_objects_have_the_faults_of_their_protocols() -> None:
    store = entry("storage")
    tried = check_fallback(store, _put, Fallback.retry(1), kinds=["slow_down", "status", "reset"])
    assert tried == ["status 503", "slow_down", "reset"]


def _put(storage: Any) -> int:
    bucket = storage.bucket("shop") if not storage.objects else "shop"
    storage.client().put_object(Bucket=bucket, Key="a", Body=b"1")
    return 1
