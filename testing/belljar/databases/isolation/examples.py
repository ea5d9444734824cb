"""`fresh_examples`: each example of a Hypothesis test begins with the state that the test began with."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from belljar.databases.isolation.database import Database

__all__ = ["fresh_examples"]

_NAME = "before each example"


@contextmanager
def fresh_examples(function: Any, database: Database) -> Iterator[None]:
    """Bring `database` back before every example of `function`, if that is a Hypothesis test.

    Hypothesis calls `function.hypothesis.inner_test` for each; wrapping it is its documented way for
    plugins. Its check against fixtures that are made once for all examples is then beside the
    point, and switched off for this test.
    """
    if not getattr(function, "is_hypothesis_test", False):
        yield
        return
    from hypothesis import HealthCheck, settings

    usual = getattr(function, "_hypothesis_internal_use_settings", settings())
    function._hypothesis_internal_use_settings = settings(
        usual,
        suppress_health_check=[
            *usual.suppress_health_check,
            HealthCheck.function_scoped_fixture,
        ],
    )
    handle = function.hypothesis
    inner = handle.inner_test
    handle.inner_test = _wrapped(inner, _beginning(database))
    try:
        yield
    finally:
        handle.inner_test = inner
        function._hypothesis_internal_use_settings = usual


def _beginning(database: Database) -> Callable[[], None]:
    taken = False

    def begin() -> None:
        nonlocal taken
        if taken:
            database.restore(_NAME)
        else:
            database.snapshot(_NAME)
            taken = True

    return begin


def _wrapped(inner: Callable[..., Any], begin: Callable[[], None]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(inner):

        async def example_async(*args: Any, **kwargs: Any) -> Any:
            begin()
            return await inner(*args, **kwargs)

        return example_async

    def example(*args: Any, **kwargs: Any) -> Any:
        begin()
        return inner(*args, **kwargs)

    return example
