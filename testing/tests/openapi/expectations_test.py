"""What a test expects: matched, counted, ordered, by state; and told where it did not come."""

from __future__ import annotations

import threading

import httpx
import pytest

from belljar.mocks.openapi import (
    BadExpectation,
    ControlFailed,
    MockFailed,
    OpenApiClient,
    OpenApiMock,
    absent,
    anything,
    exact,
    regex,
)

PET = {"name": "Minka", "kind": "cat"}


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        ({"name": "Minka"}, True),
        ({"name": "Bello"}, False),
        ({"name": regex("^M")}, True),
        ({"name": regex("^B")}, False),
        ({"name": anything, "born": absent}, True),
        ({"name": absent}, False),
        ({"born": anything}, False),
        (exact({"name": "Minka", "kind": "cat"}), True),
        (exact({"name": "Minka"}), False),
        ({"name": lambda name: name.endswith("ka")}, True),
        (lambda body: len(body) == 3, False),
    ],
)
def test_a_body_matches_in_part_or_as_a_matcher_says(
    shop: OpenApiMock, client: httpx.Client, wanted: object, matches: bool
) -> None:
    shop.expect("POST", "/pets", json=wanted).respond(201, example="dog")
    answer = client.post("/pets", json=PET)
    assert (answer.status_code == 201) is matches
    assert (shop.take_unexpected() == []) is matches


@pytest.mark.parametrize(
    ("matching", "matches"),
    [
        ({"query": {"limit": 3}}, True),
        ({"query": {"limit": "3"}}, True),
        ({"query": {"limit": 4}}, False),
        ({"query": {"kind": ["cat"]}}, True),
        ({"query": {"more": absent}}, True),
        ({"headers": {"X-Api-Key": "mine"}}, True),
        ({"headers": {"x-api-key": regex("^yours")}}, False),
        ({"when": lambda request: request.method == "GET"}, True),
    ],
)
def test_queries_and_headers_match(
    shop: OpenApiMock, client: httpx.Client, matching: dict[str, object], matches: bool
) -> None:
    shop.expect("GET", "/pets", **matching)  # type: ignore[arg-type]  # of the table above
    answer = client.get("/pets", params={"limit": 3, "kind": "cat"})
    assert (answer.status_code == 200) is matches
    shop.take_unexpected()


def test_a_real_path_a_template_and_an_operation_are_all_names(
    shop: OpenApiMock, client: httpx.Client
) -> None:
    shop.expect("getPet")
    shop.expect("GET", "/pets/{petId}", path_params={"petId": 3}).respond(404)
    shop.expect("GET", "/pets/4").respond(404)
    assert [client.get(f"/pets/{number}").status_code for number in (3, 4, 5)] == [404, 404, 200]
    shop.verify()


def test_a_form_matches(shop: OpenApiMock, client: httpx.Client) -> None:
    shop.expect("POST", "/login", form={"user": "a@example.com"})
    login = {"user": "a@example.com", "password": "long enough"}
    assert client.post("/login", data=login).status_code == 200
    shop.verify()


def test_what_was_not_met_is_told(shop: OpenApiMock, client: httpx.Client) -> None:
    shop.expect("POST", "/pets", json={"name": "Minka"})
    shop.expect("GET", "/pets", times=2)
    client.get("/pets")
    with pytest.raises(MockFailed) as caught:
        shop.verify()
    assert 'POST /pets json={"name": "Minka"} was to come at least 1 time, and came never' in str(
        caught.value
    )
    assert "GET /pets was to come 2 times, and came 1 time" in str(caught.value)


def test_a_one_shot_expectation_is_used_up(shop: OpenApiMock, client: httpx.Client) -> None:
    shop.expect("GET", "/pets/{petId}", times=1).respond(404)
    assert client.get("/pets/1").status_code == 404
    assert client.get("/pets/1").status_code == 404
    (text,) = shop.take_unexpected()
    assert "may come 1 time, and has come already" in text


def test_a_permanent_one_answers_after_a_one_shot(shop: OpenApiMock, client: httpx.Client) -> None:
    shop.stub("GET", "/pets/{petId}")
    shop.expect("GET", "/pets/{petId}", times=2).respond(404)
    assert [client.get("/pets/1").status_code for _ in range(4)] == [404, 404, 200, 200]
    shop.verify()


def test_answers_follow_each_other(shop: OpenApiMock, client: httpx.Client) -> None:
    expected = shop.expect("GET", "/pets/{petId}").respond(503, check=False).respond(404).respond()
    assert [client.get("/pets/1").status_code for _ in range(4)] == [503, 404, 200, 200]
    assert expected.count == 4


def test_an_order_is_kept(shop: OpenApiMock, client: httpx.Client) -> None:
    shop.expect("GET", "/pets", in_order=True)
    shop.expect("POST", "/pets", in_order=True)
    assert client.post("/pets", json=PET).status_code == 404
    assert "GET /pets is to come before it" in shop.take_unexpected()[0]
    assert client.get("/pets").status_code == 200
    assert client.post("/pets", json=PET).status_code == 201
    shop.verify()


