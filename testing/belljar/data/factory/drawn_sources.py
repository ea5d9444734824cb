"""`strategy_for`: a source's strategy, the same one each time: Hypothesis looks at each new one anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from belljar.data.factory.leaves import is_deep
from belljar.data.factory.reaching import Reach, reach
from belljar.data.sources.given import Derived
from belljar.data.sources.source import Source

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["strategy_for"]

_strategies: WeakKeyDictionary[Source, dict[Reach | None, SearchStrategy[Any]]] = (
    WeakKeyDictionary()
)


def strategy_for(source: Source) -> SearchStrategy[Any]:
    """Return a source's strategy; one that leads to other models is each file's own, by the factories it reaches."""
    known = _strategies.setdefault(source, {})
    here = reach() if is_deep(source) else None
    found = known.get(here)
    if found is None:
        if isinstance(source, Derived):
            from hypothesis import strategies as st

            return st.none()
        found = known[here] = source.strategy()
    return found
