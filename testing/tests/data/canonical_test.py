"""A fingerprint is made of what a value is, not of how this process happens to hold it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from belljar.data.fingerprint import Tally, canonical


@dataclass
class Basket:
    tags: set[int]


# 0 and 8 want the same place of a small set: the one that came first is the first in it.
FIRST, SECOND = {0, 8}, {8, 0}


def print_of(*values: object) -> str:
    tally = Tally()
    for value in values:
        tally.note("drawn", value)
    return tally.hexdigest()


def test_the_two_sets_are_held_differently() -> None:
    """What the next test would be worth otherwise."""
    assert FIRST == SECOND
    assert list(FIRST) != list(SECOND)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (FIRST, SECOND),
        (frozenset(FIRST), frozenset(SECOND)),
        ([{"a": FIRST}], [{"a": SECOND}]),
        (Basket(FIRST), Basket(SECOND)),
    ],
)
def test_equal_sets_have_one_fingerprint(one: object, other: object) -> None:
    assert canonical(one) == canonical(other)
    assert print_of(one) == print_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([1, 2], [2, 1]),
        (1, True),
        (1, 1.0),
        (1, "1"),
        (None, "None"),
        (b"a", "a"),
        ([1], ["1"]),
        ([None], ["None"]),
        ({1, 2}, [1, 2]),
        (Basket({1}), Basket({2})),
        ("ab", "a"),
    ],
)
def test_different_values_have_different_fingerprints(one: object, other: object) -> None:
    assert print_of(one) != print_of(other)


def test_it_matters_where_one_value_ends() -> None:
    assert print_of("a", "bc") != print_of("ab", "c")
    assert print_of("a", "b") != print_of("b", "a")
