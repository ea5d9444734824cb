"""Cursors are opaque, and good for the search that issued them only."""

from __future__ import annotations

import base64

import pytest

from services.orders.pagination import decode_cursor, encode_cursor, page_of
from services.orders.problems import InvalidCursor


def test_a_cursor_comes_back_as_the_identifier_that_it_was_made_of() -> None:
    """Encoding and decoding with the same filters are inverse."""
    assert decode_cursor(encode_cursor("ord_1", {"q": "x"}), {"q": "x"}) == "ord_1"


def test_no_cursor_is_the_first_page() -> None:
    """Without a cursor there is nothing to continue after."""
    assert decode_cursor(None, {}) is None


def test_a_cursor_of_another_search_is_refused() -> None:
    """Changed filters would silently skip items."""
    with pytest.raises(InvalidCursor, match="another search"):
        decode_cursor(encode_cursor("ord_1", {"q": "x"}), {"q": "y"})


@pytest.mark.parametrize(
    "cursor",
    ["garbage", "ä", "", base64.urlsafe_b64encode(b'{"after": 1}').decode(), "W10"],
)
def test_a_damaged_cursor_is_refused(cursor: str) -> None:
    """Whatever was not issued by the service is an error of the caller, not a crash."""
    with pytest.raises(InvalidCursor, match="not issued by this service"):
        decode_cursor(cursor, {})


def test_a_page_has_a_cursor_only_if_there_is_more() -> None:
    """The extra row is not shown, but announced."""
    ids = ["c", "b", "a"]
    assert page_of(ids, ids, 3, {}).next_cursor is None
    page = page_of(ids, ids, 2, {})
    assert page.items == ["c", "b"]
    assert decode_cursor(page.next_cursor, {}) == "b"
