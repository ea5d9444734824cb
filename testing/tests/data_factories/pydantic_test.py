"""Objects of pydantic models keep to constraints and validators."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

import pytest
from pydantic import (
    UUID4,
    AnyUrl,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    FutureDate,
    IPvAnyAddress,
    PastDate,
    PositiveInt,
    PostgresDsn,
    RootModel,
    SecretStr,
    StringConstraints,
    ValidationError,
    computed_field,
    conlist,
    field_validator,
    model_validator,
)
from pydantic.dataclasses import dataclass

from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.factory.making import make, make_many

T = TypeVar("T")


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = Field(ge=1, le=9)


class Dog(BaseModel):
    kind: Literal["dog"]
    name: str


class Order(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    pet: Cat | Dog = Field(discriminator="kind")
    sku: str = Field(pattern=r"^[A-Z]{3}-\d{4}$")
    currency: Annotated[str, StringConstraints(min_length=3, max_length=3, to_upper=True)]
    amount: Decimal = Field(max_digits=6, decimal_places=2, gt=0)
    count: PositiveInt
    ids: conlist(int, min_length=2, max_length=4)  # type: ignore[valid-type]  # pydantic's way
    secret: SecretStr
    link: AnyUrl
    dsn: PostgresDsn
    past: PastDate
    future: FutureDate
    at: AwareDatetime
    key: UUID4
    host: IPvAnyAddress
    by_alias: int = Field(alias="byAlias")
    deep: int = Field(validation_alias="veryDeep", gt=100)
    start: dt.date
    end: dt.date
    shout: str
    note: str | None
    level: int = 3

    @field_validator("shout")
    @classmethod
    def _is_upper(cls, value: str) -> str:
        if not value.isupper():
            raise ValueError("must be upper case")
        return value

    @model_validator(mode="after")
    def _is_in_order(self) -> Order:
        if self.end <= self.start:
            raise ValueError("end must be after start")
        return self

    @computed_field  # type: ignore[prop-decorator]  # pydantic's way
    @property
    def total(self) -> Decimal:
        return self.amount * self.count


class Page(BaseModel, Generic[T]):
    items: list[T]


class Names(RootModel[list[str]]):
    pass


class Tree(BaseModel):
    name: str
    children: list[Tree]
    parent: Tree | None


@dataclass
class Sized:
    size: Annotated[int, Field(ge=5, le=6)]


class Company(BaseModel):
    name: str
    vat: str

    @field_validator("vat")
    @classmethod
    def _is_vat(cls, value: str) -> str:
        if value != "DE123":
            raise ValueError("is no VAT number")
        return value


def test_every_constraint_and_validator_is_met(draw: Draw) -> None:
    for order in make_many(draw, Order, 50):
        assert order.shout.isupper()
        assert order.end > order.start
        assert order.deep > 100
        assert len(order.currency) == 3
        assert order.level == 3


def test_models_are_nested_generic_rooted_and_recursive(draw: Draw) -> None:
    assert isinstance(make(draw, Page[Dog]).items[0], Dog)
    assert isinstance(make(draw, Names).root[0], str)
    assert make(draw, Tree).children == []
    assert make(draw, Sized).size in (5, 6)


def test_fields_are_given_by_name_whatever_their_alias(draw: Draw) -> None:
    assert make(draw, Order, by_alias=7).by_alias == 7


def test_a_validator_that_refuses_everything_is_told_with_its_words(draw: Draw) -> None:
    with pytest.raises(
        CannotMeet, match=r"Company\.vat: .*is no VAT number; tried \d+: '"
    ) as raised:
        make(draw, Company)
    assert "give CompanyFactory a source for it: vat =" in str(raised.value)


def test_a_callers_own_bad_values_are_the_models_to_refuse(draw: Draw) -> None:
    values: dict[str, Any] = {"name": "x", "vat": "y"}
    with pytest.raises(ValidationError, match="is no VAT number"):
        make(draw, Company, **values)
