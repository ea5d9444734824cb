"""`settings_class`: the class that `belljar_settings = services.orders.tests.settings:OrdersTestSettings` names."""

from __future__ import annotations

import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from belljar.config.errors import BadSettings, Mistake, nearest

__all__ = ["settings_class"]


def settings_class(name: str, source: str) -> type[BaseModel]:
    """Give the class of that name; `source` says in the error who gave it."""
    module, colon, attribute = name.strip().partition(":")
    if not colon or not module or not attribute:
        raise _bad(source, f"{name!r} names no class", "write PACKAGE.MODULE:CLASS")
    try:
        found: Any = import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(f"{error.name}.")):
            fix = "mend the name; under Bazel, add its library to deps"
            raise _bad(source, f"{name!r}: there is no module {error.name}", fix) from None
        raise _bad(source, f"{name!r}: {_failed(error)}", "add what is missing to deps") from None
    except Exception as error:
        raise _bad(source, f"{name!r}: its module can't be imported: {_failed(error)}") from None
    for part in attribute.split("."):
        if not hasattr(found, part):
            meant = nearest(part, [each for each in dir(found) if not each.startswith("_")])
            fix = f"write {module}:{meant}" if meant else ""
            raise _bad(source, f"{name!r}: {module} has no {part}", fix)
        found = getattr(found, part)
    if not isinstance(found, type) or not issubclass(found, BaseModel):
        fix = "name a class that is made from belljar.config.TestSettings"
        raise _bad(source, f"{name!r} is no settings class", fix)
    return found


def _failed(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({Path(last.filename).name}:{last.lineno})"


def _bad(source: str, text: str, fix: str = "") -> BadSettings:
    return BadSettings([Mistake(source, text, fix=fix)])
