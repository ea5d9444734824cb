"""Mock services that real clients believe: models with state, servers around them, and their clients.

`belljar.mocks.plugin` has the fixtures. Each service is a package of its own: `belljar.mocks.payments`
and its neighbours; `belljar.mocks.http` is the server that they share.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belljar.mocks.client import MockClient
    from belljar.mocks.control import ControlledApp, Mock, controlled_server
    from belljar.mocks.control_api import ControlApi, Controlled
    from belljar.mocks.errors import (
        BadNamespace,
        CannotListen,
        ControlRefused,
        MockError,
        MockNotReached,
    )
    from belljar.mocks.journal import Journal
    from belljar.mocks.namespaces import Namespace, Namespaces

__all__ = [
    "BadNamespace",
    "CannotListen",
    "ControlApi",
    "ControlRefused",
    "Controlled",
    "ControlledApp",
    "Journal",
    "Mock",
    "MockClient",
    "MockError",
    "MockNotReached",
    "Namespace",
    "Namespaces",
    "controlled_server",
]

_HOMES = {
    "ControlApi": "control_api",
    "Controlled": "control_api",
    "ControlledApp": "control",
    "Journal": "journal",
    "Mock": "control",
    "MockClient": "client",
    "Namespace": "namespaces",
    "Namespaces": "namespaces",
    "controlled_server": "control",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)
