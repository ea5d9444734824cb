"""`Fallback`: what code does when a dependency fails.

Fallback.retry(times=2)          # it tries again, and succeeds after two failures in a row
Fallback.default({"usd": 1.0})   # it goes on with this
Fallback.queue(deliver=run_outbox)   # it goes on, and does it later
Fallback.raises(PaymentFailed)   # it tells its caller, with just this
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from belljar.mocks.registry.errors import BadEntry

__all__ = ["Fallback"]

# Errors are a mistake of the test: its line is shown, and not those in here.
__tracebackhide__ = True


@dataclass(frozen=True)
class Fallback:
    """One of `retry`, `default`, `queue` and `raises`; made by the methods of these names."""

    kind: Literal["retry", "default", "queue", "raises"]
    times: int = 1
    value: Any = None
    deliver: Callable[[Any], object] | None = None
    within: float = 5.0
    errors: tuple[type[BaseException], ...] = ()

    @classmethod
    def retry(cls, times: int = 1) -> Fallback:
        """It tries again: after so many failures in a row it has still succeeded, and has done it once."""
        if not isinstance(times, int) or times < 1:
            raise BadEntry(f"Fallback.retry(times={times!r}) retries nothing", fix="say 1 or more")
        return cls("retry", times=times)

    @classmethod
    def default(cls, value: Any) -> Fallback:
        """It goes on with this value; a function is asked whether the value is right."""
        return cls("default", value=value)

    @classmethod
    def queue(
        cls, deliver: Callable[[Any], object] | None = None, *, within: float = 5.0
    ) -> Fallback:
        """It goes on, and does it once the failure is over: when `deliver(client)` is called, or by itself.

        It has `within` seconds for it.
        """
        if deliver is not None and not callable(deliver):
            raise BadEntry(
                f"Fallback.queue({deliver!r}) delivers nothing",
                fix="give a function of the mock's client: queue(run_outbox)",
            )
        return cls("queue", deliver=deliver, within=within)

    @classmethod
    def raises(cls, *errors: type[BaseException]) -> Fallback:
        """It raises one of these, and nothing else."""
        if not errors or not all(
            isinstance(each, type) and issubclass(each, BaseException) for each in errors
        ):
            given = ", ".join(map(repr, errors))
            raise BadEntry(
                f"Fallback.raises({given}) names no error",
                fix="name a class: raises(PaymentFailed)",
            )
        return cls("raises", errors=errors)

    def __str__(self) -> str:
        match self.kind:
            case "retry":
                return f"tries again, after {self.times} failure{'s' if self.times > 1 else ''}"
            case "default":
                return f"goes on with {self.value!r}"
            case "queue":
                return "goes on, and does it later"
        return f"raises {' or '.join(error.__name__ for error in self.errors)}"
