"""`Draw`: what values are drawn from: seeded chance, Faker, unique values and a constant instant.

    draw = Draw(0, "tests/cart_test.py::test_total")
    draw.random.randint(1, 6), draw.faker.name(), draw.unique.text("sku"), draw.now

It is all made of a seed and a name, so the same ones give the same values, on every machine. It works outside of
pytest, too: in a script, or in a session's fixture.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any

from belljar.data.deriving import derive
from belljar.data.uniqueness import Unique

if TYPE_CHECKING:
    from faker import Faker

    from belljar.data.fingerprint import Tally

__all__ = ["NOW", "Draw"]

# In the past of whoever reads this, in the middle of a day and of a year: nothing turns around it.
NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)


class Draw:
    """What values are drawn from, for one test or one part of it. Each part of it is made when it is first used."""

    def __init__(
        self,
        seed: int,
        name: str,
        locale: str | Sequence[str] = "en_US",
        *,
        tally: Tally | None = None,
        real_clock: bool = False,
    ) -> None:
        self.name = name
        self.locale = locale
        self.key = derive(seed, name)
        self.tally = tally
        # The test, or the file, that it is for: its imports say which factories are found by their models.
        self.asker: Any = None
        self._real_clock = real_clock
        self._is_child = False

    @cached_property
    def random(self) -> Random:
        """Seeded chance of this draw's own."""
        chance = Random(self.key)
        # A child's are too many; what is made of them is noted.
        if self.tally is not None and not self._is_child:
            self.tally.watch("random", chance)
        return chance

    @cached_property
    def faker(self) -> Faker:
        """A Faker of this draw's own, seeded, with Belljar's providers and a `unique` that tags its values."""
        from belljar.data.fakers import faker_of

        return faker_of(
            self.locale,
            derive(self.key, "faker"),
            unique=Unique(derive(self.key, "faker.unique")),
            tally=self.tally,
            real_clock=self._real_clock,
        )

    @cached_property
    def unique(self) -> Unique:
        """Values that no other draw has."""
        return Unique(derive(self.key, "unique"), None if self._is_child else self.tally)

    @property
    def now(self) -> datetime:
        """An instant, in UTC, that is always the same: what dates are told from, in place of the clock."""
        return NOW

    def child(self, name: str) -> Draw:
        """Give another draw that depends on this one's seed and `name` alone: what either draws never shifts the other.

        The same name gives the same values again; so each user takes a name of its own, with a count if need be.
        """
        child = Draw(self.key, name, self.locale, tally=self.tally, real_clock=self._real_clock)
        child._is_child = True
        child.asker = self.asker
        return child

    def note(self, label: str, value: object) -> None:
        """Put a value that was drawn into the test's fingerprint; what Faker gives is noted already."""
        if self.tally is not None:
            self.tally.note(label, value)
