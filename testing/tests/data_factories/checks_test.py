"""CHECKs are read as far as they can be, and what can't be read is left to the database."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest

from belljar.data.shape.checks import Check
from belljar.data.shape.judging import UNKNOWN


class State(Enum):
    OPEN = "open"
    PAID = "paid"


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ("price > 0", {"price": 1}, {"price": 0}),
        ("0 < price", {"price": 1}, {"price": 0}),
        ("price >= 0.5", {"price": Decimal("0.5")}, {"price": Decimal("0.4")}),
        ("rating BETWEEN 1 AND 5", {"rating": 5}, {"rating": 6}),
        ("rating NOT BETWEEN 1 AND 5", {"rating": 6}, {"rating": 5}),
        ("state IN ('open', 'paid')", {"state": "paid"}, {"state": "gone"}),
        ("state IN ('paid')", {"state": State.PAID}, {"state": State.OPEN}),
        ("state = ANY (ARRAY['a'::text, 'b'::text])", {"state": "b"}, {"state": "c"}),
        ("length(name) >= 3", {"name": "abc"}, {"name": "ab"}),
        ("char_length(trim(name)) > 0", {"name": "a"}, {"name": "  "}),
        ("code LIKE 'P-%'", {"code": "P-1"}, {"code": "Q-1"}),
        ("code NOT LIKE '%x%'", {"code": "abc"}, {"code": "axc"}),
        ("code ~ '^[A-Z]{2}$'", {"code": "AB"}, {"code": "ab"}),
        ("code ~* '^[A-Z]{2}$'", {"code": "ab"}, {"code": "abc"}),
        ("email = lower(email)", {"email": "a"}, {"email": "A"}),
        ("a > 0 AND b <= a", {"a": 2, "b": 2}, {"a": 2, "b": 3}),
        ("a = 1 OR b = 1", {"a": 0, "b": 1}, {"a": 0, "b": 0}),
        ("NOT (a = 1)", {"a": 2}, {"a": 1}),
        ("a IS NOT NULL", {"a": 1}, {"a": None}),
        ("(a IS NULL) <> (b IS NULL)", {"a": 1, "b": None}, {"a": 1, "b": 1}),
        ("num_nonnulls(a, b) = 1", {"a": 1, "b": None}, {"a": None, "b": None}),
        ("net = gross - fee", {"net": 7, "gross": 9, "fee": 2}, {"net": 8, "gross": 9, "fee": 2}),
        ("qty % 5 = 0", {"qty": 10}, {"qty": 11}),
        ('"order" > 0', {"order": 1}, {"order": 0}),
        ("day >= '2020-01-01'", {"day": date(2020, 1, 1)}, {"day": date(2019, 1, 1)}),
        (
            "till <= since + interval '2 days'",
            {"since": datetime(2020, 1, 1), "till": datetime(2020, 1, 3)},
            {"since": datetime(2020, 1, 1), "till": datetime(2020, 1, 4)},
        ),
    ],
)
def test_a_row_is_judged_as_the_database_would(
    text: str, good: dict[str, Any], bad: dict[str, Any]
) -> None:
    check = Check("", text)
    assert check.tree is not None
    assert check.holds(good)
    assert not check.holds(bad)


def test_null_and_keys_that_are_made_later_are_no_breach() -> None:
    assert Check("", "price > 0").holds({"price": None})
    assert Check("", "a <> b").holds({"a": UNKNOWN, "b": UNKNOWN})


@pytest.mark.parametrize("text", ["a > (SELECT 1)", "jsonb_typeof(a) = 'object'", "a @> b", ""])
def test_what_is_not_understood_holds(text: str) -> None:
    assert Check("", text).holds({"a": 1, "b": 2})
