"""Texts are made for the patterns that models have."""

from __future__ import annotations

import re

import pytest

from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet
from belljar.data.shape import Limits
from belljar.data.sources.patterns import Patterned


@pytest.mark.parametrize(
    "pattern",
    [
        r"^[A-Z]{3}-\d{4}$",
        r"^(EUR|USD|GBP)$",
        r"^[a-z0-9]+(?:-[a-z0-9]+)*$",
        r"^\+[1-9]\d{7,14}$",
        r"^#[0-9a-fA-F]{6}$",
        r"^(?P<quote>['\"]).*(?P=quote)$",
        r"\A[^\s@]+@[^\s@]+\.[a-z]{2,}\Z",
        r"^v\d+\.\d+\.\d+(-[a-z]+)?$",
        r"^(?=.*\d)[a-z\d]{6,}$",
        r"^[^<>]*$",
    ],
)
def test_a_text_matches_its_pattern(draw: Draw, pattern: str) -> None:
    source = Patterned(Limits(pattern=pattern))
    for text in [*(source.one(draw) for _ in range(50)), *source.column(draw, 50)]:
        assert re.search(pattern, text)


def test_length_is_kept_to_besides(draw: Draw) -> None:
    source = Patterned(Limits(pattern="^[a-z]+$", min_length=20, max_length=22))
    assert all(20 <= len(source.one(draw)) <= 22 for _ in range(50))


def test_a_pattern_that_nothing_can_match_names_it_and_the_fix(draw: Draw) -> None:
    with pytest.raises(CannotMeet, match=r"\^\[a-z\]\{9\}\$.*tried 200") as raised:
        Patterned(Limits(pattern="^[a-z]{9}$", max_length=5)).one(draw)
    assert "fix:   give the field a source" in str(raised.value)
