"""The JSON of the payments mock: the same bytes with orjson and without."""

from __future__ import annotations

import json

import pytest

from belljar.mocks.payments import encoding
from belljar.mocks.payments.encoding import encoded

ANSWERS = [
    {"id": "pi_1", "amount": 1200, "live": False, "next": None, "list": [], "of": {"a": ["b"]}},
    {"name": 'quotes " and \\ and / and \x00 and \x7f', "other": "é ☂ \U0001f600 \u2028"},
    {"rate": 0.1, "large": 1e22, "whole": 3.0},
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_both_libraries_give_the_same_bytes(
    answer: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_orjson = encoded(answer)
    monkeypatch.setattr(encoding, "_fast", None)
    assert json.loads(encoded(answer)) == json.loads(with_orjson) == answer
    assert encoded(answer).isascii() == with_orjson.isascii()


def test_half_a_surrogate_pair_comes_back_as_a_question_mark() -> None:
    assert encoded({"name": "a\ud800b"}) == b'{"name":"a?b"}'


def test_a_number_beyond_64_bits_is_written_in_full() -> None:
    assert encoded({"large": 10**30}) == b'{"large":%d}' % 10**30
