"""A factory's sources win over types; mistakes in it are told when it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest

from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.factory import (
    Factory,
    derived,
    drawn,
    faked,
    fixed,
    many,
    nothing,
    one,
    one_of,
    sequence,
)
from belljar.data.factory.making import make, make_many


@dataclass
class Item:
    sku: str
    price: int


@dataclass
class Customer:
    id: int
    name: str
    email: str
    tier: str
    slug: str
    score: int
    note: str | None
    items: list[Item] = field(default_factory=list)
    best: Item | None = None


class ItemFactory(Factory[Item]):
    price = fixed(5)


class CustomerFactory(Factory[Customer]):
    id = sequence(lambda n: n * 10)
    name = faked("name")
    email = faked("email", unique=True)
    tier = one_of("basic", "gold")
    slug = derived(lambda row: row.name.lower())
    score = drawn(lambda draw: draw.random.randint(7, 9))
    note = nothing()
    items = many(ItemFactory, 2)
    best = one(ItemFactory, sku="best")


class GoldFactory(CustomerFactory):
    tier = fixed("gold")
    slug = derived(lambda row: f"{row.tier}-{row.id}")


class OneFactory(Factory[Item]):
    """A second factory of Item, for what names it."""

    price = 1


def test_every_source_gives_what_it_says(draw: Draw) -> None:
    made = make_many(draw, CustomerFactory, 20)
    assert [one.id for one in made] == [10 * n for n in range(1, 21)]
    assert len({one.email for one in made}) == 20
    assert {one.tier for one in made} == {"basic", "gold"}
    assert all(one.note is None and 7 <= one.score <= 9 for one in made)
    assert all([item.price for item in one.items] == [5, 5] for one in made)
    assert all(one.best is not None and one.best.sku == "best" for one in made)


def test_a_variant_inherits_and_changes(draw: Draw) -> None:
    made = make(draw, GoldFactory)
    assert (made.tier, made.slug, made.note) == ("gold", "gold-10", None)


def test_a_model_finds_the_one_factory_that_is_no_variant(draw: Draw) -> None:
    assert make(draw, Customer).id == 10


def test_two_factories_of_a_model_have_to_be_named(draw: Draw) -> None:
    with pytest.raises(CannotMeet, match="there are 2 factories for Item") as raised:
        make(draw, Item)
    assert "ItemFactory" in str(raised.value)
    assert "OneFactory" in str(raised.value)
    assert make(draw, OneFactory).price == 1


def test_sources_are_given_for_one_object_too(draw: Draw) -> None:
    made = make(draw, CustomerFactory, tier=one_of("silver"), items=many(OneFactory, 3))
    assert made.tier == "silver"
    assert [item.price for item in made.items] == [1, 1, 1]


def test_a_field_that_the_model_lacks_is_told_when_the_factory_is_written() -> None:
    with pytest.raises(CannotMeet, match="Customer has no field 'emial'") as raised:

        class BadFactory(Factory[Customer]):
            emial = faked("email")

    assert "write 'email'" in str(raised.value)


def test_a_method_that_faker_lacks_names_near_ones(draw: Draw) -> None:
    class BadFactory(Factory[Customer]):
        name = faked("frist_name")

    with pytest.raises(CannotMeet, match="Faker has no method 'frist_name'") as raised:
        make(draw, BadFactory)
    assert "first_name" in str(raised.value)


def test_fields_that_are_derived_from_each_other_are_told(draw: Draw) -> None:
    class LoopFactory(Factory[Item]):
        sku = derived(lambda row: str(row.price))
        price = derived(lambda row: len(row.sku))

    with pytest.raises(CannotMeet, match="sku needs price needs sku"):
        make(draw, LoopFactory)


def test_a_factory_is_not_called() -> None:
    with pytest.raises(CannotMeet, match=r"data\.make\(CustomerFactory"):
        CustomerFactory()


@pytest.mark.parametrize(
    ("habit", "here"),
    [
        ("build", "data.make(CustomerFactory"),
        ("create", "data.create(CustomerFactory"),
        ("create_batch", "data.create_many(CustomerFactory, 3)"),
        ("build_batch", "data.make_many(CustomerFactory, 3)"),
    ],
)
def test_what_other_libraries_factories_are_asked_for_says_what_to_write(
    habit: str, here: str
) -> None:
    with pytest.raises(CannotMeet, match=re.escape(here)):
        getattr(CustomerFactory, habit)()
    assert not hasattr(CustomerFactory, habit)


def test_a_field_may_have_such_a_name(draw: Draw) -> None:
    @dataclass
    class Job:
        build: str
        create: str

    class JobFactory(Factory[Job]):
        build = fixed("1.2")

    made = make(draw, JobFactory)
    assert (made.build, type(made.create)) == ("1.2", str)


def test_what_is_no_model_is_told(draw: Draw) -> None:
    with pytest.raises(CannotMeet, match="is no model"):
        make(draw, int)
