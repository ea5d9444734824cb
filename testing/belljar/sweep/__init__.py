"""The fault sweep: a test again for each of its outside calls and each kind of fault, and a matrix of the outcomes.

pytest --sweep tests/checkout_test.py
./bazelw run //testing:sweep -- //services/orders/tests/e2e:checkout_test

`belljar.sweep.plugin` has the options and the fixture `invariants`. Names are imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belljar.sweep.errors import (
        BadReport,
        BadSweepOption,
        NothingToSweep,
        RecordFailed,
        SweepError,
        TargetFailed,
    )
    from belljar.sweep.matrix import Cell, Matrix, Row
    from belljar.sweep.outcomes import Outcome
    from belljar.sweep.reporting import read_report, write_report

__all__ = [
    "BadReport",
    "BadSweepOption",
    "Cell",
    "Matrix",
    "NothingToSweep",
    "Outcome",
    "RecordFailed",
    "Row",
    "SweepError",
    "TargetFailed",
    "read_report",
    "write_report",
]

_HOMES = {
    "Cell": "matrix",
    "Matrix": "matrix",
    "Outcome": "outcomes",
    "Row": "matrix",
    "read_report": "reporting",
    "write_report": "reporting",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
