"""A request that follows the document is taken; one that violates it is told where and why."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from belljar.mocks.http.messages import Request
from belljar.mocks.openapi import OpenApiMock, load_document
from belljar.mocks.openapi.requests import Checked, RequestChecker
from belljar.mocks.openapi.routing import Miss, Route, Router

PET = {"name": "Minka", "kind": "cat"}


@pytest.fixture(scope="session")
def ask(documents: Path) -> Callable[..., Checked]:
    """Give a function: a target to what the document of deep parameters reads in it."""
    document = load_document(documents / "deep.yaml")
    router, checker = Router(document), RequestChecker(document)

    def check(target: str, **headers: str) -> Checked:
        path, _, query = target.partition("?")
        route = router.find("GET", target)
        assert isinstance(route, Route), route
        return checker.check(route, Request("GET", path, query, headers, target=target))

    return check


@pytest.mark.parametrize(
    ("target", "name", "value"),
    [
        ("filter[color]=red&filter[size]=3", "filter", {"color": "red", "size": 3}),
        (
            "filter[color]=r&filter[tags]=a&filter[tags]=b",
            "filter",
            {"color": "r", "tags": ["a", "b"]},
        ),
        ("ids=1,2,3", "ids", [1, 2, 3]),
        ("ids=1%2C2", "ids", [1, 2]),
        ("spaced=1%202%203", "spaced", [1, 2, 3]),
        ("spaced=1+2", "spaced", [1, 2]),
        ("piped=a|b", "piped", ["a", "b"]),
        ("piped=a%7Cb", "piped", ["a", "b"]),
        ("range=from,1,to,9", "range", {"from": 1, "to": 9}),
        ("offset=2&limit=5", "page", {"offset": 2, "limit": 5}),
        ("exact=true", "exact", True),
        ("near=%7B%22lat%22%3A1.5%7D", "near", {"lat": 1.5}),
        ("either=true", "either", True),
        ("either=7", "either", 7),
    ],
)
def test_a_query_is_read_in_its_style(
    ask: Callable[..., Checked], target: str, name: str, value: Any
) -> None:
    checked = ask(f"/search?{target}")
    assert checked.violations == []
    assert checked.values["query", name] == value


@pytest.mark.parametrize(
    ("target", "where", "words"),
    [
        ("filter[size]=3", "query.filter", "'color' is missing"),
        ("filter[color][x]=3", "query.filter", "not of the form"),
        ("ids=1,x", "query.ids at /1", '"x" is no integer'),
        ("piped=a|b|c|d", "query.piped", "4 elements"),
        ("range=from,1,to", "query.range", "no value"),
        ("limit=x", "query.page at /limit", "no integer"),
        ("exact=yes", "query.exact", "no boolean"),
        ("exact=true&exact=false", "query.exact", "comes 2 times"),
        ("near={", "query.near", "no JSON"),
        ("near={}", "query.near", "'lat' is missing"),
        ("either=x", "query.either", ""),
    ],
)
def test_what_is_wrong_in_a_query_is_told(
    ask: Callable[..., Checked], target: str, where: str, words: str
) -> None:
    checked = ask(f"/search?{target}")
    assert checked.status == 400
    assert len(checked.violations) == 1
    assert str(checked.violations[0]).startswith(f"{where}: ")
    assert words in str(checked.violations[0])


def test_paths_headers_and_cookies_have_styles_too(ask: Callable[..., Checked]) -> None:
    assert ask("/items/1,2").values["path", "ids"] == [1, 2]
    assert ask("/label/.1.2").values["path", "ids"] == [1, 2]
    assert ask("/matrix/;ids=1,2").values["path", "ids"] == [1, 2]
    checked = ask("/search", **{"x-ids": "3, 4", "cookie": "a=b; seen=9"})
    assert checked.values["header", "X-Ids"] == [3, 4]
    assert checked.values["cookie", "seen"] == 9
    assert ask("/search", cookie="seen=x").status == 400


def test_the_most_specific_path_answers(documents: Path, ask: Callable[..., Checked]) -> None:
    assert ask("/files/readme.txt").operation.name == "readme"
    checked = ask("/files/a%2Fb%20c.csv")
    assert checked.arguments == {"name": "a/b c", "extension": "csv"}
    shop = Router(load_document(documents / "petshop.yaml"))
    found = shop.find("GET", "/v1/pets/mine")
    assert isinstance(found, Route) and found.operation.name == "listMyPets"
    missed = shop.find("PUT", "/v1/pets/mine")
    assert isinstance(missed, Miss) and missed.allowed == ("DELETE", "GET")


def test_a_right_request_is_answered_and_fails_nothing(
    shop: OpenApiMock, client: httpx.Client
) -> None:
    assert client.get("/pets", params={"limit": 3, "kind": ["cat", "dog"]}).status_code == 200
    assert client.post("/pets", json=PET).status_code == 201
    assert client.delete("/pets/7").status_code == 204
    login = {"user": "a@example.com", "password": "long enough", "remember": "true"}
    assert client.post("/login", data=login).status_code == 200
    photo = client.put(
        "/pets/7/photo",
        files={"file": ("a.png", b"\x89PNG\r\n--\x00", "image/png")},
        data={"meta": '{"width": 3}', "tags": ["a", "b"]},
    )
    assert photo.status_code == 200
    raw = client.put("/pets/7/photo", content=b"\x89PNG", headers={"Content-Type": "image/png"})
    assert raw.status_code == 200
    shop.verify()


WRONG: dict[str, tuple[str, str, dict[str, Any], int, str]] = {
    "a path": ("GET", "/pets/x", {}, 400, "path.petId"),
    "a query": ("GET", "/pets?limit=0", {}, 400, "query.limit"),
    "an enum": ("GET", "/pets?kind=bird", {}, 400, "query.kind"),
    "a header": ("GET", "/pets", {"headers": {"X-Trace": "1"}}, 400, "header.X-Trace"),
    "no body": ("POST", "/pets", {}, 400, "body"),
    "a body": ("POST", "/pets", {"json": {"name": "", "kind": "cat"}}, 400, "body"),
    "a body that is no JSON": (
        "POST",
        "/pets",
        {"content": b"{", "headers": {"Content-Type": "application/json"}},
        400,
        "body",
    ),
    "NaN": (
        "POST",
        "/pets",
        {"content": b'{"weight": NaN}', "headers": {"Content-Type": "application/json"}},
        400,
        "body",
    ),
    "a body nested deep": (
        "POST",
        "/pets",
        {"content": b"[" * 100_000, "headers": {"Content-Type": "application/json"}},
        400,
        "body",
    ),
    "a body where there is none": ("DELETE", "/pets/1", {"json": 1}, 400, "body"),
    "a content type": ("POST", "/pets", {"data": {"a": "b"}}, 415, "header.Content-Type"),
    "a form": ("POST", "/login", {"data": {"user": "x", "password": "long enough"}}, 400, "body"),
    "a form's other field": (
        "POST",
        "/login",
        {"data": {"user": "a@example.com", "password": "long enough", "x": "1"}},
        400,
        "body",
    ),
    "multipart": ("PUT", "/pets/1/photo", {"files": {"file": b"x"}}, 400, "body"),
    "multipart's end": (
        "PUT",
        "/pets/1/photo",
        {"content": b"--a\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=a"}},
        400,
        "body",
    ),
    "no cookie": ("GET", "/pets/mine", {}, 401, "security"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_request_that_violates_the_document_is_refused_and_fails_the_test(
    shop: OpenApiMock, client: httpx.Client, wrong: str
) -> None:
    method, path, options, status, where = WRONG[wrong]
    answer = client.request(method, path, **options)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["violations"][0]["where"] == where
    assert "petshop.yaml#/" in problem["violations"][0].get("rule", "petshop.yaml#/")
    (text,) = shop.take_unexpected()
    assert "violates the document" in text
    assert where in text


def test_a_test_that_means_a_violation_expects_it(shop: OpenApiMock, client: httpx.Client) -> None:
    shop.expect("POST", "/pets", valid=False)
    assert client.post("/pets", json={}).status_code == 400
    shop.verify()


def test_credentials_of_either_scheme_will_do(shop: OpenApiMock) -> None:
    for headers in ({"X-Api-Key": "k"}, {"Authorization": "Bearer t"}):
        assert httpx.get(f"{shop.url}/v1/pets", headers=headers).status_code == 200
    answer = httpx.get(f"{shop.url}/v1/pets", headers={"Authorization": "Basic t"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"]
    assert "X-Api-Key" in shop.take_unexpected()[0]
    assert httpx.get(f"{shop.url}/v1/pets/mine", headers={"Cookie": "sid=1"}).status_code == 200


def test_what_the_document_does_not_have_is_told_with_what_is_near(
    shop: OpenApiMock, client: httpx.Client
) -> None:
    assert client.get("/pet").status_code == 404
    wrong = client.put("/pets")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST")
    assert httpx.get(f"{shop.url}/pets").status_code == 404
    path, method, base = shop.take_unexpected()
    assert "/pets" in path
    assert "GET, POST" in method
    assert "/v1/pets" in base


def test_read_only_is_not_asked_of_a_request(shop: OpenApiMock, client: httpx.Client) -> None:
    assert client.post("/pets", json={**PET, "friends": [PET]}).status_code == 201
    shop.verify()


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"born": None}, 201),
        ({"name": None}, 400),
        ({"weight": 0}, 400),
        ({"weight": 0.1}, 201),
        ({"weight": 100}, 201),
    ],
)
def test_nullable_and_exclusive_bounds_mean_what_they_do_in_3_0(
    shop: OpenApiMock, client: httpx.Client, more: dict[str, Any], status: int
) -> None:
    assert client.post("/pets", json={**PET, **more}).status_code == status
    shop.take_unexpected()


@pytest.mark.parametrize("where", ["path", "header"])
def test_a_namespace_that_cannot_be_is_a_problem(shop: OpenApiMock, where: str) -> None:
    path = "/_ns/%2e%2f/v1/pets" if where == "path" else "/v1/pets"
    headers = {"X-Belljar-Namespace": "no/name"} if where == "header" else {}
    answer = httpx.get(shop.base_url + path, headers=headers)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["fix"].startswith("use 1 to 128 of the characters")


@pytest.mark.parametrize(
    ("method", "route", "body", "told"),
    [
        ("POST", f"expectations/{'9' * 5000}/answers", {}, "there is no POST"),
        ("POST", "expectations/999999999/answers", {}, "there is no expectation 999999999"),
        ("PUT", "settings", {"only_expected": "yes"}, "only_expected is yes"),
    ],
)
def test_a_command_that_cannot_be_is_refused_with_the_fix(
    shop: OpenApiMock, method: str, route: str, body: dict[str, Any], told: str
) -> None:
    answer = httpx.request(method, f"{shop.base_url}/_belljar/ns/x/{route}", json=body)
    assert answer.status_code in (400, 404)
    assert told in answer.json()["error"]["message"]
    assert answer.json()["error"]["fix"]
