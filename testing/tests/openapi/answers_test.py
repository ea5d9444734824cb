"""What is answered: examples, then what is made; and what a request prefers."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from belljar.mocks.openapi import BadAnswer, OpenApiMock
from tests.openapi.making_documents import answering, document

PET = {"name": "Minka", "kind": "cat"}


def test_an_example_is_the_answer(client: httpx.Client) -> None:
    assert client.post("/pets", json=PET).json() == {"id": 1, "name": "Minka", "kind": "cat"}


@pytest.mark.parametrize(
    ("prefer", "status", "name"),
    [
        ("example=dog", 201, "Bello"),
        ('code=201, example="dog"', 201, "Bello"),
        ("code=409", 409, ""),
    ],
)
def test_a_request_prefers_an_example_or_a_status(
    client: httpx.Client, prefer: str, status: int, name: str
) -> None:
    answer = client.post("/pets", json=PET, headers={"Prefer": prefer})
    assert answer.status_code == status
    assert answer.json().get("name", "") == name


@pytest.mark.parametrize(
    ("prefer", "words"),
    [("example=bird", "cat, dog"), ("code=9", "no status"), ("code=200", "")],
)
def test_a_preference_that_is_not_there_is_told(
    shop: OpenApiMock, client: httpx.Client, prefer: str, words: str
) -> None:
    answer = client.post("/pets", json=PET, headers={"Prefer": prefer})
    if prefer == "code=200":  # `default` declares every status
        assert answer.status_code == 200
    else:
        assert answer.status_code == 400
        assert words in shop.take_unexpected()[0]


def test_dynamic_is_made_although_there_is_an_example(client: httpx.Client) -> None:
    answer = client.post("/pets", json=PET, headers={"Prefer": "dynamic=true"})
    assert answer.json()["id"] != 1


def test_the_same_request_has_the_same_answer_and_another_path_another(
    shop: OpenApiMock, client: httpx.Client
) -> None:
    first, again, other = (client.get(f"/pets/{number}").json() for number in (1, 1, 2))
    assert first == again
    assert first != other
    elsewhere = shop.client("another").url
    headers = {"X-Api-Key": "k"}
    assert httpx.get(f"{elsewhere}/v1/pets/1", headers=headers).json() != first


def test_required_headers_come_with_the_answer(client: httpx.Client) -> None:
    assert int(client.get("/pets").headers["x-total"]) >= 0


def test_what_no_declared_type_is_acceptable_for_is_told(
    shop: OpenApiMock, client: httpx.Client
) -> None:
    answer = client.get("/pets", headers={"Accept": "text/html"})
    assert answer.status_code == 406
    assert "application/json" in shop.take_unexpected()[0]


def test_the_accepted_type_is_chosen(serve: Callable[..., OpenApiMock]) -> None:
    content = {
        "application/json": {"schema": {"type": "integer"}},
        "text/plain": {"schema": {"type": "string"}, "example": "seven"},
    }
    answers = {"200": {"description": "It", "content": content}}
    mock = serve(document({"/it": {"get": {"responses": answers}}}))
    accept = {"Accept": "application/json;q=0.1, text/*"}
    assert httpx.get(f"{mock.url}/it", headers=accept).text == "seven"
    assert httpx.get(f"{mock.url}/it").headers["content-type"] == "application/json"


def test_what_can_not_be_made_fails_the_test(serve: Callable[..., OpenApiMock]) -> None:
    mock = serve(answering({"type": "string", "pattern": "^a$", "minLength": 2}))
    assert httpx.get(f"{mock.url}/it").status_code == 500
    assert "give it an example" in mock.take_unexpected()[0]


@pytest.mark.parametrize(
    ("status", "said", "words"),
    [
        (201, {"json": {"id": 1}}, "'name' is missing"),
        (201, {"text": "x"}, "text/plain"),
        (201, {"json": {}, "headers": {"Content-Type": "text/html"}}, "text/html"),
        (201, {"example": "bird"}, "cat, dog"),
        (99, {}, "200 to 599"),
    ],
)
def test_an_answer_that_the_document_does_not_allow_is_refused(
    shop: OpenApiMock, status: int, said: dict[str, object], words: str
) -> None:
    expected = shop.stub("POST", "/pets")
    with pytest.raises(ValueError, match=words):
        expected.respond(status, **said)  # type: ignore[call-overload]  # of the table above


def test_check_false_sends_it_nonetheless(shop: OpenApiMock, client: httpx.Client) -> None:
    expected = shop.expect("GET", "/pets/{petId}")
    with pytest.raises(BadAnswer, match="'kind' is missing"):
        expected.respond(200, json={"id": 1, "name": "x"})
    expected.respond(200, json={"id": 1}, check=False)
    assert client.get("/pets/1").json() == {"id": 1}
    shop.verify()


def test_a_status_alone_has_the_document_make_the_rest(
    shop: OpenApiMock, client: httpx.Client
) -> None:
    shop.expect("GET", "/pets/{petId}").respond(404)
    answer = client.get("/pets/1")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json()) <= {"title", "status"}


def test_a_function_answers_in_the_same_process(shop: OpenApiMock, client: httpx.Client) -> None:
    def pet(request: object) -> dict[str, object]:
        return {"id": 5, "name": "made", "kind": "fish"}

    shop.expect("GET", "/pets/{petId}").respond(pet)
    assert client.get("/pets/1").json()["name"] == "made"
    shop.expect("GET", "/pets/mine").respond(lambda request: 3)
    assert client.get("/pets/mine", headers={"Cookie": "sid=s"}).status_code == 500
    assert "is no array" in shop.take_unexpected()[0]


def test_bytes_are_answered_as_they_are(shop: OpenApiMock, client: httpx.Client) -> None:
    shop.expect("PUT", "/pets/{petId}/photo").respond(200, body=b"\x89PNG\xff")
    answer = client.put("/pets/1/photo", content=b"x", headers={"Content-Type": "image/png"})
    assert answer.content == b"\x89PNG\xff"
    assert answer.headers["content-type"] == "image/png"
