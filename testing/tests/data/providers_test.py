"""Nothing that Belljar's own providers make reaches a person or a host, and all of it has the form that it says."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from ipaddress import ip_address, ip_network
from uuid import UUID

import pytest

from belljar.data import CannotMeet, Draw
from belljar.data.draw import NOW
from belljar.data.providers import PROVIDERS
from belljar.mocks.payments import cards

FAKE = Draw(0, "x").faker
TIMES = range(200)
BLOCKS = [ip_network(block) for block in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]


def luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    return sum(sum(divmod(2 * d, 10)) if i % 2 else d for i, d in enumerate(digits)) % 10 == 0


def test_addresses_hosts_and_urls_are_reserved_ones() -> None:
    for _ in TIMES:
        assert re.fullmatch(r"[a-z.0-9]+@example\.com", FAKE.reserved_email())
        assert re.fullmatch(r"[a-z0-9-]+\.example\.com", FAKE.reserved_host())
        assert re.fullmatch(r"https://[a-z0-9-]+\.example\.com/[a-z]+", FAKE.reserved_url())
        address = ip_address(FAKE.documentation_ipv4())
        assert any(address in block for block in BLOCKS)
        assert ip_address(FAKE.documentation_ipv6()) in ip_network("2001:db8::/32")
        loopback = ip_address(FAKE.loopback_ipv4())
        assert loopback.is_loopback
        assert str(loopback) != "127.0.0.1"
        assert re.search(r"\(\+https://\w+\.example\.com\)", FAKE.service_user_agent())


@pytest.mark.parametrize(
    ("locale", "form"),
    [
        ("en_US", r"\+1\d{3}55501\d\d"),
        ("en_GB", r"\+447700900\d{3}"),
        ("de_DE", r"\+493023125\d{3}"),
        ("fr_FR", r"\+33199000\d{3}"),
        ("ja_JP", r"\+1\d{3}55501\d\d"),
    ],
)
def test_telephone_numbers_are_those_kept_for_fiction(locale: str, form: str) -> None:
    fake = Draw(0, "x", locale).faker
    assert all(re.fullmatch(form, fake.reserved_phone_number()) for _ in TIMES)


def test_cards_are_documented_test_cards() -> None:
    assert {luhn(FAKE.test_card_number()) for _ in TIMES} == {True}
    text = repr(vars(cards))
    for outcome in (
        "pays",
        "declined",
        "insufficient_funds",
        "expired",
        "needs_3ds",
        "fails_later",
    ):
        assert luhn(FAKE.test_card_number(outcome))
        assert FAKE.test_card_number(outcome) in text
        assert FAKE.payment_method_id(outcome).removeprefix("pm_card_") in text


def test_a_choice_that_there_is_not_is_an_error_with_the_nearest() -> None:
    with pytest.raises(
        CannotMeet, match=r"no outcome 'declind'\n  valid: pays, .*\n  fix:   say 'declined'"
    ):
        FAKE.test_card_number("declind")
    with pytest.raises(CannotMeet, match="no currency 'EUX'"):
        FAKE.money("eux")
    with pytest.raises(CannotMeet, match="no amount from 5 to 1"):
        FAKE.money("eur", 5, 1)
    with pytest.raises(CannotMeet, match="start='tomorrow' is no span"):
        FAKE.instant("tomorrow")
    with pytest.raises(CannotMeet, match="is after"):
        FAKE.instant("1d", "-1d")
    with pytest.raises(CannotMeet, match="keys from 0 to 10"):
        FAKE.json_payload(keys=11)


@pytest.mark.parametrize(
    ("locale", "currency", "unit"),
    [("en_US", "USD", 100), ("de_AT", "EUR", 100), ("ja_JP", "JPY", 1), ("en_GB", "GBP", 100)],
)
def test_money_is_in_minor_units_of_the_countrys_currency(
    locale: str, currency: str, unit: int
) -> None:
    fake = Draw(0, "x", locale).faker
    for _ in TIMES:
        money = fake.money()
        assert money.currency == currency
        assert unit <= money.amount <= 1000 * unit
    assert fake.money("kwd", 5, 5) == (5, "KWD")


def test_references_and_keys_have_their_form() -> None:
    for _ in TIMES:
        assert re.fullmatch(r"[A-Z]{3}-[A-Z]{3}-[0-9A-Z]{5}", FAKE.sku())
        assert re.fullmatch(r"ORD(-[0-9A-HJKMNP-TV-Z]{4}){3}", FAKE.order_reference())
        assert UUID(FAKE.idempotency_key()).version == 4
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", FAKE.trace_parent())


def test_instants_are_told_from_the_draws_own() -> None:
    for _ in TIMES:
        assert NOW - timedelta(days=30) <= FAKE.instant() <= NOW
        assert NOW + timedelta(hours=1) <= FAKE.instant("1h", "+2h") <= NOW + timedelta(hours=2)
        assert re.fullmatch(r"2025-0[56]-\d\dT\d\d:\d\d:\d\dZ", FAKE.iso_timestamp())


def test_payloads_are_json() -> None:
    for _ in TIMES:
        payload = FAKE.json_payload(keys=5, depth=3)
        assert json.loads(json.dumps(payload)) == payload
        assert len(payload) == 5


def test_no_method_of_fakers_own_is_hidden_by_ours() -> None:
    from faker import Faker

    theirs = set(dir(Faker(use_weighting=False).factories[0]))
    for provider in PROVIDERS:
        own = {name for name in vars(provider) if not name.startswith("_")}
        assert own
        assert not own & theirs
