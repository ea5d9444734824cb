"""`Data`: what the fixture `data` gives: seeded values, made and stored objects, scenarios, bulk rows, the ledger.

Each kind of data has a module of its own, which is imported when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar, overload

from belljar.data.draw import Draw
from belljar.data.errors import CannotMeet

if TYPE_CHECKING:
    import pytest
    from faker import Faker

    from belljar.data.bulk import Spread
    from belljar.data.factory import Factory
    from belljar.data.ledger import Ledger
    from belljar.data.scenarios import Loaded, Scenarios
    from belljar.data.uniqueness import Unique

__all__ = ["Data"]

T = TypeVar("T")


class Data:
    """The data of one test: everything that it gives depends on the run's seed and the test's name alone.

    `request` is the test's, for the fixture `database`, where things are stored unless `into` says otherwise.
    """

    def __init__(
        self, draw: Draw, seed: int = 0, request: pytest.FixtureRequest | None = None
    ) -> None:
        self.draw = draw
        self.seed = seed
        self._request = request
        if request is not None:
            draw.asker = request
        self._bulks = 0

    @property
    def faker(self) -> Faker:
        """A Faker of the test's own, beside the fixture `faker`: neither shifts what the other draws."""
        return self.draw.faker

    @property
    def random(self) -> Random:
        """Seeded chance."""
        return self.draw.random

    @property
    def unique(self) -> Unique:
        """Values that no other test has, and that don't repeat in this one."""
        return self.draw.unique

    @overload
    def make(self, model_or_factory: type[Factory[T]], /, **values: Any) -> T: ...
    @overload
    def make(self, model_or_factory: type[T], /, **values: Any) -> T: ...
    def make(self, model_or_factory: Any, /, **values: Any) -> Any:
        """Give an object of a model, or of a factory's; `values` are its fields that are not left to chance."""
        from belljar.data.factory.making import make

        return self._noted(make(self.draw, model_or_factory, **values))

    @overload
    def make_many(
        self, model_or_factory: type[Factory[T]], count: int, /, **values: Any
    ) -> list[T]: ...
    @overload
    def make_many(self, model_or_factory: type[T], count: int, /, **values: Any) -> list[T]: ...
    def make_many(self, model_or_factory: Any, count: int, /, **values: Any) -> list[Any]:
        """Give `count` objects, each as `make` would."""
        from belljar.data.factory.making import make_many

        return [
            self._noted(made) for made in make_many(self.draw, model_or_factory, count, **values)
        ]

    @overload
    def create(
        self, model_or_factory: type[Factory[T]], /, into: Any = None, **values: Any
    ) -> T: ...
    @overload
    def create(self, model_or_factory: type[T], /, into: Any = None, **values: Any) -> T: ...
    def create(self, model_or_factory: Any, /, into: Any = None, **values: Any) -> Any:
        """Give an object that is stored, with everything that it needs.

        `into` is a Session, an Engine, a Connection or a Database of Belljar's; else the test's `database`.
        """
        from belljar.data.factory.storing import create

        return create(self.draw, model_or_factory, self._into(into), **values)

    @overload
    def create_many(
        self, model_or_factory: type[Factory[T]], count: int, /, into: Any = None, **values: Any
    ) -> list[T]: ...
    @overload
    def create_many(
        self, model_or_factory: type[T], count: int, /, into: Any = None, **values: Any
    ) -> list[T]: ...
    def create_many(
        self, model_or_factory: Any, count: int, /, into: Any = None, **values: Any
    ) -> list[Any]:
        """Give `count` objects that are stored, each as `create` would."""
        from belljar.data.factory.storing import create_many

        return list(create_many(self.draw, model_or_factory, count, self._into(into), **values))

    @overload
    async def acreate(
        self, model_or_factory: type[Factory[T]], /, into: Any = None, **values: Any
    ) -> T: ...
    @overload
    async def acreate(self, model_or_factory: type[T], /, into: Any = None, **values: Any) -> T: ...
    async def acreate(self, model_or_factory: Any, /, into: Any = None, **values: Any) -> Any:
        """Give what `create` does; `into` is an AsyncSession, an AsyncEngine, an AsyncConnection or a Database."""
        from belljar.data.factory.storing import acreate

        return await acreate(self.draw, model_or_factory, self._into(into), **values)

    @overload
    async def acreate_many(
        self, model_or_factory: type[Factory[T]], count: int, /, into: Any = None, **values: Any
    ) -> list[T]: ...
    @overload
    async def acreate_many(
        self, model_or_factory: type[T], count: int, /, into: Any = None, **values: Any
    ) -> list[T]: ...
    async def acreate_many(
        self, model_or_factory: Any, count: int, /, into: Any = None, **values: Any
    ) -> list[Any]:
        """Give what `create_many` does; `into` as for `acreate`."""
        from belljar.data.factory.storing import acreate_many

        made = await acreate_many(self.draw, model_or_factory, count, self._into(into), **values)
        return list(made)

    def load(self, scenario: str | Path, into: Any = None) -> Loaded:
        """Load a scenario's files, all of it or, after a mistake in them, nothing; give what was loaded."""
        from belljar.data.scenarios import load

        loaded = load(scenario, self._into(into), draw=self.draw, scenarios=self._scenarios())
        self.draw.note(f"load {Path(scenario).name}", loaded)
        return loaded

    def _scenarios(self) -> Scenarios | None:
        """Where the test's scenarios are; None outside of a test."""
        if self._request is None:
            return None
        from belljar.data.scenarios.places import scenarios_of

        return scenarios_of(self._request)

    def bulk(
        self,
        counts: Mapping[Any, int],
        into: Any = None,
        *,
        spread: Spread | Mapping[str, Spread] = "uniform",
    ) -> Loaded:
        """Make and load rows by the thousand, for each model or factory as many as `counts` says.

        `spread` says how rows refer to each other: `uniform`, `even` or `skewed`, for all or by reference
        (`{"orders.customer_id": "skewed"}`).
        """
        from belljar.data.bulk import bulk

        # Each bulk of a test has its own rows: a second one doesn't repeat the first one's keys.
        self._bulks += 1
        draw = self.draw if self._bulks == 1 else self.draw.child(f"bulk {self._bulks}")
        loaded = bulk(counts, self._into(into), draw=draw, spread=spread)
        self.draw.note("bulk", loaded)
        return loaded

    def ledger(self, url: str, **options: Any) -> Ledger:
        """Give the ledger of a database that is not ours: what is created there is noted, and removed again."""
        from belljar.data.ledger import Ledger

        ledger = Ledger(url, **{"draw": self.draw, "scenarios": self._scenarios(), **options})
        if self._request is not None:
            self._request.addfinalizer(ledger.close)
        return ledger

    def _into(self, into: Any) -> Any:
        if into is not None:
            return into
        if self._request is None:
            raise CannotMeet(
                "there is no test whose database it could be stored in",
                place="into",
                choices=("a Session", "an Engine", "a Connection", "a Database of Belljar's"),
                fix="say into=",
            )
        return self._request.getfixturevalue("database")

    def _noted(self, made: Any) -> Any:
        self.draw.note(type(made).__name__, made)
        return made
