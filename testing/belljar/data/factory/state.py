"""What the objects made in one test have in common: how many there are, and which values are taken."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from belljar.data.factory.callers import caller

if TYPE_CHECKING:
    from faker import Faker

    from belljar.data.draw import Draw
    from belljar.data.factory.reaching import Reach

__all__ = ["State", "current", "making", "state_of"]


class State:
    """Counts and taken values of one draw, by model and field."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw.child("faked")
        self.counts: defaultdict[Any, int] = defaultdict(int)
        self.taken: defaultdict[Any, set[Any]] = defaultdict(set)
        # The models whose objects lie in each other, while Hypothesis draws.
        self.above: list[Any] = []
        # Objects that are part of a taken group: an id must not be given again.
        self.kept: list[Any] = []
        # By id: a view of a row that became an object counts as that.
        self.same: dict[int, int] = {}
        # What is being worked out: rows, and their fields' names.
        self.asked: list[tuple[Any, str]] = []

    def faker(self, seed: int) -> Faker:
        """Return a Faker that begins from `seed`: one for all rows, since a new one is dear."""
        faker = self._draw.faker
        faker.seed_instance(seed)
        return faker

    def count(self, key: Any) -> int:
        """Return the next number for a key, from 1."""
        self.counts[key] += 1
        return self.counts[key]


class _Current(threading.local):
    state: State | None = None
    # The test, or the file, whose imports say which factories are found by their models; and these, once asked for.
    asker: Any = None
    reach: Reach | None = None
    # Models whose objects are being made right now, outermost first.
    models: tuple[Any, ...] = ()
    # Their plans: several factories may have the same model.
    plans: tuple[Any, ...] = ()
    # Every mapped object made since the outermost call, in the order in which they can be stored.
    made: list[Any] | None = None
    # Stores an object at once, where its key is needed; None if nothing is stored.
    store: Callable[[Any], None] | None = None


current = _Current()
_states: WeakKeyDictionary[Draw, State] = WeakKeyDictionary()


def state_of(draw: Draw) -> State:
    """Return the state that belongs to a draw; it lives as long."""
    state = _states.get(draw)
    if state is None:
        state = _states[draw] = State(draw)
    return state


@contextmanager
def making(draw: Draw, store: Callable[[Any], None] | None = None) -> Iterator[list[Any]]:
    """Give the list of what is made inside, with everything that it needed."""
    before = current.state, current.models, current.made, current.store, current.plans
    asked = current.asker, current.reach
    current.asker, current.reach = draw.asker or caller(), None
    current.state, current.models, current.made, current.store = state_of(draw), (), [], store
    current.plans = ()
    try:
        yield current.made
    finally:
        current.state, current.models, current.made, current.store, current.plans = before
        current.asker, current.reach = asked
