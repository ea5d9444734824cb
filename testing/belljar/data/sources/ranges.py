"""Sources of PostgreSQL's ranges, as SQLAlchemy gives and takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from belljar.data.shape.limits import Limits
from belljar.data.sources.source import Source

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from belljar.data.draw import Draw

__all__ = ["RangeOf", "Ranges"]


@dataclass(frozen=True)
class RangeOf:
    """The type of a range of `bound`s, or of several."""

    bound: Any
    several: bool = False
    aware: bool = False


class Ranges(Source):
    """Ranges with a lower and an upper end."""

    def __init__(self, kind: RangeOf) -> None:
        from belljar.data.sources.typed import source_for

        self.kind = kind
        self.ends = source_for(kind.bound, Limits(aware=kind.aware))

    def _made(self, first: Any, second: Any) -> Any:
        from sqlalchemy.dialects.postgresql import Range

        made: Any = Range(min(first, second), max(first, second), bounds="[]")
        return [made] if self.kind.several else made

    def one(self, draw: Draw) -> Any:
        """Return one."""
        return self._made(self.ends.one(draw), self.ends.one(draw))

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        return st.builds(self._made, self.ends.strategy(), self.ends.strategy())
