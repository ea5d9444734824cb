"""How calls are known again from run to run, and which of them are swept."""

from __future__ import annotations

from collections import Counter

import pytest

from belljar.faults.matching import Call
from belljar.faults.noted import Noted
from belljar.sweep.recording import Recording, steady
from belljar.sweep.signatures import Signature, signature_of


def statement(text: str) -> Call:
    """Give a call as the proxy notes it."""
    return Call("", "", {"statement": text, "verb": text.split()[0]})


def request(path: str, method: str = "POST") -> Call:
    """Give a request."""
    return Call(method, path, {"query": ""})


def recording(*calls: tuple[float, Call], idle: tuple[Call, ...] = ()) -> Recording:
    """Give a run of one second with these calls at `api`."""
    return Recording.of(
        {"api": [Noted(call, at) for at, call in calls]},
        {"api": "http"},
        {"api": Counter()},
        begun=0.0,
        seconds=1.0,
        idle={"api": [Noted(call, 9.0) for call in idle]},
    )


@pytest.mark.parametrize(
    ("family", "call", "shown"),
    [
        ("http", request("/v1/intents/pi_3Qh8TzK2/confirm?a=1"), "POST /v1/intents/pi_*/confirm"),
        ("http", request("/orders/550e8400-e29b-41d4-a716-446655440000"), "POST /orders/*"),
        ("postgres", statement("SELECT * FROM t WHERE a = $1 LIMIT 5"), None),
        ("postgres", statement("COMMIT"), "COMMIT"),
        ("postgres", statement("UPDATE t SET b = 'it''s' WHERE id = 7"), None),
        ("valkey", Call("", "", {"command": "GET", "key": "product:4711"}), "GET product:*"),
        ("smtp", Call("RCPT", "", {"command": "RCPT", "recipient": "a@b"}), "RCPT"),
        ("webhook", Call("charge.succeeded", "/hook"), "charge.succeeded"),
        ("tcp", Call(), "connection"),
        (
            "client",
            Call("GET", "/users/17", {"host": "127.0.0.1:41234"}),
            "GET 127.0.0.1:* /users/*",
        ),
        ("sql", Call("commit", "", {"statement": "COMMIT", "verb": "COMMIT"}), "commit"),
        (
            "subprocess",
            Call("start", "", {"program": "tar", "arguments": "tar -cf /tmp/x1/a.tar"}),
            "tar tar -cf */a.tar",
        ),
        (
            "file",
            Call("write", "", {"operation": "write", "path": "/tmp/t3/a.csv"}),
            "write */a.csv",
        ),
    ],
)
def test_a_call_is_known_by_what_is_the_same_in_every_run(
    family: str, call: Call, shown: str | None
) -> None:
    signature = signature_of("there", family, call)
    assert signature.means(call)
    if shown:
        assert str(signature) == shown


def test_a_statement_keeps_its_parameters_and_loses_its_values() -> None:
    call = statement("UPDATE t SET b = 'it''s', c = $2 WHERE id = 7 AND d1 = 1.5")
    assert str(signature_of("db", "postgres", call)) == (
        "UPDATE t SET b = *, c = $2 WHERE id = * AND d1 = *"
    )


def test_a_call_is_numbered_among_its_like_whatever_comes_between() -> None:
    first = recording((0.1, request("/a")), (0.2, request("/b")), (0.3, request("/a")))
    second = recording((0.1, request("/a")), (0.2, request("/a")), (0.3, request("/b")))
    found, notes = steady(first, second)
    assert [(str(one.signature), one.number) for one in found] == [
        ("POST /a", 1),
        ("POST /b", 1),
        ("POST /a", 2),
    ]
    assert notes == []


def test_a_number_counts_all_that_the_pattern_means() -> None:
    """A plan's `*` goes over slashes: it counts what is confirmed with what is looked at."""
    calls = (
        (0.1, request("/v1/intents/pi_3Qh8TzK2/confirm")),
        (0.2, request("/v1/intents/pi_3Qh8TzK2")),
    )
    found, _ = steady(recording(*calls), recording(*calls))
    assert [(one.number, one.counted) for one in found] == [(1, 1), (1, 2)]


def test_what_only_one_run_has_is_unsteady_and_said() -> None:
    first = recording((0.1, request("/a")), (0.2, request("/a")))
    found, notes = steady(first, recording((0.1, request("/a"))))
    assert [one.number for one in found] == [1]
    assert notes == [
        "unsteady: api: POST /a: 2 and 1 times in two runs without faults; "
        "swept as often as both have it"
    ]


def test_names_that_differ_between_the_runs_are_generalised() -> None:
    first = recording((0.1, request("/orders/blue/items")))
    second = recording((0.1, request("/orders/green/items")))
    found, notes = steady(first, second)
    assert [str(one.signature) for one in found] == ["POST /orders/*/items"]
    assert notes == []


def test_calls_of_another_kind_are_not_taken_for_each_other() -> None:
    found, notes = steady(
        recording((0.1, request("/orders/blue"))),
        recording((0.1, request("/orders/blue", "DELETE"))),
    )
    assert (found, len(notes)) == ([], 2)


def test_what_came_before_the_body_is_counted_and_not_swept() -> None:
    run = recording((-0.5, request("/a")), (0.5, request("/a")))
    found, _ = steady(run, run)
    assert [(one.number, one.counted) for one in found] == [(2, 2)]


def test_of_the_background_the_first_two_are_swept_and_the_rest_is_said() -> None:
    poll = request("/poll", "GET")
    run = recording(*((0.1 * n, poll) for n in range(1, 6)), (0.7, request("/a")), idle=(poll,))
    found, notes = steady(run, run)
    assert [str(one.signature) for one in found] == ["GET /poll", "GET /poll", "POST /a"]
    assert notes == ["background: api: GET /poll: 3 more, which are like the first"]


def test_what_comes_when_the_test_is_over_is_swept_too() -> None:
    run = recording((0.5, request("/a")), (1.5, request("/mail")))
    found, _ = steady(run, run)
    assert [(str(one.signature), one.late) for one in found] == [
        ("POST /a", False),
        ("POST /mail", True),
    ]


def test_a_pattern_that_does_not_mean_its_own_call_is_left_out() -> None:
    assert signature_of("x", "http", request("")) == Signature("x", "http", (("method", "POST"),))
