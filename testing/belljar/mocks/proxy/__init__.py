"""A TCP proxy with faults: Toxiproxy's API and toxics, toxics that count, and some that know the protocol.

    from belljar.mocks.proxy import FaultProxy

    with FaultProxy("127.0.0.1:5432") as proxy, proxy.add("latency", latency=200, jitter=50):
        ...                                        # connect to proxy.address

    proxy.add("postgres", on="commit", action="lose_answer", times=1)
    proxy.add("valkey", command="GET", action="error", error="LOADING", times=2)

`python -m belljar.mocks.proxy` is a server of such proxies. Nothing here needs a wheel.
"""

from belljar.mocks.proxy.errors import (
    AlreadyExists,
    BadAddress,
    BadAttributes,
    BadFault,
    BadRequest,
    BadStream,
    BadToxicType,
    MissingField,
    NotAllowed,
    NotFound,
    NotListening,
    ProxyError,
    WrongMethod,
)
from belljar.mocks.proxy.fault_proxy import FaultProxy, ToxicHandle
from belljar.mocks.proxy.faults import toxics_for
from belljar.mocks.proxy.proxy import Event

__all__ = [
    "AlreadyExists",
    "BadAddress",
    "BadAttributes",
    "BadFault",
    "BadRequest",
    "BadStream",
    "BadToxicType",
    "Event",
    "FaultProxy",
    "MissingField",
    "NotAllowed",
    "NotFound",
    "NotListening",
    "ProxyError",
    "ToxicHandle",
    "WrongMethod",
    "toxics_for",
]