def test_a_scenario_goes_from_state_to_state(shop: OpenApiMock, client: httpx.Client) -> None:
    shop.stub("GET", "/pets/1", when_state="started").respond(200)
    shop.expect("DELETE", "/pets/1", when_state="started", then_state="gone")
    shop.stub("GET", "/pets/1", when_state="gone").respond(404)
    assert client.get("/pets/1").status_code == 200
    assert client.delete("/pets/1").status_code == 204
    assert client.get("/pets/1").status_code == 404
    assert shop.state() == "gone"
    client.delete("/pets/1")
    assert "is in the state 'gone', and not 'started'" in shop.take_unexpected()[0]
    shop.set_state("started")
    assert client.get("/pets/1").status_code == 200


def test_the_nearest_expectation_is_shown_with_what_differs(
    shop: OpenApiMock, client: httpx.Client
) -> None:
    shop.expect("POST", "/pets", json={"name": "Bello", "kind": "dog"})
    shop.expect("POST", "/pets", json={"name": regex("^B"), "kind": "cat"})
    answer = client.post("/pets", json=PET)
    assert answer.status_code == 404
    (text,) = shop.take_unexpected()
    assert text in answer.json()["detail"]
    assert 'nearest expectation: POST /pets json={"name": regex("^B"), "kind": "cat"}' in text
    assert 'json/name is "Minka", and does not match ^B' in text


def test_what_nobody_expects_is_answered_unless_only_the_expected_may_come(
    shop: OpenApiMock, client: httpx.Client
) -> None:
    assert client.get("/pets").status_code == 200
    shop.only_expected()
    assert client.get("/pets").status_code == 404
    assert "only what is expected" in shop.take_unexpected()[0]


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (("GET", "/petz"), {}, "the nearest are /pets"),
        (("PATCH", "/pets"), {}, "it has GET, POST"),
        (("getPets",), {}, "write getPet"),
        (("GET", "pets"), {}, "begin it with /"),
        (("GET", "/pets?limit=3"), {}, r"query=\{...\}"),
        (("GET", "/pets"), {"times": (3, 2)}, "can't be counted"),
        (("GET", "/pets"), {"json": {1, 2}}, "which JSON does not have"),
        (("POST", "/pets"), {"json": 1, "text": "x"}, "one of json, form and text"),
        (("GET", "/pets/{petId}"), {"path_params": {"id": 3}}, "no path parameter 'id'"),
    ],
)
def test_an_expectation_that_can_never_be_met_is_refused(
    shop: OpenApiMock, arguments: tuple[str, ...], options: dict[str, object], words: str
) -> None:
    with pytest.raises(BadExpectation, match=words):
        shop.expect(*arguments, **options)  # type: ignore[arg-type]  # of the table above
    shop.verify()


def test_a_bad_pattern_is_refused() -> None:
    with pytest.raises(BadExpectation, match="mend the pattern"):
        regex("(")


def test_a_function_can_not_be_sent_to_another_process(shop: OpenApiMock) -> None:
    elsewhere = OpenApiClient(shop.base_url, "default")
    with pytest.raises(BadExpectation, match="another process"):
        elsewhere.expect("GET", "/pets", when=lambda request: True)
    elsewhere.expect("GET", "/pets", query={"limit": regex("^3")})


def test_namespaces_never_see_each_other(shop: OpenApiMock) -> None:
    """By address and by header, many at once."""
    wrong: list[str] = []

    def one(number: int) -> None:
        mine = shop.client(f"test-{number}")
        mine.reset()
        pet = {"id": number + 1, "name": f"pet {number}", "kind": "cat"}
        mine.expect("GET", "/pets/{petId}", times=20).respond(200, json=pet)
        with httpx.Client(headers={"X-Api-Key": "k"}) as client:
            for turn in range(20):
                by_header = turn % 2 == 0
                address = mine.base_url if by_header else mine.url
                headers = mine.headers if by_header else {}
                answer = client.get(f"{address}/v1/pets/1", headers=headers)
                if answer.json() != pet:
                    wrong.append(answer.text)
        mine.verify()
        if len(mine.journal()) != 20:
            wrong.append(f"{len(mine.journal())} in the journal of {number}")

    threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert shop.journal() == []


def test_a_journal_has_the_requests_as_the_service_sees_them(
    shop: OpenApiMock, client: httpx.Client
) -> None:
    client.get("/pets/3?x=1")
    (entry,) = shop.journal()
    assert (entry["method"], entry["path"], entry["status"]) == ("GET", "/v1/pets/3?x=1", 200)


def test_the_with_block_verifies_at_its_end(shop: OpenApiMock) -> None:
    with pytest.raises(MockFailed, match="came never"), OpenApiMock(shop.document) as mock:
        mock.expect("GET", "/pets")
    with pytest.raises(ControlFailed, match="does not answer"):
        mock.journal()
