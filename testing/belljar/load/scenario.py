"""`load_scenario`: a scenario from its module name or its file.

A scenario is a Python module with three things:

- Locust user classes (`HttpUser`, `FastHttpUser`, ...),
- `target()`, a context manager that brings the system up and yields its base URL,
- `THRESHOLDS`, a sequence of `Threshold`.

It is loaded twice: in this process, for `target` and `THRESHOLDS`, and in the driver's process,
for the users. Importing Locust patches the standard library for gevent, which must not happen to a
process that runs servers and tests; so here Locust is told to leave it alone.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from belljar.load.errors import BadScenario
from belljar.load.thresholds import Threshold

__all__ = ["SKIP_PATCH", "Scenario", "import_scenario", "load_scenario"]

SKIP_PATCH = "LOCUST_SKIP_MONKEY_PATCH"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario that can be run."""

    source: str
    target: Callable[[], AbstractContextManager[str]]
    thresholds: Sequence[Threshold]


def load_scenario(source: str) -> Scenario:
    """The scenario of a module name or a file; raises `BadScenario` when something is missing."""
    before = os.environ.get(SKIP_PATCH)
    os.environ[SKIP_PATCH] = "1"
    try:
        module = import_scenario(source)
        _refuse_patched(source)
    finally:
        if before is None:
            del os.environ[SKIP_PATCH]
        else:
            os.environ[SKIP_PATCH] = before
    target = getattr(module, "target", None)
    if not callable(target):
        raise BadScenario(
            f"scenario {source!r} has no target(): define a context manager that brings the "
            "system up and yields its base URL"
        )
    thresholds = getattr(module, "THRESHOLDS", None)
    if not isinstance(thresholds, Sequence) or not thresholds:
        raise BadScenario(
            f"scenario {source!r} has no THRESHOLDS: define a tuple such as "
            '(Threshold("http_req_duration", "p(95)<250"),)'
        )
    for threshold in thresholds:
        if not isinstance(threshold, Threshold):
            raise BadScenario(
                f"scenario {source!r}: {threshold!r} in THRESHOLDS is no belljar.load.Threshold"
            )
    return Scenario(source, target, tuple(thresholds))


def import_scenario(source: str) -> ModuleType:
    """The module of a scenario; raises `BadScenario` when it cannot be found."""
    if source.endswith(".py") or os.sep in source:
        return _import_file(Path(source))
    try:
        return importlib.import_module(source)
    except ModuleNotFoundError as error:
        if error.name is None or not (source == error.name or source.startswith(f"{error.name}.")):
            raise
        raise BadScenario(
            f"scenario {source!r} is no module that can be imported: write a dotted module name "
            "or the path of a .py file; under Bazel, name its library in deps"
        ) from error


def _import_file(path: Path) -> ModuleType:
    file = path.resolve()
    if not file.is_file():
        raise BadScenario(
            f"scenario {str(path)!r} is no file (seen from {Path.cwd()}): "
            "write the path of a .py file or a dotted module name"
        )
    name = f"belljar_scenario_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise BadScenario(f"scenario {str(file)!r} cannot be loaded as Python: name a .py file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _refuse_patched(source: str) -> None:
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("socket"):
        raise BadScenario(
            f"gevent has patched the standard library of this process, by scenario {source!r} or "
            "before it: remove the call of gevent.monkey.patch_all(), the driver's process makes "
            "it by itself"
        )
