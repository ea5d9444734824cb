"""Services as real processes: described once, started when a test wants them, watched, and stopped.

    from belljar.services import Service, ServiceGraph

    with ServiceGraph([Service("orders", [sys.executable, "-m", "services.orders", "--fd", "{fd}"])]) as graph:
        httpx.get(graph["orders"].url)

`belljar.services.plugin` has the fixtures `services` and `service_graph`. Names are imported when
first used: the plugin is at hand in many tests that never start a service.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belljar.services.access import Services, SharedDatabase
    from belljar.services.description import Service, Task
    from belljar.services.errors import (
        AddressChanged,
        BadDescription,
        BadGraphFile,
        BadPlaceholder,
        DependencyCycle,
        DuplicateName,
        EndedEarly,
        LogNotSeen,
        NotOnThisSystem,
        NotRunning,
        NotStarted,
        NotStopped,
        ServiceDied,
        ServiceError,
        ServiceNotReady,
        StartFailed,
        TaskFailed,
        UnknownNode,
    )
    from belljar.services.graph import ServiceGraph
    from belljar.services.graph_file import DeclaredGraph, read_graph_file
    from belljar.services.instance import Ended
    from belljar.services.running import RunningService

__all__ = [
    "AddressChanged",
    "BadDescription",
    "BadGraphFile",
    "BadPlaceholder",
    "DeclaredGraph",
    "DependencyCycle",
    "DuplicateName",
    "Ended",
    "EndedEarly",
    "LogNotSeen",
    "NotOnThisSystem",
    "NotRunning",
    "NotStarted",
    "NotStopped",
    "RunningService",
    "Service",
    "ServiceDied",
    "ServiceError",
    "ServiceGraph",
    "ServiceNotReady",
    "Services",
    "SharedDatabase",
    "StartFailed",
    "Task",
    "TaskFailed",
    "UnknownNode",
    "read_graph_file",
]

_HOMES = {
    "DeclaredGraph": "graph_file",
    "Ended": "instance",
    "RunningService": "running",
    "Service": "description",
    "ServiceGraph": "graph",
    "Services": "access",
    "SharedDatabase": "access",
    "Task": "description",
    "read_graph_file": "graph_file",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES.get(name, "errors")
    return getattr(import_module(f"{__name__}.{home}"), name)
