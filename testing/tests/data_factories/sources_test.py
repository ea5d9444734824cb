"""Every source gives values one by one, as columns and as a strategy, the same for the same draw."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from decimal import Decimal
from typing import Any

import pytest

from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.shape import Limits
from belljar.data.sources import drawn, faked, fixed, many, nothing, one_of, sequence
from belljar.data.sources.typed import source_for


class Color(enum.Enum):
    RED = 1
    BLUE = 2


TYPES: list[Any] = [
    bool,
    int,
    float,
    Decimal,
    str,
    bytes,
    dt.date,
    dt.datetime,
    dt.time,
    dt.timedelta,
    uuid.UUID,
    Color,
    list[int],
    dict[str, int],
    tuple[int, str],
    int | None,
]


@pytest.mark.parametrize("kind", TYPES, ids=str)
def test_a_types_values_are_the_same_for_the_same_draw(kind: Any) -> None:
    source = source_for(kind)
    first, second = Draw(0, "one"), Draw(0, "one")
    assert [source.one(first) for _ in range(9)] == [source.one(second) for _ in range(9)]
    assert source.column(first, 99) == source.column(second, 99)
    assert len(source.column(first, 99)) == 99
    assert source.column(first, 0) == []


@pytest.mark.parametrize(
    "source",
    [
        faked("name"),
        faked("email", unique=True),
        one_of(1, 2),
        fixed([1]),
        nothing(),
        sequence("u{n}"),
        drawn(lambda draw: draw.random.random()),
    ],
)
def test_a_factorys_sources_give_columns_that_are_the_same(source: Any) -> None:
    assert source.column(Draw(0, "a"), 50) == source.column(Draw(0, "a"), 50)


@pytest.mark.parametrize(
    ("kind", "limits"),
    [
        (int, Limits(low=-5, high=-1)),
        (int, Limits(high=-7)),
        (int, Limits(low=0, above=True, high=2, below=True)),
        (int, Limits(multiple_of=7, low=1, high=20)),
        (Decimal, Limits(low=Decimal("0.01"), high=Decimal("0.03"), scale=2)),
        (Decimal, Limits(precision=3, scale=3)),
        (float, Limits(low=0, above=True, high=1)),
        (str, Limits(min_length=40, max_length=42)),
        (str, Limits(max_length=1)),
        (str, Limits(case="upper", max_length=5)),
        (dt.date, Limits(low=dt.date(1999, 1, 1), high=dt.date(1999, 1, 2))),
        (bytes, Limits(min_length=3, max_length=3)),
        (list[int], Limits(min_length=5, max_length=5)),
        (set[bool], Limits(min_length=2)),
    ],
    ids=str,
)
def test_limits_are_kept_to(draw: Draw, kind: Any, limits: Limits) -> None:
    source = source_for(kind, limits)
    for value in [*(source.one(draw) for _ in range(30)), *source.column(draw, 30)]:
        size = len(value) if hasattr(value, "__len__") else None
        if size is not None:
            assert (limits.min_length or 0) <= size <= (limits.max_length or 99)
        if limits.low is not None:
            assert value > limits.low if limits.above else value >= limits.low
        if limits.high is not None:
            assert value < limits.high if limits.below else value <= limits.high
        if limits.multiple_of is not None:
            assert value % limits.multiple_of == 0
        if limits.case is not None:
            assert value.isupper()


@pytest.mark.parametrize(
    ("kind", "limits"),
    [
        (int, Limits(low=2, high=1)),
        (int, Limits(low=1, above=True, high=2, below=True)),
        (str, Limits(min_length=3, max_length=2)),
        (set[bool], Limits(min_length=3)),
        (Color, Limits(choices=("green",))),
    ],
    ids=str,
)
def test_limits_that_nothing_keeps_to_are_told(draw: Draw, kind: Any, limits: Limits) -> None:
    with pytest.raises(CannotMeet, match="give the field a source"):
        source_for(kind, limits).one(draw)


def test_a_name_says_what_a_text_looks_like(draw: Draw) -> None:
    assert source_for(str, name="contact_email").one(draw).endswith("@example.com")
    assert source_for(str, name="homepage_url").one(draw).startswith("https://example.com/")


def test_sources_that_make_no_sense_are_told() -> None:
    with pytest.raises(CannotMeet, match="nothing to choose from"):
        one_of()
    with pytest.raises(CannotMeet, match="can't be"):
        many(int, -1)
