"""`imports_of`: the files that a Python file imports, told from its text alone; nothing is imported for it.

What others have imported, or not yet, is no matter: the same text gives the same files.
"""

from __future__ import annotations

import ast
import os
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import resolve_name
from pathlib import Path
from types import ModuleType

__all__ = ["Import", "files_of", "imports_of", "is_own", "module_of", "text_of"]

_INSTALLED = {"site-packages", "dist-packages"}
_OURS = Path(__file__).resolve().parents[2]
_STDLIB = Path(sysconfig.get_path("stdlib")).resolve()


@dataclass(frozen=True, slots=True)
class Import:
    """One import: `from ..shop import factories` has level 2, the module `shop`, and the name `factories`.

    A `late` one stands in a function: it runs when that does.
    """

    level: int
    module: str
    names: tuple[str, ...]
    late: bool

    def name(self, file: str) -> str:
        """Return the module's whole name as `file` imports it; "" where that can't be known."""
        if not self.level:
            return self.module
        package = getattr(module_of(file), "__package__", None)
        try:
            return resolve_name("." * self.level + self.module, package) if package else ""
        except ImportError:
            return ""


def imports_of(file: str) -> tuple[Import, ...]:
    """Return what a file of the project imports; nothing for one that is installed, or is no Python.

    What is for type checkers alone, and what only runs when another import has failed, is left out.
    """
    return _read(file, _stamp(file)) if is_own(file) else ()


@lru_cache(maxsize=65536)
def is_own(file: str) -> bool:
    """Whether a file is of the project's own Python: not installed, of the standard library, or Belljar's."""
    path = Path(file)
    if path.suffix != ".py" or _INSTALLED & set(path.parts):
        return False
    # Under Bazel it is a link.
    real = Path(os.path.realpath(file))
    return not (real.is_relative_to(_OURS) or real.is_relative_to(_STDLIB))


def files_of(one: Import, file: str) -> Iterator[str]:
    """Yield the files that an import in `file` reads: of the packages on its way, the module, and its submodules."""
    if one.level:
        folder = Path(file).parent
        for _ in range(one.level - 1):
            folder = folder.parent
        yield from _below([str(folder)], one.module.split(".") if one.module else [], one.names)
        return
    first = one.module.partition(".")[0]
    # A project's own `test` or `types` comes before the standard library's: the file tells which it is.
    if first not in sys.builtin_module_names and first != "belljar":
        yield from _named(one.module, one.names)


def module_of(file: str) -> ModuleType | None:
    """Return the module that a file was imported as; None if it was not."""
    # A module may be anything that somebody has put there.
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and getattr(module, "__file__", None) == file:
            return module
    return None


def text_of(file: str) -> str:
    """Return a file's text; "" if it can't be read."""
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _stamp(file: str) -> tuple[int, int]:
    try:
        found = Path(file).stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=8192)
def _read(file: str, stamp: tuple[int, int]) -> tuple[Import, ...]:
    try:
        tree = ast.parse(text_of(file))
    except (SyntaxError, ValueError):
        return ()
    return tuple(_in(tree.body, late=False))


def _in(body: Sequence[ast.AST], *, late: bool) -> Iterator[Import]:
    for node in body:
        if isinstance(node, ast.Import):
            yield from (Import(0, one.name, (), late) for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield Import(node.level, node.module or "", tuple(n.name for n in node.names), late)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield from _plugins(node)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _in(node.body, late=True)
        elif isinstance(node, ast.If) and _for_checkers(node.test):
            yield from _in(node.orelse, late=late)
        elif isinstance(node, ast.stmt | ast.match_case):
            for part in ("body", "orelse", "finalbody", "cases"):
                yield from _in(getattr(node, part, ()), late=late)


def _plugins(node: ast.Assign | ast.AnnAssign) -> Iterator[Import]:
    """Yield what `pytest_plugins = [...]` names: pytest imports it."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    if node.value is not None and any(
        isinstance(one, ast.Name) and one.id == "pytest_plugins" for one in targets
    ):
        for one in ast.walk(node.value):
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield Import(0, one.value, (), late=False)


def _for_checkers(test: ast.expr) -> bool:
    return "TYPE_CHECKING" in (getattr(test, "id", ""), getattr(test, "attr", ""))


def _named(module: str, names: tuple[str, ...]) -> Iterator[str]:
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        known = sys.modules.get(".".join(parts[:end]))
        found = getattr(known, "__file__", None)
        if found is None and not hasattr(known, "__path__"):
            # Not imported yet: it is where Python would find it.
            folders = list(getattr(sys.modules.get(".".join(parts[: end - 1])), "__path__", ()))
            yield from _below(folders if end > 1 else sys.path, parts[end - 1 :], names)
            return
        if found is not None:
            yield found
    folders = list(getattr(known, "__path__", ()))
    for name in names:
        inner = sys.modules.get(f"{module}.{name}")
        if isinstance(inner, ModuleType) and inner.__file__ is not None:
            yield inner.__file__
        else:
            yield from _below(folders, [name], ())


def _below(folders: Sequence[str], parts: Sequence[str], names: Sequence[str]) -> Iterator[str]:
    """Yield the files of a module that is looked for in some folders, and those of its submodules."""
    for folder in folders:
        place = Path(folder or os.curdir).absolute()
        found = []
        for part in parts:
            place = place / part
            files = [
                f for f in (place / "__init__.py", place.with_name(f"{part}.py")) if f.is_file()
            ]
            found += [str(file) for file in files[:1]]
            if not files and not place.is_dir():
                break
        else:
            if not parts and (file := place / "__init__.py").is_file():
                found.append(str(file))
            yield from found
            for name in names:
                yield from _below([str(place)], [name], ())
            if found or (parts and place.is_dir()):
                return
