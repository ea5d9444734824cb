"""Durations as people write them."""

from __future__ import annotations

import pytest

from belljar.load import BadDuration, parse_duration

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10s", 10), ("1m30s", 90), ("250ms", 0.25), ("1.5h", 5400), ("7", 7), (" 0.5 ", 0.5)],
)
def test_a_duration_is_understood(text: str, seconds: float) -> None:
    """Units can be combined; a plain number is seconds."""
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "0s", "-1s", "ten", "10x", "s", "1e3"])
def test_what_is_no_duration_above_zero_is_refused(text: str) -> None:
    """The value and the valid forms are in the message."""
    with pytest.raises(BadDuration, match=r"is no duration above zero: write 10s") as caught:
        parse_duration(text)
    assert repr(text) in str(caught.value)
