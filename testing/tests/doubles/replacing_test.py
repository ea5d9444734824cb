"""Doubles of functions, in the place of names, and of classes of other libraries."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from belljar.doubles import BadExpectation, Double, NoAttribute, NoSuchThing, Refused
from belljar.doubles.ledger import Ledger


class Item:
    """What a shop sells."""


class Cache:
    def __init__(self, url: str) -> None:
        self.url = url


def greet(name: str, *, loud: bool = False) -> str:
    return name.upper() if loud else name


async def greet_later(name: str) -> str:
    return name


@pytest.fixture
def make(ledger: Ledger) -> Iterator[Double]:
    double = Double(ledger)
    yield double
    double.close()


def test_functions_have_doubles_too(make: Double) -> None:
    double = make(greet, return_value="hello")
    assert double("Ada", loud=True) == "hello"
    with pytest.raises(Refused, match="greet"):
        double("Ada", True)
    with pytest.raises(BadExpectation):
        make(greet, return_value=3)
    later = make(greet_later, return_value="hello")
    assert asyncio.run(later("Ada")) == "hello"


def test_what_is_replaced_is_there_and_is_as_before_at_the_end(make: Double) -> None:
    import json

    make.replace("json.dumps").return_value = "text"
    assert json.dumps({}) == "text"
    with pytest.raises(Refused):
        json.dumps()  # type: ignore[call-arg]  # that is the point
    made = make.replace(f"{__name__}.Cache")
    assert Cache("url") is made.return_value
    with pytest.raises(Refused):
        Cache()  # type: ignore[call-arg]  # that is the point
    make.close()
    assert json.dumps({}) == "{}"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("json.dump_s", r"json has no 'dump_s'(?s:.*)valid: dumps"),
        ("jsno.dumps", "there is no module 'jsno'"),
        ("json.encoder.JSONEncoder.encodes", "has no 'encodes'"),
    ],
)
def test_a_replacement_of_nothing_is_refused_with_what_is_near(
    make: Double, target: str, said: str
) -> None:
    with pytest.raises(NoSuchThing, match=said):
        make.replace(target)


def test_a_value_or_a_mock_is_no_class_to_double(make: Double) -> None:
    from unittest.mock import Mock

    with pytest.raises(NoSuchThing, match=r"double\(3\): a int has no doubles"):
        make(3)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(BadExpectation, match="a mock itself"):
        make(Mock)


def test_sessions_of_sqlalchemy_are_classes_like_others(make: Double) -> None:
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import Session

    session = make(Session, get=None)
    assert session.get(Item, 1) is None
    assert session.commit() is None
    with pytest.raises(Refused):
        session.get(Item)
    other = make(AsyncSession)
    assert asyncio.run(other.commit()) is None
    with pytest.raises(NoAttribute):
        _ = other.comit
