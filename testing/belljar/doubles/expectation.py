"""`Expectation`: a call of a double's method that the code under test has to make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from belljar.doubles.counting import FOREVER, often
from belljar.doubles.errors import BadExpectation
from belljar.doubles.places import caller

if TYPE_CHECKING:
    from belljar.doubles.method import Method

__all__ = ["Expectation"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

UNSET: Any = type("Unset", (), {"__repr__": lambda self: "nothing"})()


class Expectation:
    """Once, with any arguments, unless it is told otherwise; each part gives the expectation back."""

    def __init__(self, method: Method) -> None:
        self._method = method
        self.line = caller()
        self.wanted: Any = None
        self.least = self.most = 1
        self.came = 0
        self._result: Any = UNSET
        self._error: BaseException | type[BaseException] | None = None

    def called_with(self, *args: Any, **kwargs: Any) -> Expectation:
        """Expect these arguments, by position or by name: the signature makes them one."""
        self.wanted = self._method.bind(args, kwargs, BadExpectation)
        return self

    def returns(self, value: Any) -> Expectation:
        """Answer with this, which has to be what the method may return."""
        self._method.check(value)
        self._result = value
        return self

    def raises(self, error: BaseException | type[BaseException]) -> Expectation:
        """Answer with this error."""
        self._error = error
        return self

    def times(self, count: int) -> Expectation:
        """Expect so many calls; 0 is never."""
        self.least = self.most = count
        return self

    def at_least(self, count: int) -> Expectation:
        """Expect so many calls, or more."""
        self.least, self.most = count, FOREVER
        return self

    def takes(self, bound: Any) -> bool:
        """Tell whether it is for a call with these arguments."""
        return self.wanted is None or bool(self.wanted == bound)

    @property
    def is_over(self) -> bool:
        """Whether it has had all calls that it may have."""
        return self.came >= self.most

    def answer(self) -> Any:
        """Give, or raise, what was planned; `UNSET` is neither."""
        self.came += 1
        if self._error is not None:
            raise self._error
        return self._result

    def __str__(self) -> str:
        times = often(self.least, self.most)
        return f"{self._method.shown(self.wanted)}, {times} (came {self.came}; {self.line})"
