"""Sources of UUIDs, bytes, addresses and what else has one form; and of values that are asked besides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timezone, tzinfo
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)
from pathlib import Path, PurePath, PurePosixPath
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from belljar.data.errors import CannotMeet
from belljar.data.shape.limits import Limits
from belljar.data.sources.choices import Fixed
from belljar.data.sources.failing import called
from belljar.data.sources.source import Source
from belljar.data.sources.texts import Texts
from belljar.data.sources.words import WORDS

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from belljar.data.draw import Draw

__all__ = ["SPECIAL", "Accepted", "Adapted", "Bytes", "Mapped", "Uuids", "path_source"]

_TRIES = 100


class Uuids(Source):
    """UUIDs, of version 4 where no other is said."""

    def __init__(self, version: int = 4) -> None:
        self.version = version

    def one(self, draw: Draw) -> UUID:
        """Return one."""
        return _of_version(draw.random.getrandbits(128), self.version)

    def strategy(self) -> SearchStrategy[UUID]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        return st.integers(0, 2**128 - 1).map(lambda n: _of_version(n, self.version))


_MASK = ~((0xF << 76) | (0x3 << 62))
_VARIANT = 0x2 << 62


def _of_version(number: int, version: int) -> UUID:
    return UUID(int=number & _MASK | version << 76 | _VARIANT)


class Bytes(Source):
    """Bytes, sixteen where nothing else is said."""

    def __init__(self, limits: Limits) -> None:
        self.least = limits.min_length or 0
        self.limits = limits
        longest = limits.max_length
        self.most = max(self.least, 16) if longest is None else min(longest, max(self.least, 16))
        if self.least > self.most:
            raise CannotMeet(f"no bytes keep to {limits}", fix="give the field a source")

    def one(self, draw: Draw) -> bytes:
        """Return one."""
        return draw.random.randbytes(self.most)

    def column(self, draw: Draw, n: int) -> list[bytes]:
        """Return `n` of them."""
        whole = draw.random.randbytes(self.most * n)
        return [whole[at * self.most : (at + 1) * self.most] for at in range(n)]

    def strategy(self) -> SearchStrategy[bytes]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        return st.binary(min_size=self.least, max_size=self.limits.max_length)


class Mapped(Source):
    """What a function makes of another source's values."""

    def __init__(self, source: Source, change: Callable[[Any], Any]) -> None:
        self.source, self.change = source, change

    def one(self, draw: Draw) -> Any:
        """Return one."""
        return self.change(self.source.one(draw))

    def again(self, draw: Draw, attempt: int) -> Any:
        """Return another one."""
        return self.change(self.source.again(draw, attempt))

    def column(self, draw: Draw, n: int) -> list[Any]:
        """Return `n` of them."""
        return [self.change(value) for value in self.source.column(draw, n)]

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        return self.source.strategy().map(self.change)


class Accepted(Source):
    """Values of another source that some functions accept, and that are not among the excluded."""

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source, self.limits = source, limits

    def _fits(self, value: Any) -> bool:
        if value in self.limits.excluded:
            return False
        return all(called("Predicate", ask, value) for ask in self.limits.accepts)

    def one(self, draw: Draw) -> Any:
        """Return one."""
        return self.again(draw, 0)

    def again(self, draw: Draw, attempt: int) -> Any:
        """Return another one."""
        value = None
        for trial in range(_TRIES):
            tried = attempt + trial
            value = self.source.again(draw, tried) if tried else self.source.one(draw)
            if self._fits(value):
                return value
        raise CannotMeet(
            f"nothing was found that keeps to {self.limits}; tried {_TRIES}, the last {value!r}",
            fix="give the field a source",
        )

    def column(self, draw: Draw, n: int) -> list[Any]:
        """Return `n` of them."""
        kept = [value for value in self.source.column(draw, n) if self._fits(value)]
        return kept + [self.one(draw) for _ in range(n - len(kept))]

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        from belljar.data.draw import Draw

        # What is found here is found there, too, and what is never found is told.
        found = st.integers(0, 2**32).map(lambda number: self.one(Draw(number, "accepted")))
        return self.source.strategy().filter(self._fits) | found


