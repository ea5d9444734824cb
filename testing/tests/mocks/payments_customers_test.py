"""Customers, payment methods, lists and searches of the payments mock, by the official client."""

from __future__ import annotations

import pytest
import stripe

from belljar.mocks.payments import PaymentsClient

pytest_plugins = ["belljar.mocks.plugin"]


@pytest.fixture
def client(payments: PaymentsClient) -> stripe.StripeClient:
    return stripe.StripeClient(payments.api_key, base_addresses={"api": payments.url})


def test_a_customer_is_made_changed_and_deleted(client: stripe.StripeClient) -> None:
    customers = client.v1.customers
    made = customers.create(
        {
            "email": "anna@example.com",
            "name": "Anna & Söhne + Co.",
            "metadata": {"a": "1", "b": "2"},
            "address": {"city": "Graz", "country": "AT"},
        }
    )
    assert made.id.startswith("cus_") and len(made.id) == 18
    read = customers.retrieve(made.id)
    assert (read.name, read.address and read.address.city) == ("Anna & Söhne + Co.", "Graz")
    changed = customers.update(made.id, {"metadata": {"a": "", "c": "3"}, "name": ""})
    assert changed.metadata is not None
    assert (changed.metadata.to_dict(), changed.name) == ({"b": "2", "c": "3"}, None)
    assert customers.delete(made.id).deleted
    assert customers.retrieve(made.id).deleted
    with pytest.raises(stripe.InvalidRequestError, match="No such customer") as caught:
        customers.update(made.id, {"name": "x"})
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (
        404,
        "resource_missing",
        "id",
    )


def test_a_payment_method_is_attached_listed_and_let_go(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create()
    methods = client.v1.payment_methods
    visa = methods.attach("pm_card_visa", {"customer": customer.id})
    master = methods.attach("pm_card_mastercard", {"customer": customer.id})
    listed = methods.list({"customer": customer.id, "type": "card"})
    assert [one.card and one.card.brand for one in listed.data] == ["mastercard", "visa"]
    client.v1.customers.update(
        customer.id, {"invoice_settings": {"default_payment_method": master.id}}
    )
    expanded = client.v1.customers.retrieve(
        customer.id, {"expand": ["invoice_settings.default_payment_method"]}
    )
    assert expanded.invoice_settings is not None
    default = expanded.invoice_settings.default_payment_method
    assert isinstance(default, stripe.PaymentMethod) and default.id == master.id
    assert methods.detach(visa.id).customer is None
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        methods.attach(visa.id, {"customer": customer.id})


def test_pages_go_forth_and_back_without_a_gap(client: stripe.StripeClient) -> None:
    made = [client.v1.customers.create({"name": str(n)}).id for n in range(25)]
    first = client.v1.customers.list({"limit": 10})
    assert first.has_more
    assert [one.id for one in first.data] == made[:14:-1]
    assert [one.id for one in first.auto_paging_iter()] == made[::-1]
    back = client.v1.customers.list({"limit": 10, "ending_before": made[0]})
    assert [one.id for one in back.data] == made[1:11][::-1]
    assert [one.id for one in back.auto_paging_iter()] == made[1:]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.list({"starting_after": "cus_nobody"})
    assert caught.value.param == "starting_after"
    with pytest.raises(stripe.InvalidRequestError, match="less than or equal to 100"):
        client.v1.customers.list({"limit": 101})


def test_lists_are_filtered(client: stripe.StripeClient, payments: PaymentsClient) -> None:
    for moment, email in ((1_700_000_000, "a@example.com"), (1_700_000_100, "b@example.com")):
        payments.set_time(moment)
        client.v1.customers.create({"email": email})
    by_email = client.v1.customers.list({"email": "a@example.com"})
    later = client.v1.customers.list({"created": {"gt": 1_700_000_000}})
    assert [one.email for one in by_email.data] == ["a@example.com"]
    assert [one.email for one in later.data] == ["b@example.com"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("email:'anna@example.com'", ["Anna"]),
        ("name~'nn'", ["Hannes", "Anna"]),
        ("metadata['tier']:'gold' AND name:'hannes'", ["Hannes"]),
        ("metadata['tier']:'gold' OR name:'berta'", ["Berta", "Hannes", "Anna"]),
        ("-name:'anna'", ["Berta", "Hannes"]),
        ("email:null", ["Berta"]),
    ],
)
def test_customers_are_searched(client: stripe.StripeClient, query: str, found: list[str]) -> None:
    customers = client.v1.customers
    customers.create({"name": "Anna", "email": "anna@example.com", "metadata": {"tier": "gold"}})
    customers.create({"name": "Hannes", "email": "h@example.com", "metadata": {"tier": "gold"}})
    customers.create({"name": "Berta"})
    assert [one.name for one in customers.search({"query": query}).data] == found


def test_a_query_that_is_none_is_refused(client: stripe.StripeClient) -> None:
    for query in ("nonsense", "email:'a' AND", "height:'2'", "a:'1' AND b:'2' OR c:'3'"):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            client.v1.customers.search({"query": query})
        assert caught.value.param == "query"


def test_what_can_not_be_expanded_is_refused(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create()
    with pytest.raises(stripe.InvalidRequestError, match=r"cannot be expanded \(name\)"):
        client.v1.customers.retrieve(customer.id, {"expand": ["name"]})


def test_lists_are_expanded_by_their_data(client: stripe.StripeClient) -> None:
    customer = client.v1.customers.create({"name": "Anna"})
    client.v1.payment_intents.create({"amount": 500, "currency": "usd", "customer": customer.id})
    listed = client.v1.payment_intents.list({"expand": ["data.customer"]})
    shown = listed.data[0].customer
    assert isinstance(shown, stripe.Customer) and shown.name == "Anna"
