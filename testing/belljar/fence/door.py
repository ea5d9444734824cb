"""DOOR: the name by which processes behind the filter reach the supervisor.

The supervisor takes a connection to it for one to itself, from every process behind its filter, in
whatever namespace and environment that is. Elsewhere nobody listens there.
"""

from __future__ import annotations

from typing import Final

__all__ = ["DOOR"]

DOOR: Final = "\0belljar.fence"
