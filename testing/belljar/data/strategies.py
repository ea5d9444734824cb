"""`strategy_of`: a Hypothesis strategy of a model's objects, by the same sources, types and constraints.

    @given(strategy_of(Customer, tier="gold"))
    def test_gold_customers_pay_less(customer): ...

It may stand at the top of a module: the model is looked at when the first example is drawn. Objects of SQLAlchemy
models are not stored; what they refer to is made with them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, overload

from belljar.data.draw import Draw
from belljar.data.errors import LibraryMissing
from belljar.data.factory.callers import caller
from belljar.data.factory.drawing_rows import ExampleRow
from belljar.data.factory.plan import plan_of
from belljar.data.factory.reaching import asking
from belljar.data.factory.state import State, current
from belljar.data.sources.endless import endless

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from belljar.data.factory.factory import Factory

__all__ = ["strategy_of"]

# So deep in each other lie only objects of which each needs another one.
_ENDLESS = 12

T = TypeVar("T")


@overload
def strategy_of(model: type[Factory[T]], /, **values: Any) -> SearchStrategy[T]: ...
@overload
def strategy_of(model: type[T], /, **values: Any) -> SearchStrategy[T]: ...
def strategy_of(model: Any, /, **values: Any) -> SearchStrategy[Any]:
    """Return a strategy of a model's or a factory's objects.

    `values` are for its fields: values, strategies or sources. Unique fields differ within an example.
    """
    try:
        from hypothesis import strategies as st
    except ImportError:
        raise LibraryMissing(
            "Hypothesis is not installed", fix='add requirement("hypothesis") to the deps'
        ) from None
    # Factories are found from the file that it stands in, whoever draws from it.
    asker = current.asker if isinstance(current.asker, str) else caller()
    return st.deferred(lambda: _rows(model, values, asker))


def _rows(model: Any, values: dict[str, Any], asker: str) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    with asking(asker):
        plan = plan_of(model)
    plan.split(values)
    # One for each example, so that what is unique is so within it.
    states = st.shared(st.builds(lambda: State(Draw(0, "strategy"))), key="belljar.data.strategies")

    @st.composite
    def rows(draw: Any) -> Any:
        state = draw(states)
        state.above.append(plan.shape.model)
        try:
            if state.above.count(plan.shape.model) > _ENDLESS:
                raise endless(state.above[-2:])
            with asking(asker):
                return ExampleRow(plan, draw, state, values).made()
        finally:
            state.above.pop()

    return rows()
