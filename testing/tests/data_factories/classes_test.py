"""Objects of dataclasses and other plain classes are made from their annotations."""

from __future__ import annotations

import datetime as dt
import enum
import ipaddress
import uuid
from collections.abc import Callable
from dataclasses import KW_ONLY, InitVar, dataclass, field
from decimal import Decimal
from typing import Annotated, Generic, Literal, NamedTuple, NewType, Optional, TypedDict, TypeVar

import annotated_types as at
import pytest

from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.factory.making import make, make_many

T = TypeVar("T")
UserId = NewType("UserId", int)


class Tier(enum.Enum):
    BASIC = "basic"
    GOLD = "gold"


@dataclass(frozen=True, slots=True)
class Address:
    street: str
    city: str | None


@dataclass
class Everything:
    id: UserId
    name: str
    tier: Tier
    kind: Literal["a", "b"]
    either: int | str
    maybe: Optional[int]  # noqa: UP045  # people write it
    tags: set[str]
    scores: dict[str, list[int]]
    pair: tuple[int, str]
    row: tuple[float, ...]
    money: Decimal
    day: dt.date
    at: dt.datetime
    span: dt.timedelta
    key: uuid.UUID
    host: ipaddress.IPv4Address
    raw: bytes
    address: Address
    _: KW_ONLY
    age: Annotated[int, at.Ge(18), at.Lt(20)]
    code: Annotated[str, at.Len(4, 4)]
    even: Annotated[int, at.MultipleOf(2), at.Interval(gt=10, le=14)]
    shout: Annotated[str, at.Predicate(str.isupper)]
    size: int = 3
    extras: list[int] = field(default_factory=list)
    setup: InitVar[int] = 1


@dataclass
class Node:
    value: int
    next: Node | None
    children: list[Node]


@dataclass
class Page(Generic[T]):
    items: list[T]
    first: T


@dataclass
class AddressPage(Page[Address]):
    total: int


@dataclass
class Span:
    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low >= self.high:
            raise ValueError("low must be below high")


@dataclass
class Job:
    id: uuid.UUID = field(default_factory=uuid.uuid4)
    token: str = field(default_factory=lambda: f"tok_{uuid.uuid4().hex}")
    created: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    log: list[str] = field(default_factory=lambda: ["created"])


class Point(NamedTuple):
    x: int
    y: float


class Options(TypedDict):
    depth: int
    names: list[str]


class Gauge:
    def __init__(self, name: str, limit: int, *, unit: str = "ms") -> None:
        self.name, self.limit, self.unit = name, limit, unit


@dataclass
class Endless:
    other: Endless


@dataclass
class Impossible:
    code: str

    def __post_init__(self) -> None:
        raise ValueError("no code is good")


@dataclass
class WithCallback:
    name: str
    callback: Callable[[], int]


def test_every_field_is_of_its_type_and_within_its_limits(draw: Draw) -> None:
    for made in make_many(draw, Everything, 50):
        assert isinstance(made.id, int)
        assert isinstance(made.tier, Tier)
        assert made.kind in ("a", "b")
        assert isinstance(made.either, int | str)
        assert isinstance(made.tags, set)
        assert all(isinstance(n, int) for values in made.scores.values() for n in values)
        assert [type(one) for one in made.pair] == [int, str]
        assert isinstance(made.money, Decimal)
        assert isinstance(made.key, uuid.UUID)
        assert isinstance(made.host, ipaddress.IPv4Address)
        assert isinstance(made.address, Address)
        assert 18 <= made.age < 20
        assert len(made.code) == 4
        assert made.even in (12, 14)
        assert made.shout.isupper()


def test_defaults_are_left_as_they_are(draw: Draw) -> None:
    made = make(draw, Everything)
    assert made.size == 3
    assert made.extras == []


def test_a_default_that_differs_each_time_is_drawn_in_its_form() -> None:
    first, second = make(Draw(0, "one"), Job), make(Draw(0, "one"), Job)
    assert first == second
    assert first != make(Draw(0, "two"), Job)
    assert first.token.startswith("tok_")
    assert len(first.token) == 36
    assert first.log == ["created"]


def test_a_value_that_is_given_shifts_no_other(draw: Draw) -> None:
    plain = make(Draw(0, "one"), Everything)
    given = make(Draw(0, "one"), Everything, name="Ada", either=1)
    assert given.name == "Ada"
    assert given.tags == plain.tags
    assert given.money == plain.money


def test_what_holds_its_own_kind_ends(draw: Draw) -> None:
    assert make(draw, Node).children == []


def test_generic_classes_are_filled_with_what_they_are_of(draw: Draw) -> None:
    assert isinstance(make(draw, Page[Address]).first, Address)
    assert isinstance(make(draw, AddressPage).items[0], Address)


def test_a_class_that_refuses_values_is_asked_again(draw: Draw) -> None:
    assert all(one.low < one.high for one in make_many(draw, Span, 50))


def test_named_tuples_typed_dicts_and_plain_classes_are_made(draw: Draw) -> None:
    assert isinstance(make(draw, Point).y, float)
    assert set(make(draw, Options)) == {"depth", "names"}
    assert make(draw, Gauge, limit=3).limit == 3


def test_a_nested_field_is_given_by_its_path(draw: Draw) -> None:
    assert make(draw, Everything, address__city="Riga").address.city == "Riga"


def test_an_unknown_field_names_the_nearest(draw: Draw) -> None:
    with pytest.raises(CannotMeet, match="Address has no field 'stret'") as raised:
        make(draw, Address, stret="x")
    assert "write 'street'" in str(raised.value)


def test_an_object_that_needs_its_own_kind_without_end_is_told(draw: Draw) -> None:
    with pytest.raises(CannotMeet, match="Endless needs Endless, without an end"):
        make(draw, Endless)


def test_a_class_that_refuses_everything_is_told_with_its_words(draw: Draw) -> None:
    with pytest.raises(
        CannotMeet, match=r"Impossible.code: .*no code is good; tried \d+"
    ) as raised:
        make(draw, Impossible)
    assert "give ImpossibleFactory a source for it: code =" in str(raised.value)


def test_a_type_of_which_nothing_is_known_must_be_given(draw: Draw) -> None:
    with pytest.raises(CannotMeet, match=r"WithCallback\.callback: no function"):
        make(draw, WithCallback)
    assert make(draw, WithCallback, callback=lambda: 1).callback() == 1