class Adapted(Source):
    """Values of a type that pydantic knows how to make from a text or a number."""

    def __init__(self, kind: Any, limits: Limits, name: str) -> None:
        self.kind = kind
        self.texts = Texts(limits, name)

    def one(self, draw: Draw) -> Any:
        """Return one."""
        return self.again(draw, 0)

    def again(self, draw: Draw, attempt: int) -> Any:
        """Return another one."""
        adapter = _adapter(self.kind)
        for trial in range(_TRIES):
            tried = attempt + trial
            value: Any = self.texts.again(draw, tried) if tried else self.texts.one(draw)
            if trial % 3 == 2:
                value = int(draw.random.random() * 100)
            try:
                return adapter.validate_python(value)
            except ValueError:
                continue
        raise CannotMeet(f"no value of {self.kind!r} was found", fix="give the field a source")

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        from belljar.data.draw import Draw

        return st.integers(0, 2**32).map(lambda seed: self.one(Draw(seed, "adapted")))


@lru_cache(maxsize=256)
def _adapter(kind: Any) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


class _Formed(Source):
    """Values that a function makes of a whole number."""

    def __init__(self, make: Callable[[int], Any], many: int) -> None:
        self.make, self.many = make, many

    def one(self, draw: Draw) -> Any:
        """Return one."""
        return self.make(int(draw.random.random() * self.many))

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        return st.integers(0, self.many - 1).map(self.make)


def _word(number: int) -> str:
    return WORDS[number % len(WORDS)]


def _zone(number: int) -> ZoneInfo:
    return ZoneInfo(_ZONES[number])


def path_source(there: str) -> Source:
    """Return a source of paths at which there is a folder, or nothing yet. A file that is there can't be made up."""
    if there == "dir":
        return Fixed(Path())
    if there == "new":
        return _Formed(lambda n: Path(f"new-{_word(n)}-{n}.txt"), 10_000)
    raise CannotMeet(
        "it wants a file that is there, and none is everywhere",
        fix='give it one: tmp_path / "name"',
    )


_ZONES = ("Europe/Berlin", "Europe/London", "America/New_York", "Asia/Tokyo", "UTC")

# Addresses are those kept free for documentation: they reach nobody.
SPECIAL: dict[Any, Source] = {
    UUID: Uuids(),
    IPv4Address: _Formed(lambda n: IPv4Address(f"192.0.2.{n + 1}"), 254),
    IPv6Address: _Formed(lambda n: IPv6Address(f"2001:db8::{n + 1:x}"), 60_000),
    IPv4Interface: _Formed(lambda n: IPv4Interface(f"192.0.2.{n + 1}/24"), 254),
    IPv6Interface: _Formed(lambda n: IPv6Interface(f"2001:db8::{n + 1:x}/64"), 60_000),
    IPv4Network: _Formed(lambda n: IPv4Network(f"198.51.100.{n * 4}/30"), 64),
    IPv6Network: _Formed(lambda n: IPv6Network(f"2001:db8:{n:x}::/48"), 60_000),
    Path: _Formed(lambda n: Path("files", f"{_word(n)}.txt"), 100),
    PurePath: _Formed(lambda n: PurePath("files", f"{_word(n)}.txt"), 100),
    PurePosixPath: _Formed(lambda n: PurePosixPath("files", f"{_word(n)}.txt"), 100),
    ZoneInfo: _Formed(_zone, len(_ZONES)),
    complex: _Formed(lambda n: complex(n, n % 7), 1000),
    tzinfo: _Formed(_zone, len(_ZONES)),
    timezone: Fixed(UTC),
}
