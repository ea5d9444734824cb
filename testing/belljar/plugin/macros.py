"""`MacroFinder`: which test macros of BUILD files name a test file, read from the BUILD files themselves.

Under plain pytest a test then has the layer that it has under Bazel, and nothing is written twice. BUILD files
are Python's syntax: one is run with stand-ins for all that it may call, without builtins, and
what calls `py_unit_test` and its like, or `py_pytest_test(layer = ...)`, is noted. A file that does not run
so says nothing; macros of a team's own do not, either: `belljar_layers`, a folder or a marker does then.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

__all__ = ["MacroFinder"]

_NAMES = ("BUILD.bazel", "BUILD")
_MACRO = re.compile(r"py_(unit|integration|e2e|perf)_test")
_ANY = "py_pytest_test"


class MacroFinder:
    """The BUILD files of a tree, each read when a test beside or below it is first asked for."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._packages: dict[Path, _Package | None] = {}

    def layers_of(self, path: Path) -> list[tuple[str, Path]]:
        """Gives each layer that a macro gives the file, with the BUILD file; mostly one, or none."""
        package = self._package(path.parent)
        if package is None:
            return []
        name = path.relative_to(package.file.parent).as_posix()
        return [(layer, package.file) for layer in package.layers.get(name, ())]

    def trouble_with(self, path: Path) -> str:
        """Gives why the BUILD file that the test file belongs to could not be read, "" if it could."""
        package = self._package(path.parent)
        return f"{package.file}: {package.trouble}" if package and package.trouble else ""

    def _package(self, folder: Path) -> _Package | None:
        if folder not in self._packages:
            self._packages[folder] = self._look_for(folder)
        return self._packages[folder]

    def _look_for(self, folder: Path) -> _Package | None:
        for name in _NAMES:
            if (file := folder / name).is_file():
                return _Package(file)
        outside = not folder.is_relative_to(self._root)
        return None if outside or folder == self._root else self._package(folder.parent)


class _Package:
    def __init__(self, file: Path) -> None:
        self.file = file
        self.layers: dict[str, list[str]] = {}
        self.trouble = ""
        try:
            text = file.read_text(encoding="utf-8")
            if "_test" in text:
                names = _Names(self)
                # As trusted as the tests beside it.
                exec(compile(text, str(file), "exec"), names, names)
        except Exception as error:
            self.trouble = f"{type(error).__name__}: {error}"

    def macro(self, layer: str) -> Callable[..., object]:
        """Gives the stand-in of a test macro; without a layer it is an argument."""

        def declare(*positional: object, **attributes: Any) -> object:
            said = layer or str(attributes.get("layer", ""))
            for source in _Anything.listed(attributes.get("srcs")):
                known = self.layers.setdefault(source.removeprefix(":"), [])
                if said not in known:
                    known.append(said)
            return _Anything()

        return declare

    def glob(self, include: Any = (), exclude: Any = (), **options: object) -> list[str]:
        """Gives what Bazel's `glob` does."""
        left = {path for pattern in exclude for path in self._matches(pattern)}
        found = {path for pattern in include for path in self._matches(pattern)}
        return sorted(found - left)

    def _matches(self, pattern: str) -> Iterator[str]:
        folder = self.file.parent
        return (path.relative_to(folder).as_posix() for path in folder.glob(pattern))


class _Names(dict[str, Any]):
    """What a BUILD file can name: the test macros by any name they are loaded under, and stand-ins."""

    def __init__(self, package: _Package) -> None:
        super().__init__(__builtins__={})
        self._package = package
        self.update(load=self._load, glob=package.glob)
        for builtin in (dict, enumerate, int, len, list, range, sorted, str, tuple, zip):
            self[builtin.__name__] = builtin

    def _load(self, _label: str, *names: str, **renamed: str) -> None:
        for local, name in [*((name, name) for name in names), *renamed.items()]:
            self[local] = self._stand_in(name)

    def _stand_in(self, name: str) -> object:
        found = _MACRO.fullmatch(name)
        if found or name == _ANY:
            return self._package.macro(found[1] if found else "")
        return _Anything()

    def __missing__(self, name: str) -> object:
        return self._stand_in(name)


class _Anything:
    """A value of which nothing is known: whatever is done with it gives another one."""

    @staticmethod
    def listed(value: Any) -> list[str]:
        """Gives the texts of a list, of which parts may not be known."""
        return [text for text in value or () if isinstance(text, str)]

    def __call__(self, *_positional: object, **_named: object) -> _Anything:
        return self

    def __getattr__(self, name: str) -> _Anything:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, _key: object) -> _Anything:
        return self

    def __iter__(self) -> Iterator[object]:
        return iter(())

    def __add__(self, other: object) -> object:
        # What is known of a sum stays so: ["a_test.py"] + select(...).
        return other

    __radd__ = __or__ = __ror__ = __add__
