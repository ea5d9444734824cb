"""Doubles of classes know what the real ones know, and refuse the rest."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from belljar.doubles import (
    BadExpectation,
    Double,
    NoAttribute,
    NotGiven,
    Refused,
)
from belljar.doubles.ledger import Ledger


class Cache:
    limit: int

    def __init__(self, url: str, size: int = 3) -> None:
        self.url = url
        self._size = size

    def get(self, key: str, default: str | None = None) -> str | None:
        return default

    def put(self, key: str, value: str) -> None:
        raise NotImplementedError

    async def fetch(self, key: str) -> int:
        return len(key)

    async def names(self) -> AsyncIterator[str]:
        yield self.url

    def rows(self) -> Iterator[int]:
        yield self._size

    @contextmanager
    def lock(self) -> Iterator[None]:
        yield

    @property
    def size(self) -> int:
        return self._size

    @classmethod
    def local(cls, size: int) -> Cache:
        return cls("local", size)

    @staticmethod
    def clean(key: str) -> str:
        return key

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __len__(self) -> int:
        return self._size


@dataclass
class Item:
    name: str
    price: int = 0


class Slots:
    __slots__ = ("left",)

    def __call__(self, count: int) -> int:
        return count


@pytest.fixture
def make(ledger: Ledger) -> Iterator[Double]:
    double = Double(ledger)
    yield double
    double.close()


def test_what_is_given_is_answered_and_the_rest_is_of_the_class(make: Double) -> None:
    cache = make(Cache, get="v", size=4)
    assert (cache.get("key"), cache.size, isinstance(cache, Cache)) == ("v", 4, True)
    cache.get.assert_called_once_with("key")
    assert cache.put("key", "value") is None  # the real one gives nothing else


@pytest.mark.parametrize(
    "call",
    [
        lambda cache: cache.get(),
        lambda cache: cache.get("key", "default", "more"),
        lambda cache: cache.put("key", valeu="value"),
        lambda cache: cache.local("one", "two"),
        lambda cache: cache.clean(),
    ],
)
def test_a_call_that_the_real_one_refuses_is_refused(
    make: Double, ledger: Ledger, call: Any
) -> None:
    cache = make(Cache, get="v", clean="k")
    with pytest.raises(Refused) as refused:
        call(cache)
    text = str(refused.value)
    assert "test:  shop_test.py::test_one" in text
    assert "line:  double_test.py:" in text
    assert "valid: Cache." in text
    assert ledger.complaints == [refused.value]


def test_a_side_effect_of_the_test_s_own_has_the_signature_too(make: Double) -> None:
    cache = make(Cache)
    cache.get.side_effect = lambda *given: "any"
    assert cache.get("key") == "any"
    with pytest.raises(Refused):
        cache.get()
    assert cache.get.call_count == 1


def test_an_answer_that_nobody_gave_is_asked_for(make: Double, ledger: Ledger) -> None:
    cache = make(Cache)
    for ask in (
        lambda: cache.get("key"),
        lambda: cache.size,
        lambda: cache.url,
        lambda: len(cache),
    ):
        with pytest.raises(NotGiven, match=r"fix:   (Cache|double)"):
            ask()
    assert len(ledger.complaints) == 4
    make.give(cache, size=2, url="x", __len__=7)
    assert (cache.size, cache.url, len(cache)) == (2, "x", 7)


def test_what_the_class_does_not_have_is_neither_read_nor_set(make: Double, ledger: Ledger) -> None:
    cache = make(Cache)
    with pytest.raises(NoAttribute, match=r"'gett'(?s:.*)valid: get\(key: str"):
        _ = cache.gett
    assert not hasattr(cache, "flush")
    assert ledger.complaints == []  # to look whether it is there is no mistake
    with pytest.raises(NoAttribute, match="'sized'"):
        cache.sized = 3
    assert len(ledger.complaints) == 1
    with pytest.raises(NoAttribute, match="'flush'"):
        make(Cache, flush=None)


def test_a_property_has_its_type_and_no_setter_if_the_real_one_has_none(make: Double) -> None:
    cache = make(Cache, size=1)
    with pytest.raises(NoAttribute, match="a property without a setter"):
        cache.size = 2
    cache.url = "other"  # set by __init__, with the type of the argument
    with pytest.raises(BadExpectation, match=r"Cache.url is str, and was given 3"):
        cache.url = 3
    with pytest.raises(BadExpectation, match=r"Cache.size is int"):
        make(Cache, size="many")
    with pytest.raises(BadExpectation, match=r"Cache.limit is int"):
        make(Cache, limit=None)


def test_an_answer_of_another_type_is_refused_when_it_is_given_or_asked(make: Double) -> None:
    with pytest.raises(BadExpectation, match=r"Cache.get returns str \| None, and was given 3"):
        make(Cache, get=3)
    cache = make(Cache)
    cache.get.return_value = 3
    with pytest.raises(BadExpectation, match="was given 3"):
        cache.get("key")
    with pytest.raises(BadExpectation, match="returns str"):
        make.expect(cache.clean).returns(None)


def test_async_methods_are_async_and_generators_give_one_after_the_other(make: Double) -> None:
    cache = make(Cache, fetch=5, rows=[1, 2], names=["a", "b"])
    assert inspect.iscoroutinefunction(cache.fetch)

    async def use() -> tuple[int, list[str]]:
        return await cache.fetch("key"), [name async for name in cache.names()]

    assert asyncio.run(use()) == (5, ["a", "b"])
    rows = cache.rows()
    assert next(rows) == 1


def test_a_context_manager_is_one(make: Double) -> None:
    with make(Cache, get="v") as cache:
        assert cache.get("key") == "v"


def test_dataclass_fields_slots_and_calls_are_known(make: Double) -> None:
    assert make(Item, name="tea").name == "tea"
    with pytest.raises(BadExpectation):
        make(Item, price="a lot")
    slots = make(Slots, left=1, __call__=2)
    assert (slots.left, slots(3)) == (1, 2)
    with pytest.raises(Refused):
        slots()


def test_expectations_are_matched_by_the_signature_and_met_in_any_order(
    make: Double, ledger: Ledger
) -> None:
    cache = make(Cache)
    make.expect(cache.get).called_with("a", default=None).returns("1")
    make.expect(cache.get).called_with("b").raises(KeyError("b"))
    with pytest.raises(KeyError):
        cache.get(key="b")
    assert cache.get("a") == "1"
    assert ledger.verdict() == ""
    with pytest.raises(Refused, match=r"Cache.get\(key='a', default=None\) was not expected again"):
        cache.get("a")
    with pytest.raises(Refused, match=r"not expected(?s:.*)valid: Cache.get\(key='a'"):
        cache.get("c")


def test_an_expectation_that_is_not_met_or_not_possible_is_told(
    make: Double, ledger: Ledger
) -> None:
    cache = make(Cache)
    make.expect(cache.put).called_with("a", "b").times(2)
    make.expect(cache.fetch).at_least(1)
    cache.put("a", "b")
    verdict = ledger.verdict()
    assert "Cache.put(key='a', value='b') was expected twice, and came 1 times" in verdict
    assert "Cache.fetch(...) was expected at least once" in verdict
    assert "line:  double_test.py:" in verdict
    with pytest.raises(BadExpectation, match="missing a required argument"):
        make.expect(cache.put).called_with("a")
    with pytest.raises(BadExpectation, match="no method of a double"):
        make.expect(Cache.put)
