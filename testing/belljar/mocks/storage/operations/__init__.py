"""The operations of S3: each knows one call, registers itself, and is found by method and address.

To add one, write a function `(Call, Space) -> Answer` with `@operation(...)` into the module that it
belongs to.
"""

from __future__ import annotations

from belljar.mocks.storage.operations import (
    buckets,
    copying,
    deleting,
    listings,
    multipart,
    objects,
    settings,
    tagging,
)
from belljar.mocks.storage.operations.posting import post_object
from belljar.mocks.storage.operations.registry import find, names

__all__ = ["find", "names", "post_object"]

# Imported for what they register.
_MODULES = (buckets, copying, deleting, listings, multipart, objects, settings, tagging)
