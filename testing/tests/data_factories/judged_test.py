"""What a factory gives is held against the field; what the caller gives, and what nobody is sure of, is left alone."""

from __future__ import annotations

import datetime as dt
import enum
import types
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

import annotated_types as at
import pytest
from hypothesis import find
from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    Enum,
    ForeignKey,
    Numeric,
    SmallInteger,
    String,
    Text,
    TypeDecorator,
    event,
    func,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, validates

from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.factory import (
    Factory,
    Source,
    derived,
    faked,
    fixed,
    nothing,
    one_of,
    sequence,
)
from belljar.data.factory.making import make, make_many
from belljar.data.strategies import strategy_of


class Base(DeclarativeBase):
    pass


class Tier(enum.Enum):
    BASIC = "basic"
    GOLD = "gold"


class Word(enum.StrEnum):
    YES = "yes"


class Cents(int):
    pass


class Folded(TypeDecorator[str]):
    """Numbers and texts of any length become a short text."""

    impl = String(3)
    cache_ok = True


class Customer(Base):
    __tablename__ = "customer"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(3), unique=True)
    code: Mapped[str] = mapped_column(String(3))
    size: Mapped[int]
    small: Mapped[int] = mapped_column(SmallInteger)
    price: Mapped[Decimal] = mapped_column(Numeric(6, 2))
    ratio: Mapped[float]
    tier: Mapped[str] = mapped_column(Enum("basic", "gold", name="tier"))
    kind: Mapped[Tier]
    at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    words: Mapped[str] = mapped_column(Text(3))
    folded: Mapped[str] = mapped_column(Folded)
    notes: Mapped[Any] = mapped_column(JSON)
    seen: Mapped[int] = mapped_column(default=1)
    trimmed: Mapped[str] = mapped_column(String(3))
    token: Mapped[uuid.UUID]
    flag: Mapped[bool]
    maybe: Mapped[str | None] = mapped_column(String(3))
    varied: Mapped[str] = mapped_column(String(3).with_variant(Text(), "sqlite"))

    @validates("trimmed")
    def _trim(self, name: str, value: str) -> str:
        return value[:3]


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"))
    customer: Mapped[Customer] = relationship()
    until: Mapped[dt.date]
    slug: Mapped[str] = mapped_column(String(40))
    __table_args__ = (CheckConstraint("until > CURRENT_DATE"),)


@event.listens_for(Order, "before_insert")
def _fill(mapper: Any, connection: Any, order: Order) -> None:
    order.slug = order.slug or "filled"


@dataclass
class Item:
    number: Annotated[int, at.Ge(5)]
    code: Annotated[str, at.MaxLen(3)]
    ratio: float = 1.0
    cents: Cents = field(default_factory=lambda: Cents(1))
    kind: Tier = Tier.BASIC
    word: str = "no"
    way: Literal["in", "out"] = "in"
    names: list[str] = field(default_factory=list)
    either: int | str = 1
    anything: Any = None
    price: Decimal = Decimal(1)
    even: Annotated[int, at.MultipleOf(2)] = 2
    odd: Annotated[int, at.Predicate(lambda value: value % 2 == 1)] = 1


@dataclass
class Parsed:
    price: Decimal

    def __post_init__(self) -> None:
        self.price = Decimal(self.price)


class Pair(NamedTuple):
    left: Annotated[int, at.Lt(10)]


def factory(model: Any, **sources: Any) -> Any:
    """A factory with these sources, as a class statement in a function has them."""
    body = {"__qualname__": "<locals>.TheFactory", **sources}
    return types.new_class("TheFactory", (Factory[model],), {}, lambda names: names.update(body))


REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    (Customer, {"key": fixed("toolong")}, "Customer.key: .*'toolong'.*7 characters.*String.3."),
    (Customer, {"key": faked("name", unique=True)}, r"Customer.key: .*tried 200.*String\(3\)"),
    (Customer, {"code": faked("name")}, r"Customer.code: .*tried 100.*String\(3\)"),
    (Customer, {"code": one_of("ok", "toolong")}, "Customer.code: .*'toolong'"),
    (Customer, {"code": one_of("toolong", faked("name"))}, "Customer.code: .*'toolong'"),
    (Customer, {"code": sequence("number {n}")}, "Customer.code: .*'number 1"),
    (Customer, {"code": derived(lambda row: "toolong")}, "Customer.code: .*'toolong'"),
    (Customer, {"size": nothing()}, "Customer.size: .*None: the field is NOT NULL"),
    (Customer, {"size": derived(lambda row: None)}, "Customer.size: .*NOT NULL"),
    (Customer, {"size": "abc"}, "Customer.size: .*'abc': it is of type str.*Integer"),
    (Customer, {"size": 1.5}, "Customer.size: .*1.5: it is of type float"),
    (Customer, {"size": [1]}, "Customer.size: .*of type list"),
    (Customer, {"code": 5}, "Customer.code: .*of type int"),
    (Customer, {"small": 40_000}, "Customer.small: .*40000: it is too large.*SmallInteger"),
    (Customer, {"price": Decimal("12345.6")}, r"5 digits before the point.*Numeric\(6, 2\)"),
    (Customer, {"tier": "silver"}, "Customer.tier: .*none of 'basic', 'gold'"),
    (Customer, {"kind": "silver"}, "Customer.kind: .*'silver'"),
    (Customer, {"flag": "yes"}, "Customer.flag: .*of type str"),
    (Customer, {"at": 5}, "Customer.at: .*of type int.*DateTime"),
    (Item, {"number": 1}, "Item.number: .*1: it is too small, and the field is int, low=5"),
    (Item, {"number": "7"}, "Item.number: .*of type str"),
    (Item, {"number": None}, "Item.number: .*not optional"),
    (Item, {"code": faked("name")}, "Item.code: .*max_length=3"),
    (Item, {"ratio": "high"}, "Item.ratio: .*of type str"),
    (Item, {"kind": "silver"}, "Item.kind: .*'silver'"),
    (Item, {"way": "up"}, "Item.way: .*'up'"),
    (Item, {"names": "ada"}, "Item.names: .*of type str"),
    (Item, {"either": [1]}, "Item.either: .*of type list"),
    (Item, {"even": 3}, "Item.even: .*no multiple of 2"),
    (Item, {"odd": 2}, "Item.odd: .*does not accept it"),
    (Pair, {"left": 10}, "Pair.left: .*10: it is too large"),
]


