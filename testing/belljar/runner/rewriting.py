"""spare_rewriting(): modules without an assert statement keep the bytecode of their wheel.

pytest rewrites the assertions of every module that comes in one distribution with a plugin, and keeps
the result beside the source, which a sandbox can't: each test would parse all of Faker, Locust and
AnyIO again. Where no assert is written, there is nothing to rewrite.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType

__all__ = ["spare_rewriting"]

_WHEELS = "site-packages"


class _WithoutAsserts(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or not spec.has_location or spec.origin is None:
            return None
        if _WHEELS not in Path(spec.origin).parts:
            return None
        loader = spec.loader
        # It is the loader that reads: a test may have a file system in memory, with no wheels in it.
        if isinstance(loader, SourceFileLoader) and b"assert" in loader.get_data(spec.origin):
            return None
        return spec


def spare_rewriting() -> None:
    """Puts a finder before pytest's own, which is in place by then."""
    sys.meta_path.insert(0, _WithoutAsserts())
