"""What holds of any money, any cursor and any product: Hypothesis looks for one of which it doesn't."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from belljar.data.strategies import strategy_of
from services.orders.caching import EnhancedCachingManager
from services.orders.catalog import Catalog
from services.orders.database import DatabaseConfig, DatabaseManager
from services.orders.identifiers import IdentifierFactory, utc_now
from services.orders.models import Base, Payment, Product, Stock
from services.orders.money import Money, total
from services.orders.pagination import decode_cursor, encode_cursor
from services.orders.problems import InvalidCursor
from services.orders.receipts import render
from services.orders.tests.factories import PaymentFactory, ProductFactory, orders
from services.orders.tests.settings import OrdersTestSettings
from services.orders.views import OrderView, PaymentView

CURRENCIES = {"EUR": 2, "JPY": 0, "KWD": 3}
# What can be typed: no control characters, which bodies have but names of products do not.
TYPED = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=40)
FILTERS = st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.text(), max_size=3)


@pytest.fixture(scope="module", autouse=True)
def examples(test_settings: OrdersTestSettings) -> Iterator[None]:
    """As many examples as the settings say, the same in every run."""
    before = settings.get_current_profile_name()
    settings.register_profile(
        "orders",
        max_examples=test_settings.orders.examples,
        derandomize=True,
        deadline=None,
        database=None,
    )
    settings.load_profile("orders")
    yield
    settings.load_profile(before)


@pytest.fixture(scope="module")
def shop() -> Iterator[DatabaseManager]:
    """A database in memory for all examples: a new one for each would take longer than all the rest."""
    manager = DatabaseManager(DatabaseConfig("sqlite://"), EnhancedCachingManager(None))
    Base.metadata.create_all(manager.engine)
    yield manager
    manager.close()


@contextmanager
def catalog_with(shop: DatabaseManager, product: Product) -> Iterator[Catalog]:
    """The catalog of a shop that sells one thing."""
    with shop.transaction() as transaction:
        transaction.session.add(product)
    try:
        yield Catalog(shop, IdentifierFactory(), utc_now)
    finally:
        with shop.transaction() as transaction:
            transaction.session.execute(delete(Stock))
            transaction.session.execute(delete(Product))


@given(st.sampled_from(sorted(CURRENCIES)), st.data())
def test_a_sum_is_the_same_in_whatever_order_and_its_text_says_all_of_it(
    currency: str, data: st.DataObject
) -> None:
    """No cent is lost in between, and none in writing."""
    amounts = data.draw(st.lists(strategy_of(Money, currency=currency), min_size=1, max_size=5))
    together = total(amounts)
    assert total(reversed(amounts)) == together
    number, code = str(together).split()
    sign, digits = (-1 if number.startswith("-") else 1), number.lstrip("-").replace(".", "")
    assert (sign * int(digits), code) == (together.minor, currency)
    assert len(number.partition(".")[2]) == CURRENCIES[currency]


@given(st.text(), FILTERS, FILTERS)
def test_a_cursor_is_good_for_its_own_search_and_for_no_other(
    identifier: str, filters: dict[str, str | bool | None], others: dict[str, str | bool | None]
) -> None:
    """Whatever is searched for."""
    cursor = encode_cursor(identifier, filters)
    assert decode_cursor(cursor, filters) == identifier
    if others != filters:
        with pytest.raises(InvalidCursor):
            decode_cursor(cursor, others)


@given(st.text() | st.text("AQIDabc019-_=").map(lambda text: text + "W10"))
def test_no_text_breaks_the_reader_of_cursors(text: str) -> None:
    """What the service has not issued is the caller's mistake."""
    with pytest.raises(InvalidCursor):
        decode_cursor(text, {})


@given(strategy_of(ProductFactory, name=TYPED), TYPED | st.text("%_\\a", min_size=1), st.data())
def test_a_product_is_found_by_any_part_of_its_name_and_by_nothing_else(
    shop: DatabaseManager, product: Product, other: str, data: st.DataObject
) -> None:
    """As it is typed, in the folded form, and with wildcards of SQL, which are letters like others."""
    begin = data.draw(st.integers(0, len(product.name) - 1))
    part = product.name[begin : data.draw(st.integers(begin + 1, len(product.name)))]
    name = product.name.casefold()
    with catalog_with(shop, product) as catalog:
        for text in (part, part.casefold(), other):
            assert len(catalog.search(text=text).items) == (text.casefold() in name), text


@given(strategy_of(PaymentFactory, order=orders(status="paid")))
def test_the_lines_of_a_receipt_add_up_to_its_total(payment: Payment) -> None:
    """Whatever was bought."""
    text = render(OrderView.of(payment.order), PaymentView.of(payment))
    said = [line.rpartition(": ")[2] for line in text.splitlines() if " x " in line]
    cents = [int(amount.split()[0].replace(".", "")) for amount in said]
    assert len(cents) == len(payment.order.lines)
    assert f"Total: {Money(sum(cents), 'EUR')}" in text
