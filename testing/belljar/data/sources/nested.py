"""`Nested`: a whole object of another model, made as it is made on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from belljar.data.sources.source import Source

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from belljar.data.draw import Draw

__all__ = ["Nested"]


class Nested(Source):
    """Objects of a model, or of a factory's."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def one(self, draw: Draw) -> Any:
        """Return one."""
        from belljar.data.factory.making import make_nested

        return make_nested(draw, self.model)

    def strategy(self) -> SearchStrategy[Any]:
        """Return a strategy of them."""
        from hypothesis import strategies as st

        from belljar.data.strategies import strategy_of

        return st.deferred(lambda: strategy_of(self.model))
