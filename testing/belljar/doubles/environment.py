"""`Environment`: what the fixture `environment` gives; the variables that a test declares, and no others.

    environment["API_KEY"] = "secret"
    ...
    assert environment.missed == []      # names that were read, and were not there, each with its line

What the system needs is kept (`PATH`, `HOME`, folders, locale), all else of the machine's is gone: code that works only
with a variable of yours fails here, and not first on another machine. Programs that are started get the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, MutableMapping
from contextlib import ExitStack
from typing import Any

from belljar.doubles.errors import BadExpectation
from belljar.doubles.ledger import Ledger
from belljar.doubles.places import caller

__all__ = ["Environment"]

# A failure shows the test's lines, and not ours.
__tracebackhide__ = True

KEPT = {
    "COMSPEC", "HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "PATH", "PATHEXT", "SYSTEMDRIVE", "SYSTEMROOT", "TEMP",
    "TMP", "TMPDIR", "TZ", "USERPROFILE", "WINDIR",
}  # fmt: skip
# Of Python, pytest, Bazel, coverage and ourselves: without them the test does not run.
KEPT_PREFIXES = (
    "BELLJAR_", "COVERAGE_", "COV_", "LC_", "PYTEST_", "PYTHON", "RUNFILES_", "TEST_", "VIRTUAL_ENV", "XML_OUTPUT",
)  # fmt: skip


class Environment(MutableMapping[str, str]):
    """`os.environ` of a test, which is as it was when the test ends."""

    def __init__(self, ledger: Ledger) -> None:
        self._missed: dict[str, None] = {}
        self._ledger = ledger
        self._patches = ExitStack()

    def install(self) -> None:
        """Take away what the machine has, and note what is missed."""
        before = dict(os.environ)
        self._patches.callback(_restore, before)
        for name in before:
            if name.upper() not in KEPT and not name.upper().startswith(KEPT_PREFIXES):
                del os.environ[name]
        kind: Any = type(os.environ)
        get = kind.__getitem__

        def __getitem__(variables: Any, name: str) -> str:
            try:
                value: str = get(variables, name)
            except KeyError:
                self._missed[f"{name} ({caller()})"] = None
                raise
            return value

        # On the type: who has imported `environ` by its name reads the same object.
        kind.__getitem__ = __getitem__
        self._patches.callback(setattr, kind, "__getitem__", get)

    def close(self) -> None:
        """Give the variables back."""
        self._patches.close()

    @property
    def missed(self) -> list[str]:
        """The names that were read and were not there, each with the line: `API_KEY (shop.py:12)`."""
        return list(self._missed)

    def __getitem__(self, name: str) -> str:
        if name not in os.environ:
            raise KeyError(name)
        return os.environ[name]

    def __setitem__(self, name: str, value: str) -> None:
        if not (isinstance(name, str) and name and "=" not in name and isinstance(value, str)):
            raise self._ledger.error(
                BadExpectation,
                f"environment[{name!r}] = {value!r}: name and value are texts, and no '=' is in a name",
                choices=['environment["PORT"] = "8080"', 'del environment["PORT"]'],
                fix=f'environment["NAME"] = "{value}"',
            )
        os.environ[name] = value

    def __delitem__(self, name: str) -> None:
        del os.environ[name]

    def __iter__(self) -> Iterator[str]:
        return iter(list(os.environ))

    def __len__(self) -> int:
        return len(os.environ)


def _restore(before: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(before)
