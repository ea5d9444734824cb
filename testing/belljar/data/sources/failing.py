"""`called`: what a user's function returns; what it raises is told with the function's place, and the field's."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from belljar.data.errors import CannotMeet, DataError

__all__ = ["FunctionFailed", "called", "placed", "shown"]


class FunctionFailed(CannotMeet):
    """A function that a source was written with raised something. That is its `__cause__`."""


def called(source: str, function: Callable[..., Any], argument: Any) -> Any:
    """Return `function(argument)`; `source` is what the function was given to."""
    try:
        return function(argument)
    except DataError:
        raise
    except Exception as error:
        if type(error).__module__.startswith("hypothesis"):
            # An example that is given up is no failure.
            raise
        raise FunctionFailed(
            f"the function of its {source}(...) raises {type(error).__name__}: {error}",
            fix=f"mend the function at {_place(function, error)}",
        ) from error


def placed(error: CannotMeet, place: str) -> CannotMeet:
    """Return the error with the model and field that a failed function was called for; others as they are."""
    if error.place or not isinstance(error, FunctionFailed):
        return error
    told = FunctionFailed(error.summary, place=place, fix=error.fix)
    told.__cause__ = error.__cause__
    return told.with_traceback(error.__traceback__)


def _place(function: Callable[..., Any], error: Exception) -> str:
    """Return file and line: where the function itself was when it happened, or begins."""
    code = getattr(function, "__code__", None)
    if code is None:
        return getattr(function, "__qualname__", repr(function))
    line, trace = code.co_firstlineno, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code is code:
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"{shown(code.co_filename)}:{line}"


def shown(file: str) -> str:
    """Return a file's path as errors show it: from here, or from where Python looks for modules."""
    path = Path(file)
    near = [Path.cwd(), *(Path(one) for one in sys.path if one)]
    return next(
        (path.relative_to(one) for one in near if path.is_relative_to(one)), path
    ).as_posix()
