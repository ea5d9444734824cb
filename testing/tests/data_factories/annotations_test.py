"""Types as codebases write them: quoted, of themselves, with odd metadata, and what nobody can make."""

from __future__ import annotations

import datetime as dt
import enum
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, LiteralString, Self

import annotated_types as at
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import (
    UUID1,
    UUID7,
    Base64Bytes,
    Base64UrlStr,
    BaseModel,
    DirectoryPath,
    Field,
    FilePath,
    JsonValue,
    NewPath,
    TypeAdapter,
)

from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.factory import Factory
from belljar.data.factory.making import make, make_many
from belljar.data.strategies import strategy_of

if TYPE_CHECKING:
    from elsewhere import Hidden  # type: ignore[import-not-found]  # for type checkers alone


class Tone(enum.Enum):
    LOW = "l"
    HIGH = "h"


class Empty(enum.Enum):
    pass


class Marked:
    """Metadata of a team's own, whose slots are not said."""

    __slots__ = "note"

    def __init__(self) -> None:
        self.note = "x"


@dataclass
class Leaf:
    value: int


@dataclass
class Odd:
    quoted: "list['Leaf']"  # noqa: UP037  # quoted twice on purpose
    twice: "dict[str, 'Leaf | None']"  # noqa: UP037  # the same
    other: Self | None
    literal: LiteralString
    zone: dt.tzinfo
    lower: Annotated[str, at.LowerCase]
    digits: Annotated[str, at.Predicate(str.isdigit)]
    marked: Annotated[int, Marked(), Marked, "a note", None, {"a": 1}]
    pattern: re.Pattern[str]
    short: Annotated[dt.timedelta, at.Gt(dt.timedelta(0)), at.Lt(dt.timedelta(seconds=1))]
    narrow: Annotated[Decimal, at.Gt(Decimal("1.001")), at.Lt(Decimal("1.003"))]


def check(made: Odd) -> None:
    """Raise AssertionError for one that its types do not allow."""
    assert all(type(one) is Leaf for one in made.quoted)
    assert all(type(one) in (Leaf, type(None)) for one in made.twice.values())
    assert made.lower == made.lower.lower()
    assert made.digits.isdigit()
    assert dt.timedelta(0) < made.short < dt.timedelta(seconds=1)
    assert Decimal("1.001") < made.narrow < Decimal("1.003")


def test_quoted_and_odd_types_are_made(draw: Draw) -> None:
    for made in make_many(draw, Odd, 20):
        check(made)


@settings(max_examples=30)
@given(strategy_of(Odd))
def test_and_have_a_strategy(made: Odd) -> None:
    check(made)


@dataclass
class Partly:
    known: int
    hidden: Hidden
    maybe: Hidden | None


def test_a_name_for_type_checkers_alone_may_be_given(draw: Draw) -> None:
    made = make(draw, Partly, hidden="there")
    assert (made.hidden, made.maybe) == ("there", None)

    class PartlyFactory(Factory[Partly]):
        hidden = "said"

    assert make(draw, PartlyFactory).hidden == "said"
    with pytest.raises(CannotMeet, match=r"Partly\.hidden: the annotation .* TYPE_CHECKING"):
        make(draw, Partly)


class Typed(BaseModel):
    first: UUID1
    seventh: UUID7
    new: NewPath
    folder: DirectoryPath
    payload: JsonValue
    encoded: Base64Bytes
    text: Base64UrlStr


def test_types_of_pydantic_with_one_form_are_made(draw: Draw) -> None:
    made = make(draw, Typed)
    assert (made.first.version, made.seventh.version) == (1, 7)
    assert made.folder == Path()
    TypeAdapter(JsonValue).validate_python(made.payload)


class Wants(BaseModel):
    file: FilePath


@dataclass
class Unhashable:
    things: set[Leaf]


@dataclass
class Toneless:
    tone: Empty


@dataclass
class Tones:
    tones: Annotated[frozenset[Tone], at.Len(3, 5)]


@dataclass
class Backwards:
    span: Annotated[dt.timedelta, at.Gt(dt.timedelta(5)), at.Lt(dt.timedelta(1))]


@dataclass
class Asked:
    value: Annotated[int, at.Predicate(lambda value: value.nothing)]


@dataclass
class Never:
    value: Annotated[int, at.Predicate(lambda value: False)]


@dataclass
class Long:
    code: Annotated[bytes, at.Len(5, 2)]


class Wide(BaseModel):
    code: str = Field(pattern=r"^\d{9}$", max_length=3)


UNMET = {
    Wants: r"Wants\.file: it wants a file that is there",
    Unhashable: r"Unhashable\.things: a set's items have to be hashable, and Leaf is not",
    Toneless: r"Toneless\.tone: <enum 'Empty'> has no values",
    Tones: r"Tones\.tones: 3 different items are wanted, and there are 2: <Tone.LOW: 'l'>",
    Backwards: r"Backwards\.span: no span of time keeps to",
    Asked: r"Asked\.value: the function of its Predicate\(\.\.\.\) raises AttributeError",
    Never: r"Never\.value: nothing was found that keeps to",
    Long: r"Long\.code: no bytes keep to",
    Wide: r"Wide\.code: no text was found for the pattern",
}


@pytest.mark.parametrize("model", UNMET, ids=lambda model: model.__name__)
def test_what_no_value_meets_is_told_with_model_and_field(draw: Draw, model: Any) -> None:
    with pytest.raises(CannotMeet, match=UNMET[model]):
        make(draw, model)


@pytest.mark.parametrize("model", UNMET, ids=lambda model: model.__name__)
def test_a_strategy_tells_the_same(model: Any) -> None:
    @settings(max_examples=5, database=None)
    @given(st.data())
    def drawn(data: st.DataObject) -> None:
        data.draw(strategy_of(model))

    with pytest.raises(CannotMeet, match=UNMET[model]):
        drawn()
