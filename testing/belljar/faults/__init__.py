"""Fault plans: what goes wrong at every boundary of a test, planned once, seeded and replayed exactly.

    def test_pays_in_the_end(payments, faults):
        faults.on("payments", path="/v1/payment_intents").fail(status=503, times=2)

`belljar.faults.plugin` has the fixture. Names are imported when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belljar.faults.boundary import Boundary, RemoteBoundary
    from belljar.faults.building import Planner, Target
    from belljar.faults.control import answer_control
    from belljar.faults.engine import Engines, FaultEngine
    from belljar.faults.errors import (
        BadKind,
        BadParameter,
        BadPlan,
        ControlFailed,
        FaultError,
        ImpossibleFault,
        LibraryMissing,
        OtherVersion,
        PlanMismatch,
        UnknownBoundary,
        UnknownKind,
        WouldHang,
    )
    from belljar.faults.fault import Fault, Happening
    from belljar.faults.kind import Delivery, Kind, register
    from belljar.faults.matching import Call
    from belljar.faults.noted import Noted
    from belljar.faults.parameters import Parameter
    from belljar.faults.plan import Plan
    from belljar.faults.points.process import ProcessBoundary
    from belljar.faults.rule import Rule, When
    from belljar.faults.session import Faults

__all__ = [
    "BadKind",
    "BadParameter",
    "BadPlan",
    "Boundary",
    "Call",
    "ControlFailed",
    "Delivery",
    "Engines",
    "Fault",
    "FaultEngine",
    "FaultError",
    "Faults",
    "Happening",
    "ImpossibleFault",
    "Kind",
    "LibraryMissing",
    "Noted",
    "OtherVersion",
    "Parameter",
    "Plan",
    "PlanMismatch",
    "Planner",
    "ProcessBoundary",
    "RemoteBoundary",
    "Rule",
    "Target",
    "UnknownBoundary",
    "UnknownKind",
    "When",
    "WouldHang",
    "answer_control",
    "register",
]

_HOMES = {
    "Boundary": "boundary",
    "Call": "matching",
    "Delivery": "kind",
    "Engines": "engine",
    "Fault": "fault",
    "FaultEngine": "engine",
    "Faults": "session",
    "Happening": "fault",
    "Kind": "kind",
    "Noted": "noted",
    "Parameter": "parameters",
    "Plan": "plan",
    "Planner": "building",
    "ProcessBoundary": "points.process",
    "RemoteBoundary": "boundary",
    "Rule": "rule",
    "Target": "building",
    "When": "rule",
    "answer_control": "control",
    "register": "kind",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES.get(name, "errors")
    return getattr(import_module(f"{__name__}.{home}"), name)
