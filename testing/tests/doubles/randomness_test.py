"""Chance is the same in every run of a test, and another in another test."""

from __future__ import annotations

import os
import random
import secrets
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from belljar.doubles import BadExpectation, Randomness
from belljar.doubles.ledger import Ledger

SOURCES: dict[str, Callable[[], object]] = {
    "random": random.random,
    "an own generator": lambda: random.Random().random(),
    "the system's": lambda: random.SystemRandom().random(),
    "secrets": secrets.token_hex,
    "uuid4": uuid.uuid4,
    "urandom": lambda: os.urandom(8),
}


def drawn(test: str, draw: Callable[[], object], seed: int | None = None) -> list[object]:
    randomness = Randomness(Ledger(test))
    randomness.install()
    try:
        if seed is not None:
            randomness.seed = seed
        return [draw(), draw()]
    finally:
        randomness.close()


@pytest.mark.parametrize("name", SOURCES)
def test_a_test_draws_the_same_each_time_and_another_test_something_else(name: str) -> None:
    draw = SOURCES[name]
    assert drawn("a_test.py::test_one", draw) == drawn("a_test.py::test_one", draw)
    assert drawn("a_test.py::test_one", draw) != drawn("a_test.py::test_two", draw)
    assert len(set(drawn("a_test.py::test_one", draw))) == 2


@pytest.mark.parametrize("name", SOURCES)
def test_a_seed_that_is_set_is_that_of_every_test(name: str) -> None:
    assert drawn("one", SOURCES[name], 7) == drawn("two", SOURCES[name], 7)


def test_chance_goes_on_at_the_end_as_if_nothing_had_been() -> None:
    state = random.getstate()
    urandom = os.urandom
    drawn("one", random.random)
    assert random.getstate() == state
    assert os.urandom is urandom
    assert random.Random().random() != random.Random().random()


@pytest.mark.parametrize("seed", ["7", "x", 1.5])
def test_what_is_no_seed_is_refused(seed: Any) -> None:
    with pytest.raises(BadExpectation, match=r"(?s)randomness.seed = .*valid: 7.*fix: "):
        drawn("test", random.random, seed=seed)
