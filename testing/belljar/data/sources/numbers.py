"""Sources of numbers: integers, decimals, floats and booleans, within limits."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from belljar.data.errors import CannotMeet
from belljar.data.shape.limits import Limits
from belljar.data.sources.source import Source

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from belljar.data.draw import Draw

__all__ = ["Booleans", "Decimals", "Floats", "Integers"]

# How far from its lowest value a number goes where nothing limits it: a plausible quantity.
_SPAN = 9_999
_BITS = 63


class Integers(Source):
    """Whole numbers; from 1 to 10 000 where nothing else is said."""

    def __init__(self, limits: Limits) -> None:
        self.step = _step(limits)
        widest = 2 ** (limits.bits or _BITS)
        self.least = _rounded(limits.low, limits.above, up=True)
        self.most = _rounded(limits.high, limits.below, up=False)
        if limits.precision is not None and (limits.scale or 0) <= limits.precision:
            self.most = min(self.most or widest, 10 ** (limits.precision - (limits.scale or 0)) - 1)
        self.widest = widest
        low, high = self.least, self.most
        if low is None:
            low = 1 if high is None or high >= 1 else high - _SPAN
        if high is None:
            high = max(low, min(low + _SPAN, widest - 1))
        self.low, self.high = -(-low // self.step), high // self.step
        if self.low > self.high or self.low >= widest or self.high < -widest:
            raise CannotMeet(f"no whole number keeps to {limits}", fix="give the field a source")
        # A wide range is used near its beginning first: a quantity, not a number of ten digits.
        self.near = min(self.high, self.low + _SPAN)
        self._span = self.near - self.low + 1

    def one(self, draw: Draw) -> int:
        """Return one."""
        return (self.low + int(draw.random.random() * self._span)) * self.step

    def again(self, draw: Draw, attempt: int) -> int:
        """Return another one."""
        if attempt % 4 == 1:
            return draw.random.randint(self.low, min(self.high, self.low + 10)) * self.step
        if attempt % 4 == 2:
            return draw.random.randint(self.low, min(self.high, self.low + 100)) * self.step
        if attempt % 4 == 3 and self.high >= 1_000 >= self.low:
            # Round ones: whole hundreds, thousands.
            return draw.random.randint(max(1, self.low // 100), self.near // 100) * 100 * self.step
        return draw.random.randint(self.low, self.high) * self.step

    def column(self, draw: Draw, n: int) -> list[int]:
        """Return `n` of them."""
        chance, low, span, step = draw.random.random, self.low, self._span, self.step
        if step == 1:
            return [low + int(chance() * span) for _ in range(n)]
        return [(low + int(chance() * span)) * step for _ in range(n)]

    def strategy(self) -> SearchStrategy[int]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        least, most = self.least, self.most
        if self.widest != 2**_BITS:
            least = -self.widest if least is None else least
            most = self.widest - 1 if most is None else most
        step = self.step
        if step == 1:
            return st.integers(least, most)
        low = None if least is None else -(-least // step)
        high = None if most is None else most // step
        return st.integers(low, high).map(lambda number: number * step)


class Decimals(Source):
    """Decimals with a fixed number of places: two where nothing is said."""

    def __init__(self, limits: Limits, kind: type = Decimal) -> None:
        self.kind = kind
        places = _places(limits) if limits.scale is None else limits.scale
        step = None if limits.multiple_of is None else Decimal(str(limits.multiple_of))
        if step is not None and limits.scale is None:
            places = max(0, -int(step.as_tuple().exponent))
        digits = 28 if limits.precision is None else limits.precision
        self.places = min(places, digits) if places >= 0 else 0
        self.unit = step or Decimal(1).scaleb(-self.places)
        ends = Decimal(10) ** (digits - self.places) - self.unit
        self.free_low, self.free_high = limits.low is None, limits.high is None
        low = None if limits.low is None else Decimal(str(limits.low))
        high = ends if limits.high is None else min(ends, Decimal(str(limits.high)))
        if low is None:
            low = Decimal(0) if high >= 0 else max(-ends, high - 1_000)
            least = -ends
        else:
            least = low
        self.low = self._units(low, limits.above, up=True)
        self.least = self._units(least, limits.above and not self.free_low, up=True)
        self.high = self._units(high, limits.below and not self.free_high, up=False)
        if self.low > self.high:
            raise CannotMeet(f"no decimal keeps to {limits}", fix="give the field a source")
        self.near = min(self.high, self.low + max(int(1_000 / self.unit), 1))
        if self.low == 0 and self.near > 0:
            self.low = 1

    def _units(self, value: Decimal, left_out: bool, *, up: bool) -> int:
        whole = (value / self.unit).to_integral_value(ROUND_CEILING if up else ROUND_FLOOR)
        if left_out and whole * self.unit == value:
            whole += 1 if up else -1
        return int(whole)

    def _made(self, units: int) -> Any:
        value = (units * self.unit).quantize(Decimal(1).scaleb(-self.places))
        return value if self.kind is Decimal else self.kind(value)

    def one(self, draw: Draw) -> Any:
        """Return one."""
        return self._made(draw.random.randint(self.low, self.near))

    def again(self, draw: Draw, attempt: int) -> Any:
        """Return another one."""
        high = self.high if attempt % 2 else self.near
        return self._made(draw.random.randint(self.low, high))

    def column(self, draw: Draw, n: int) -> list[Any]:
        """Return `n` of them."""
        chance, low, span = draw.random.random, self.low, self.near - self.low + 1
        if self.kind is Decimal and span <= 200_000:
            pool = [self._made(low + int(chance() * span)) for _ in range(min(n, 4096))]
            return draw.random.choices(pool, k=n) if n else []
        made = self._made
        return [made(low + int(chance() * span)) for _ in range(n)]

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        return st.integers(self.least, self.high).map(self._made)


class Floats(Source):
    """Finite floats; with two places, up to 1000, where nothing else is said."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.step = None if limits.multiple_of is None else float(limits.multiple_of)
        low = None if limits.low is None else float(limits.low)
        high = None if limits.high is None else float(limits.high)
        if low is not None and limits.above:
            low = math.nextafter(low, math.inf)
        if high is not None and limits.below:
            high = math.nextafter(high, -math.inf)
        self.least, self.most = low, high
        if low is None:
            low = 0.0 if high is None or high >= 0 else high - 1_000
        self.low = low
        self.high = low + 1_000 if high is None else high
        if self.low > self.high:
            raise CannotMeet(f"no float keeps to {limits}", fix="give the field a source")

    def one(self, draw: Draw) -> float:
        """Return one."""
        value = self.low + draw.random.random() * (self.high - self.low)
        if self.step is not None:
            units = max(math.ceil(self.low / self.step), math.floor(value / self.step))
            return units * self.step
        short = round(value, 2)
        return short if self.low <= short <= self.high else value

    def strategy(self) -> SearchStrategy[float]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        if (step := self.step) is not None:
            high = None if self.most is None else math.floor(self.most / step)
            return st.integers(math.ceil(self.low / step), high).map(lambda n: n * step)
        return st.floats(self.least, self.most, allow_nan=False, allow_infinity=False)


