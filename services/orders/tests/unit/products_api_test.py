"""The HTTP API of products and stock."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from faker import Faker

LAMP = {"sku": "LAMP-1", "name": "Lamp", "price": {"minor": 1250, "currency": "EUR"}}


def create(client: httpx.Client, **members: Any) -> dict[str, Any]:
    """A created product."""
    response = client.post("/products", json={**LAMP, **members})
    assert response.status_code == 201, response.text
    product: dict[str, Any] = response.json()
    return product


def test_a_created_product_can_be_read(client: httpx.Client) -> None:
    """The Location header leads to what was created."""
    response = client.post("/products", json={**LAMP, "stock": 3})
    read = client.get(response.headers["Location"])
    assert read.json() == response.json()
    assert read.json()["available"] == 3
    assert read.json()["price"] == {"minor": 1250, "currency": "EUR"}


def test_a_sku_belongs_to_one_product(client: httpx.Client) -> None:
    """The second one is a conflict that names the SKU."""
    create(client)
    response = client.post("/products", json=LAMP)
    assert response.status_code == 409
    assert (response.json()["code"], response.json()["sku"]) == ("duplicate_sku", "LAMP-1")


@pytest.mark.parametrize(
    "change",
    [
        {"price": {"minor": 12.5, "currency": "EUR"}},
        {"price": {"minor": "1250", "currency": "EUR"}},
        {"price": {"minor": -1, "currency": "EUR"}},
        {"price": {"minor": 1250, "currency": "euro"}},
        {"stock": -1},
        {"name": "   "},
        {"colour": "red"},
    ],
)
def test_a_bad_product_is_refused(client: httpx.Client, change: dict[str, Any]) -> None:
    """Fractions of a cent, unknown members and their like name the field."""
    response = client.post("/products", json={**LAMP, **change})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["code"] == "invalid_request"
    assert next(iter(change)) in problem["errors"][0]["field"]


def test_a_product_can_be_changed_in_part(client: httpx.Client) -> None:
    """Members that are left out stay."""
    product = create(client)
    response = client.patch(f"/products/{product['id']}", json={"name": "Lantern"})
    assert response.json() == {**product, "name": "Lantern"}


def test_stock_is_adjusted_and_never_below_zero(client: httpx.Client) -> None:
    """The refusal says how many are left, and changes nothing."""
    product = create(client, stock=3)
    url = f"/products/{product['id']}/stock"
    assert client.post(url, json={"delta": -2}).json()["available"] == 1
    refused = client.post(url, json={"delta": -2})
    assert refused.status_code == 409
    assert (refused.json()["available"], refused.json()["requested"]) == (1, 2)
    assert client.get(f"/products/{product['id']}").json()["available"] == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/products/prd_x"), ("PATCH", "/products/prd_x"), ("POST", "/products/prd_x/stock")],
)
def test_an_unknown_product_is_not_found(client: httpx.Client, method: str, path: str) -> None:
    """Whatever is done to it."""
    body = {"POST": {"delta": 1}, "PATCH": {"name": "x"}}.get(method)
    response = client.request(method, path, json=body)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_pages_show_every_product_once_newest_first(client: httpx.Client, faker: Faker) -> None:
    """Also when a product is added between two pages."""
    names = [faker.unique.word() for _ in range(5)]
    for number, name in enumerate(names):
        create(client, sku=f"S{number}", name=name)
    seen: list[str] = []
    cursor = None
    while True:
        parameters = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get("/products", params=parameters).json()
        seen += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        create(client, sku=f"late {len(seen)}", name="late")
    assert seen == names[::-1]


@pytest.mark.parametrize(
    ("query", "found"),
    [("straSSE", ["Straße"]), ("50%", ["50% off"]), ("%", ["50% off"]), ("zzz", [])],
)
def test_search_finds_parts_of_names_in_whatever_case(
    client: httpx.Client, query: str, found: list[str]
) -> None:
    """Letters beyond ASCII too; wildcards of SQL are letters like others."""
    for number, name in enumerate(["Straße", "50% off"]):
        create(client, sku=f"S{number}", name=name)
    page = client.get("/products", params={"q": query}).json()
    assert [item["name"] for item in page["items"]] == found


def test_withdrawn_products_can_be_left_out(client: httpx.Client) -> None:
    """They stay readable."""
    product = create(client)
    client.patch(f"/products/{product['id']}", json={"active": False})
    assert client.get("/products", params={"active": True}).json()["items"] == []
    assert client.get(f"/products/{product['id']}").json()["active"] is False


@pytest.mark.parametrize("parameters", [{"limit": 0}, {"limit": 101}])
def test_a_page_has_bounds(client: httpx.Client, parameters: dict[str, int]) -> None:
    """Nobody can ask for everything at once."""
    assert client.get("/products", params=parameters).status_code == 422


def test_a_foreign_cursor_is_refused(client: httpx.Client) -> None:
    """As a problem, not as a crash."""
    response = client.get("/products", params={"cursor": "bogus"})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")
