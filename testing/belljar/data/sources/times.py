"""Sources of dates, times and spans of time: near the draw's instant, which no clock moves."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from belljar.data.errors import CannotMeet
from belljar.data.shape.limits import Limits
from belljar.data.sources.source import Source

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from belljar.data.draw import Draw

__all__ = ["FUTURE", "Dates", "Instants", "Spans", "Times"]

# Later than any clock that a test may run by.
FUTURE = datetime(2100, 1, 1, tzinfo=UTC)
_YEAR = timedelta(days=365)
_SECOND = timedelta(seconds=1)


class Instants(Source):
    """Instants to the second, within the year before the draw's own; aware ones are in UTC."""

    def __init__(self, limits: Limits) -> None:
        self.aware = limits.aware is not False
        self.low = self._bound(limits.low, _SECOND if limits.above else None)
        self.high = self._bound(limits.high, -_SECOND if limits.below else None)
        if self.low is not None and self.high is not None and self.low > self.high:
            raise CannotMeet(f"no instant keeps to {limits}", fix="give the field a source")

    def _bound(self, said: Any, beyond: timedelta | None) -> datetime | None:
        if said is None:
            return None
        if isinstance(said, str):
            said = datetime.fromisoformat(said)
        if not isinstance(said, datetime):
            said = datetime(said.year, said.month, said.day)
        said = said.replace(tzinfo=UTC) if said.tzinfo is None else said.astimezone(UTC)
        return said if beyond is None else said + beyond  # type: ignore[no-any-return]

    def _ends(self, now: datetime) -> tuple[datetime, int]:
        high = self.high
        low = self.low
        if low is None:
            low = (high or now) - _YEAR if high is None or high < now else now - _YEAR
        if high is None:
            high = now if low < now else low + _YEAR
        return low, max(0, int((high - low) / _SECOND))

    def one(self, draw: Draw) -> datetime:
        """Return one."""
        low, seconds = self._ends(draw.now)
        value = low + timedelta(seconds=int(draw.random.random() * (seconds + 1)))
        return value if self.aware else value.replace(tzinfo=None)

    def column(self, draw: Draw, n: int) -> list[datetime]:
        """Return `n` of them."""
        pool = [self.one(draw) for _ in range(min(n, 2048))]
        return draw.random.choices(pool, k=n) if n else []

    def strategy(self) -> SearchStrategy[datetime]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        first, last = datetime(1900, 1, 1, tzinfo=UTC), datetime(2199, 12, 31, tzinfo=UTC)
        low = (self.low or min(first, self.high or first)).replace(tzinfo=None)
        high = (self.high or max(last, self.low or last)).replace(tzinfo=None)
        zones = st.just(UTC) if self.aware else st.none()
        return st.datetimes(low, high, timezones=zones)


class Dates(Source):
    """Days, within the year before the draw's own."""

    def __init__(self, limits: Limits) -> None:
        self.low = _day(limits.low, 1 if limits.above else 0)
        self.high = _day(limits.high, -1 if limits.below else 0)
        if self.low is not None and self.high is not None and self.low > self.high:
            raise CannotMeet(f"no day keeps to {limits}", fix="give the field a source")

    def one(self, draw: Draw) -> date:
        """Return one."""
        today = draw.now.date()
        high, low = self.high, self.low
        if low is None:
            low = (today if high is None else min(high, today)) - _YEAR
        if high is None:
            high = today if low < today else low + _YEAR
        return low + timedelta(days=int(draw.random.random() * ((high - low).days + 1)))

    def column(self, draw: Draw, n: int) -> list[date]:
        """Return `n` of them."""
        pool = [self.one(draw) for _ in range(min(n, 1024))]
        return draw.random.choices(pool, k=n) if n else []

    def strategy(self) -> SearchStrategy[date]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        first, last = date(1900, 1, 1), date(2199, 12, 31)
        low = self.low or min(first, self.high or first)
        return st.dates(low, self.high or max(last, low))


class Times(Source):
    """Times of day, to the second."""

    def __init__(self, limits: Limits) -> None:
        self.aware = limits.aware is True
        low = _time(limits.low) or time.min
        high = _time(limits.high) or time(23, 59, 59)
        self.low = _seconds(low) + bool(limits.above)
        self.high = _seconds(high) - bool(limits.below)
        if self.low > self.high:
            raise CannotMeet(f"no time of day keeps to {limits}", fix="give the field a source")

    def one(self, draw: Draw) -> time:
        """Return one."""
        moment = draw.random.randint(self.low, self.high)
        return self._made(moment)

    def _made(self, moment: int) -> time:
        hours, rest = divmod(moment, 3600)
        return time(hours, rest // 60, rest % 60, tzinfo=UTC if self.aware else None)

    def strategy(self) -> SearchStrategy[time]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        return st.integers(self.low, self.high).map(self._made)


class Spans(Source):
    """Spans of time up to a day where nothing else is said, in whole seconds, or microseconds if no second fits."""

    def __init__(self, limits: Limits) -> None:
        for unit in (timedelta(seconds=1), timedelta(microseconds=1)):
            self.unit, day = unit, timedelta(days=1) // unit
            low = _spans(limits.low, unit, limits.above, up=True)
            high = _spans(limits.high, unit, limits.below, up=False)
            self.low = 1 if low is None else low
            self.high = self.low + day if high is None else high
            if low is None and self.high < self.low:
                self.low = self.high - day
            if self.low <= self.high:
                return
        raise CannotMeet(f"no span of time keeps to {limits}", fix="give the field a source")

    def one(self, draw: Draw) -> timedelta:
        """Return one."""
        return self.unit * draw.random.randint(self.low, self.high)

    def strategy(self) -> SearchStrategy[timedelta]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        return st.integers(self.low, self.high).map(lambda n: self.unit * n)


def _day(said: Any, beyond: int) -> date | None:
    if said is None:
        return None
    if isinstance(said, str):
        said = date.fromisoformat(said[:10])
    if isinstance(said, datetime):
        said = said.date()
    return said + timedelta(days=beyond)  # type: ignore[no-any-return]


def _time(said: Any) -> time | None:
    return time.fromisoformat(said) if isinstance(said, str) else said


def _seconds(moment: time) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def _spans(said: Any, unit: timedelta, left_out: bool, *, up: bool) -> int | None:
    """Return a bound in whole units; one that is left out is none of them."""
    if said is None:
        return None
    span = said if isinstance(said, timedelta) else timedelta(seconds=float(said))
    count, rest = divmod(span, unit)
    if not rest:
        return count + (1 if up else -1) * left_out
    return count + up
