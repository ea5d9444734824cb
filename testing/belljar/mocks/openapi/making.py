"""`make_text` and `make_number`: single values within a schema's bounds."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from belljar.mocks.openapi.formats import FORMATS, WORDS
from belljar.mocks.openapi.patterns import text_like

__all__ = ["make_number", "make_text"]

# Without bounds of its own, a number is from here.
_WIDTH = 1000
_FORMATS = {"int32": (1 << 31) - 1, "int64": (1 << 53) - 1}


def make_text(schema: Mapping[str, Any], source: random.Random) -> str:
    """Return a text by pattern, by format or of words, of a length that is allowed."""
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    form = FORMATS.get(schema.get("format", ""))
    if "pattern" in schema:
        text = ""
        for _ in range(20):
            text = text_like(schema["pattern"], source)
            if least <= len(text) and (most is None or len(text) <= most):
                break
        return text
    text = form.make(source) if form else source.choice(WORDS)
    while len(text) < least:
        text += " " + source.choice(WORDS) if form is None else source.choice("0123456789")
    if most is not None and len(text) > most:
        text = text[:most]
        if least <= most and text.endswith(" "):
            text = text[:-1] + "x"
    return text


def make_number(schema: Mapping[str, Any], source: random.Random, *, whole: bool) -> int | float:
    """Return a number within the bounds. Raises `ValueError` where there is none."""
    low, low_open = _bound(schema, "minimum", "exclusiveMinimum", max)
    high, high_open = _bound(schema, "maximum", "exclusiveMaximum", min)
    limit = _FORMATS.get(schema.get("format", ""))
    if limit is not None:
        low = -Fraction(limit) if low is not None and low < -limit else low
        high = Fraction(limit) if high is not None and high > limit else high
    step = Fraction(str(schema["multipleOf"])) if "multipleOf" in schema else None
    if step is None and whole:
        step = Fraction(1)
    elif step is not None and whole:
        step = Fraction(step.numerator)  # the least whole multiple of a reduced fraction
    width = _WIDTH * (step or 1)
    if low is None:
        low, low_open = (high - width, False) if high is not None else (Fraction(0), False)
    if high is None:
        high, high_open = low + width, False
    if step is not None:
        first = math.floor(low / step) + 1 if low_open else math.ceil(low / step)
        last = math.ceil(high / step) - 1 if high_open else math.floor(high / step)
        if last < first:
            raise ValueError("no multiple lies within the bounds")
        return _plain(source.randint(first, last) * step)
    return _between(low, high, source, low_open=low_open, high_open=high_open)


def _between(
    low: Fraction, high: Fraction, source: random.Random, *, low_open: bool, high_open: bool
) -> int | float:
    if high < low or (high == low and (low_open or high_open)):
        raise ValueError("nothing lies within the bounds")
    exact = low + (high - low) * Fraction(source.randint(1, 999), 1000)
    # As short as it can be: money has two places.
    for places in (2, 4, 8):
        rounded = round(exact, places)
        if low < rounded < high:
            return _plain(rounded)
    return _plain(exact if low < high else low)


def _bound(schema: Mapping[str, Any], closed: str, opened: str, stricter: Any) -> Any:
    found = [
        (Fraction(str(schema[key])), key == opened) for key in (closed, opened) if key in schema
    ]
    if not found:
        return None, False
    value = stricter(each for each, _ in found)
    return value, any(is_open for each, is_open in found if each == value)


def _plain(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)
