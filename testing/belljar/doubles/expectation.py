"""`Expectation`: a call of a double's method that the code under test has to make."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from belljar.doubles.counting import often
from belljar.doubles.errors import BadExpectation
from belljar.doubles.turns import Turns

if TYPE_CHECKING:
    from belljar.doubles.ledger import Ledger
    from belljar.doubles.method import Method

__all__ = ["Expectation"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

UNSET: Any = type("Unset", (), {"__repr__": lambda self: "nothing"})()


class Expectation(Turns[Callable[..., Any]]):
    """Once, with any arguments, unless it is told otherwise; each part gives the expectation back."""

    def __init__(self, method: Method, ledger: Ledger) -> None:
        super().__init__(ledger)
        self._method = method
        self.wanted: Any = None

    def called_with(self, *args: Any, **kwargs: Any) -> Expectation:
        """Expect these arguments, by position or by name: the signature makes them one."""
        self.wanted = self._method.bind(args, kwargs, BadExpectation)
        return self

    def returns(self, value: Any) -> Expectation:
        """Answer once more, with this, which has to be what the method may return."""
        self._method.check(value)
        return self._turn(lambda *args, **kwargs: value)

    def raises(self, error: BaseException | type[BaseException]) -> Expectation:
        """Answer once more, with this error."""
        self._method.check_error(error)

        def fail(*args: Any, **kwargs: Any) -> Any:
            raise error

        return self._turn(fail)

    def calls(self, function: Callable[..., Any]) -> Expectation:
        """Answer once more, with what this gives for the call's arguments; it may be async for an async method."""
        if not callable(function):
            raise self._ledger.error(
                BadExpectation,
                f".calls({function!r}): that is no function",
                choices=[".calls(lambda ...: ...)", ".returns(VALUE)"],
                fix="give it a function that takes what the method takes",
            )
        return self._turn(function)

    def takes(self, bound: Any) -> bool:
        """Tell whether it is for a call with these arguments."""
        return self.wanted is None or bool(self.wanted == bound)

    def answer(self, args: Any, kwargs: Any) -> Any:
        """Give, or raise, what was planned; `UNSET` is neither."""
        turn = self._next()
        return UNSET if turn is None else turn(*args, **kwargs)

    def __str__(self) -> str:
        times = often(self.least, self.most)
        return f"{self._method.shown(self.wanted)}, {times} (came {self.came}; {self.line})"
