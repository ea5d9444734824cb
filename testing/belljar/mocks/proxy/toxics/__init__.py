"""The toxics, one file each; importing this package makes them known.

A new one is a module here that registers a `ToxicType`: see docs/proxy.md.
"""

from belljar.mocks.proxy.toxics import (
    bandwidth,
    latency,
    limit_data,
    postgres,
    reset_peer,
    slicer,
    slow_close,
    timeout,
    valkey,
)

__all__ = [
    "bandwidth",
    "latency",
    "limit_data",
    "postgres",
    "reset_peer",
    "slicer",
    "slow_close",
    "timeout",
    "valkey",
]
