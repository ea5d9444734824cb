"""`Reach`: the files that a test knows of: its own, the conftest.py files above it, and what these import.

A factory that stands in one of them may be found by its model; one that somebody else has imported is not, since
then a test's data would depend on the tests that run beside it.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from belljar.data.factory.callers import caller
from belljar.data.factory.importing import files_of, imports_of, is_own, module_of, text_of
from belljar.data.factory.state import current

__all__ = ["Reach", "asking", "reach"]

_INDENTED = re.compile(r"^[ \t]+(?:from|import)[ \t]", re.M)
_of_tests: WeakKeyDictionary[Any, Reach] = WeakKeyDictionary()


class Reach:
    """What can be reached from some files. They are read no further than is asked for, once for all their tests."""

    def __init__(self, roots: tuple[str, ...], *, late: bool = True) -> None:
        """`late`: what the files' own functions import counts as well."""
        self.roots = roots
        self._own = roots if late else ()
        # By model: what was found, and how many factories there were then.
        self.found: dict[Any, tuple[int, Any]] = {}
        self._seen = {_real(file) for file in roots}
        self._next = deque(roots)

    def holds(self, file: str) -> bool:
        """Whether a file is among them."""
        wanted = _real(file)
        while wanted not in self._seen and self._next:
            for found in _imported(self._next.popleft(), self._own):
                if (real := _real(found)) not in self._seen:
                    self._seen.add(real)
                    self._next.append(found)
        return wanted in self._seen

    def text(self) -> str:
        """Return the text of all of them that are the project's own."""
        self.holds("")
        return "\n".join(text_of(file) for file in sorted(self._seen) if is_own(file))

    def names(self, thing: Any) -> bool:
        """Whether one of the files itself has a name for it, however that came there."""
        name = thing.__name__
        return any(getattr(module_of(file), name, None) is thing for file in self.roots)

    @cached_property
    def _late(self) -> list[tuple[str, list[str]]]:
        """The modules that functions of the files import, each with the files that it reads."""
        late = []
        for file in self.roots:
            # Most have none: that is told sooner than read.
            for one in imports_of(file) if _INDENTED.search(text_of(file)) else ():
                if one.late and (name := one.name(file)):
                    late += [(name, list(files_of(one, file)))]
                    late += [(f"{name}.{n}", list(files_of(one, file))) for n in one.names]
        return late

    def hurry(self, model: Any) -> None:
        """Import what a function imports and has a factory of the model: others may have, or not yet."""
        name = getattr(model, "__name__", None)
        if name is None:
            return
        said = re.compile(rf"^class\s+\w+\(.*\[[\"']?(?:\w+\.)*{re.escape(name)}[\"']?\]", re.M)
        for module, files in self._late:
            if module in sys.modules:
                continue
            if said.search(_texts(tuple(files))):
                with suppress(ImportError):
                    importlib.import_module(module)


def reach() -> Reach:
    """Return the reach of the test whose data is being made; outside of one, of the file that asks for it."""
    if current.reach is None:
        asker = current.asker or caller()
        if isinstance(asker, str):
            return _keep(_reach_of(_with_conftests(asker)))
        if asker not in _of_tests:
            _of_tests[asker] = _reach_of(_roots(asker))
        return _keep(_of_tests[asker])
    return current.reach


def _keep(found: Reach) -> Reach:
    if current.asker is not None:
        current.reach = found
    return found


@contextmanager
def asking(asker: Any) -> Iterator[None]:
    """Let factories be found from a test, told by its request, or a file; from the caller for None."""
    before = current.asker, current.reach
    current.asker, current.reach = asker or caller(), None
    try:
        yield
    finally:
        current.asker, current.reach = before


def _imported(file: str, own: tuple[str, ...]) -> Iterator[str]:
    for one in imports_of(file):
        # In other files than the test's own a function may never run.
        if not one.late or file in own:
            yield from files_of(one, file)


def _roots(request: Any) -> tuple[str, ...]:
    """Return a test's own file, the conftest.py files above it, and those that its fixtures are written in."""
    own = Path(request.node.path)
    plugins = request.config.pluginmanager.get_plugins()
    named = [Path(one) for one in (getattr(one, "__file__", None) for one in plugins) if one]
    above = [one for one in named if one.name == "conftest.py" and own.is_relative_to(one.parent)]
    files = [str(one) for one in above]
    # There is no other way to what a test uses.
    info = getattr(request.node, "_fixtureinfo", None)
    for fixtures in getattr(info, "name2fixturedefs", {}).values():
        for one in fixtures:
            code = getattr(one.func, "__code__", None)
            files.append(code.co_filename if code is not None else "")
    return (str(own), *sorted({one for one in files if is_own(one) and one != str(own)}))


@lru_cache(maxsize=4096)
def _with_conftests(file: str) -> tuple[str, ...]:
    above = (one / "conftest.py" for one in Path(file).parents) if not file.startswith("<") else ()
    return (file, *(str(one) for one in above if one.is_file()))


@lru_cache(maxsize=4096)
def _reach_of(roots: tuple[str, ...]) -> Reach:
    return Reach(roots)


@lru_cache(maxsize=512)
def _texts(files: tuple[str, ...]) -> str:
    return Reach(files, late=False).text()


@lru_cache(maxsize=65536)
def _real(file: str) -> str:
    # Under Bazel the same file has several names.
    return os.path.realpath(file)
