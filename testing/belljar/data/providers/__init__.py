"""Providers of Belljar's own, which each of its Fakers has: values for tests of services that reach nobody.

A name, an address or a number that they make belongs to no person and no host: it is reserved for examples, or
documented for tests. Faker's own `email()`, `url()` and `ipv4()` are not.
"""

from __future__ import annotations

from belljar.data.providers.commerce import CommerceProvider
from belljar.data.providers.payments import PaymentsProvider
from belljar.data.providers.reserved import ReservedProvider
from belljar.data.providers.traffic import TrafficProvider

__all__ = [
    "PROVIDERS",
    "CommerceProvider",
    "PaymentsProvider",
    "ReservedProvider",
    "TrafficProvider",
]

PROVIDERS = (CommerceProvider, PaymentsProvider, ReservedProvider, TrafficProvider)
