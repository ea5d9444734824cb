"""The fence: a test reaches only what its target declares; also in subprocesses, DNS included.

    from belljar.fence import current

    current().register("127.0.0.1:4711", "//services/mocks/payments", "payments")
    current().allow("", ["//services/mocks/payments"])

On Linux the kernel holds it (`filtering.py`), and a supervisor outside of it decides (`supervisor.py`) by
rules (`policy.py`). Elsewhere Python does, as far as it can (`auditing.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from belljar.fence.breach import Breach, explain
    from belljar.fence.client import Fence, NullFence, current
    from belljar.fence.errors import BadFenceSetting, FenceError, FenceUnavailable

__all__ = [
    "BadFenceSetting",
    "Breach",
    "Fence",
    "FenceError",
    "FenceUnavailable",
    "NullFence",
    "current",
    "explain",
]

_PLACES = {
    "BadFenceSetting": "errors",
    "Breach": "breach",
    "Fence": "client",
    "FenceError": "errors",
    "FenceUnavailable": "errors",
    "NullFence": "client",
    "current": "client",
    "explain": "breach",
}


def __getattr__(name: str) -> object:
    # Loaded when used: the runner starts with this package, and needs little of it.
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
