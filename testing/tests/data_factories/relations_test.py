"""Objects of SQLAlchemy models come with what they refer to; what belongs together is one object."""

from __future__ import annotations

import uuid
from typing import Optional

import pytest
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedAsDataclass,
    mapped_column,
    relationship,
    validates,
)

from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.factory import Factory, many
from belljar.data.factory.making import make, make_many


class Base(DeclarativeBase):
    pass


class Tenant(Base):
    __tablename__ = "tenant"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(30), unique=True)


class Customer(Base):
    __tablename__ = "customer"
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    tenant: Mapped[Tenant] = relationship()
    name: Mapped[str]
    referrer_id: Mapped[Optional[uuid.UUID]] = mapped_column(ForeignKey("customer.id"))  # noqa: UP045
    referrer: Mapped[Customer | None] = relationship(remote_side=[id])
    orders: Mapped[list[Order]] = relationship(back_populates="customer")


class Address(Base):
    __tablename__ = "address"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer.id"))
    customer: Mapped[Customer] = relationship()


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("customer.id"))
    address_id: Mapped[int] = mapped_column(ForeignKey("address.id"))
    address: Mapped[Address] = relationship()
    customer: Mapped[Customer] = relationship(back_populates="orders")
    lines: Mapped[list[Line]] = relationship(back_populates="order")


class Line(Base):
    __tablename__ = "line"
    __table_args__ = (CheckConstraint("number BETWEEN 1 AND 4"),)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    order: Mapped[Order] = relationship(back_populates="lines")


class Room(Base):
    __tablename__ = "room"
    building: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True)


class Booking(Base):
    __tablename__ = "booking"
    __table_args__ = (
        ForeignKeyConstraint(["building", "number"], ["room.building", "room.number"]),
        UniqueConstraint("building", "number", "hour"),
        CheckConstraint("hour BETWEEN 8 AND 10"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    building: Mapped[int]
    number: Mapped[int]
    hour: Mapped[int]
    room: Mapped[Room] = relationship()


class Transfer(Base):
    __tablename__ = "transfer"
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"))
    source: Mapped[Tenant] = relationship(foreign_keys=[source_id])
    target: Mapped[Tenant] = relationship(foreign_keys=[target_id])


class Left(Base):
    __tablename__ = "left_"
    id: Mapped[int] = mapped_column(primary_key=True)
    right_id: Mapped[int] = mapped_column(ForeignKey("right_.id"))
    right: Mapped[Right] = relationship(foreign_keys=[right_id])


class Right(Base):
    __tablename__ = "right_"
    id: Mapped[int] = mapped_column(primary_key=True)
    left_id: Mapped[int] = mapped_column(ForeignKey("left_.id"))
    left: Mapped[Left] = relationship(foreign_keys=[left_id])


class Animal(Base):
    __tablename__ = "animal"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    name: Mapped[str]
    __mapper_args__ = {"polymorphic_on": "kind", "polymorphic_abstract": True}  # noqa: RUF012


class Cat(Animal):
    __tablename__ = "cat"
    id: Mapped[int] = mapped_column(ForeignKey("animal.id"), primary_key=True)
    lives: Mapped[int]
    __mapper_args__ = {"polymorphic_identity": "cat"}  # noqa: RUF012

    @validates("lives")
    def _is_alive(self, key: str, value: int) -> int:
        if value % 9:
            raise ValueError("lives come in nines")
        return value


class Widget(MappedAsDataclass, Base):
    __tablename__ = "widget"
    id: Mapped[int] = mapped_column(init=False, primary_key=True)
    name: Mapped[str]
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), init=False)
    tenant: Mapped[Tenant] = relationship()
    size: Mapped[int] = mapped_column(default=3)


class Slot(Base):
    __tablename__ = "slot"
    __table_args__ = (CheckConstraint("number BETWEEN 1 AND 5"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)


class LineFactory(Factory[Line]):
    pass


class OrderFactory(Factory[Order]):
    lines = many(LineFactory, 3)


def test_a_required_parent_is_made_and_an_optional_one_is_not(draw: Draw) -> None:
    made = make(draw, Customer)
    assert isinstance(made.tenant, Tenant)
    assert made.referrer is None


def test_parents_that_have_one_in_common_share_it(draw: Draw) -> None:
    order = make(draw, Order)
    assert order.address.customer is order.customer


def test_a_parent_that_is_given_is_taken_with_what_it_has(draw: Draw) -> None:
    address = make(draw, Address)
    order = make(draw, Order, address=address)
    assert order.customer is address.customer


def test_two_references_to_one_model_get_two_objects(draw: Draw) -> None:
    made = make(draw, Transfer)
    assert made.source is not made.target


def test_children_know_their_parent_and_differ_where_they_must(draw: Draw) -> None:
    order = make(draw, OrderFactory)
    assert [line.order for line in order.lines] == [order] * 3
    assert len({line.number for line in order.lines}) == 3


def test_a_parents_field_is_given_by_its_path(draw: Draw) -> None:
    assert (
        make(draw, Order, customer__name="Ada", customer__tenant__slug="x").customer.name == "Ada"
    )


def test_what_is_unique_together_is_so_until_there_is_nothing_left(draw: Draw) -> None:
    room = make(draw, Room)
    made = make_many(draw, Booking, 3, room=room)
    assert sorted(booking.hour for booking in made) == [8, 9, 10]
    with pytest.raises(CannotMeet, match=r"\(building, number, hour\).*unique together"):
        make(draw, Booking, room=room)


def test_a_unique_field_differs_until_there_is_nothing_left(draw: Draw) -> None:
    assert sorted(slot.number for slot in make_many(draw, Slot, 5)) == [1, 2, 3, 4, 5]
    with pytest.raises(
        CannotMeet, match=r"Slot\.number: there is no value left that is unique"
    ) as raised:
        make(draw, Slot)
    assert "give SlotFactory a source for it" in str(raised.value)


def test_two_models_that_need_each_other_are_told(draw: Draw) -> None:
    with pytest.raises(CannotMeet, match="Left needs Right needs Left, without an end") as raised:
        make(draw, Left)
    assert "nullable" in str(raised.value)


def test_an_abstract_base_is_made_as_one_of_its_kinds(draw: Draw) -> None:
    made = make(draw, Animal)
    assert isinstance(made, Cat)
    assert made.lives % 9 == 0


def test_mapped_dataclasses_are_made_by_their_init(draw: Draw) -> None:
    made = make(draw, Widget)
    assert (made.size, type(made.tenant)) == (3, Tenant)
