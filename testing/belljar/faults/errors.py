"""Every error that belljar.faults raises, in one tree.

    FaultError
    ├── BadPlan             a plan can't be used
    │   ├── OtherVersion    it was written by another version
    │   ├── UnknownKind     no fault of that kind is known
    │   ├── BadParameter    a parameter or condition of the wrong name, type or range
    │   ├── ImpossibleFault a fault that can't happen there, or never
    │   ├── UnknownBoundary nothing of that name is there in this test
    │   └── PlanMismatch    a replayed plan is of another state of the test
    ├── BadKind             a kind of fault is declared wrongly
    ├── WouldHang           the code waits without a timeout for what does not come
    ├── LibraryMissing      a point's library is not installed
    └── ControlFailed       a mock service did not take the plan

Each names the place in the plan, the value, the valid choices and the fix.
"""

from __future__ import annotations

from belljar.explained import Explained

__all__ = [
    "BadKind",
    "BadParameter",
    "BadPlan",
    "ControlFailed",
    "FaultError",
    "ImpossibleFault",
    "LibraryMissing",
    "OtherVersion",
    "PlanMismatch",
    "UnknownBoundary",
    "UnknownKind",
    "WouldHang",
]


class FaultError(Explained):
    """Something is wrong with a fault: in the plan, or in the test."""


class BadPlan(FaultError):
    """A fault plan can't be used as it is."""


class OtherVersion(BadPlan):
    """A plan was written by another version of Belljar, or says of none."""


class UnknownKind(BadPlan):
    """A plan asks for a kind of fault that is not known."""


class BadParameter(BadPlan):
    """A parameter or a condition is unknown, missing, of another type or out of range."""


class ImpossibleFault(BadPlan):
    """A fault can't happen at its boundary, or its conditions are never met."""


class UnknownBoundary(BadPlan):
    """A plan names a boundary that this test does not have."""


class PlanMismatch(BadPlan):
    """A replayed plan was saved by another state of the test than the one that runs."""


class BadKind(FaultError):
    """A kind of fault is declared in a way that can't work."""


class WouldHang(FaultError):
    """The code under test waits, without a timeout, for an answer that will not come."""


class LibraryMissing(FaultError):
    """The library whose calls are to fail is not installed."""


class ControlFailed(FaultError):
    """A mock service did not take a plan, or does not answer."""