class Booleans(Source):
    """True or False."""

    def one(self, draw: Draw) -> bool:
        """Return one."""
        return draw.random.random() < 0.5

    def column(self, draw: Draw, n: int) -> list[bool]:
        """Return `n` of them."""
        return draw.random.choices((True, False), k=n)

    def strategy(self) -> SearchStrategy[bool]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        return st.booleans()


def _places(limits: Limits) -> int:
    """Return two places, or as many as there have to be for a value between the bounds."""
    if limits.low is None or limits.high is None:
        return 2
    low, high = Decimal(str(limits.low)), Decimal(str(limits.high))
    ends = (-int(one.as_tuple().exponent) for one in (low, high) if one.is_finite())
    finest = max((2, *ends))
    for places in (2, finest, finest + 1):
        units = (high * 10**places).to_integral_value(ROUND_FLOOR) - (
            low * 10**places
        ).to_integral_value(ROUND_CEILING)
        if units >= limits.above + limits.below:
            return places
    return 2


def _step(limits: Limits) -> int:
    if limits.multiple_of is None:
        return 1
    step = Fraction(str(limits.multiple_of))
    # A whole multiple of 0.5 is a multiple of 1, of 1.5 one of 3.
    return abs(step.numerator) or 1


def _rounded(bound: Any, left_out: bool, *, up: bool) -> int | None:
    if bound is None:
        return None
    whole = math.ceil(bound) if up else math.floor(bound)
    if left_out and whole == bound:
        whole += 1 if up else -1
    return int(whole)
