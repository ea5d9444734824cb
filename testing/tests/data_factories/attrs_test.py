"""Validators of attrs are constraints; so are those of its items."""

from __future__ import annotations

import attrs
import pytest
from attrs import validators
from hypothesis import given, settings

from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.factory.making import make, make_many
from belljar.data.strategies import strategy_of


@attrs.define(kw_only=True)
class Seat:
    row: int = attrs.field(validator=validators.in_([3, 4]))
    number: int = attrs.field(validator=[validators.ge(5), validators.lt(7)])
    code: str = attrs.field(validator=validators.matches_re(r"[A-Z]{3}-\d"))
    note: str = attrs.field(validator=[validators.min_len(40), validators.max_len(50)])
    price: float | None = attrs.field(validator=validators.optional(validators.gt(9000)))
    taken: list[int] = attrs.field(
        validator=validators.deep_iterable(validators.ge(9000), validators.instance_of(list))
    )
    _guest: str = attrs.field(validator=attrs.validators.max_len(3))


@attrs.define
class Nowhere:
    row: int = attrs.field(validator=[validators.ge(5), validators.le(3)])


def test_what_the_validators_say_is_kept(draw: Draw) -> None:
    for seat in make_many(draw, Seat, 20):
        attrs.validate(seat)
        assert seat.price is not None


@settings(max_examples=30, deadline=None, database=None)
@given(strategy_of(Seat))
def test_and_in_examples(seat: Seat) -> None:
    attrs.validate(seat)


def test_validators_that_no_value_meets_are_told(draw: Draw) -> None:
    with pytest.raises(CannotMeet, match=r"Nowhere\.row: no whole number keeps to low=5, high=3"):
        make(draw, Nowhere)