@pytest.mark.parametrize(("model", "sources", "words"), REFUSED)
def test_what_a_field_can_not_have_is_refused(
    draw: Draw, model: Any, sources: dict[str, Any], words: str
) -> None:
    (name,) = sources
    with pytest.raises(CannotMeet, match=words) as raised:
        make(draw, factory(model, **sources))
    assert f"give TheFactory a source for {name}" in str(raised.value)
    assert f"data.make(TheFactory, {name}=" in str(raised.value)


LEFT_ALONE: list[tuple[Any, dict[str, Any]]] = [
    (Customer, {"code": Word.YES}),
    (Customer, {"size": True}),
    (Customer, {"size": "12"}),
    (Customer, {"size": 3.0}),
    (Customer, {"size": 2**40}),
    (Customer, {"size": func.random()}),
    (Customer, {"price": 5}),
    (Customer, {"price": Decimal("1.23456")}),
    (Customer, {"ratio": 1}),
    (Customer, {"tier": Tier.GOLD}),
    (Customer, {"kind": "gold"}),
    (Customer, {"kind": "GOLD"}),
    (Customer, {"at": dt.date(2025, 1, 1)}),
    (Customer, {"at": "2025-01-01"}),
    (Customer, {"at": dt.datetime(2025, 1, 1)}),  # that is what is asked
    (Customer, {"words": "as long as you like"}),
    (Customer, {"folded": 12345}),
    (Customer, {"notes": ["a", 1]}),
    (Customer, {"seen": None}),
    (Customer, {"id": None}),
    (Customer, {"trimmed": "toolong"}),
    (Customer, {"token": str(uuid.UUID(int=1))}),
    (Customer, {"flag": 1}),
    (Customer, {"maybe": None}),
    (Customer, {"varied": "toolong"}),
    (Order, {"slug": nothing()}),
    (Order, {"customer_id": nothing()}),
    (Order, {"until": dt.date(2099, 1, 1)}),
    (Item, {"number": Cents(7)}),
    (Item, {"number": True + 5}),
    (Item, {"ratio": 1}),
    (Item, {"cents": 5}),
    (Item, {"word": Word.YES}),
    (Item, {"kind": "gold"}),
    (Item, {"names": ("a", "b")}),
    (Item, {"either": "x"}),
    (Item, {"anything": object()}),
    (Item, {"price": 1}),
    (Parsed, {"price": "1.5"}),
]


@pytest.mark.parametrize(("model", "sources"), LEFT_ALONE)
def test_what_nobody_is_sure_of_is_left_alone(
    draw: Draw, model: Any, sources: dict[str, Any]
) -> None:
    made = make(draw, factory(model, **sources))
    for name, source in sources.items():
        if not isinstance(source, Source) and name not in ("trimmed", "price"):
            assert getattr(made, name) is source or getattr(made, name) == source


def test_what_does_not_fit_is_drawn_again(draw: Draw) -> None:
    short = factory(Customer, code=faked("word"), key=faked("country_code", unique=True))
    made = make_many(draw, short, 20)
    assert all(len(one.code) <= 3 for one in made)
    assert len({one.key for one in made}) == 20


def test_a_derived_value_that_does_not_fit_has_the_row_drawn_again(draw: Draw) -> None:
    words = factory(Customer, code=derived(lambda row: "x" * (1 + row.size % 5)))
    assert {len(one.code) for one in make_many(draw, words, 20)} == {1, 2, 3}


def test_what_the_caller_gives_is_given_as_it_is(draw: Draw) -> None:
    made = make(draw, factory(Customer, key="toolong", size="abc"), key="far too long", size="x")
    assert (made.key, made.size) == ("far too long", "x")
    assert make(draw, Item, number=1, code="far too long").number == 1
    assert make(draw, factory(Item), code=fixed("far too long")).code == "far too long"


def test_what_is_given_shifts_no_other_field() -> None:
    shop = factory(Customer, code=faked("word"), words=faked("name"))
    plain, given = make(Draw(0, "x"), shop), make(Draw(0, "x"), shop, code="abc")
    assert plain.words == given.words


def test_values_that_fit_are_the_same_as_those_that_nobody_judges(draw: Draw) -> None:
    loose = factory(Customer, words=faked("name"), notes=faked("name"))
    made = make(draw, loose)
    assert {type(made.words), type(made.notes)} == {str}


def test_strategies_refuse_it_too() -> None:
    address = faked("address")
    for sources in ({"code": "toolong"}, {"code": address}, {"key": address}, {"size": nothing()}):
        (name,) = sources
        with pytest.raises(CannotMeet, match=f"Customer.{name}"):
            find(strategy_of(factory(Customer, **sources)), lambda one: True)
    long = factory(Customer, code=derived(lambda row: "toolong"))
    with pytest.raises(CannotMeet, match=r"Customer\.code: .*'toolong'"):
        find(strategy_of(long), lambda one: True)
    short = strategy_of(factory(Customer, code=faked("word"), key=faked("word")))
    found = find(short, lambda one: True)
    assert max(len(found.code), len(found.key)) <= 3
