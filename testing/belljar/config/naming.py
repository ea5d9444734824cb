"""`settings_class`: the class that `belljar_settings = services.orders.tests.settings:OrdersTestSettings` names."""

from __future__ import annotations

import re
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from belljar.config.errors import BadSettings, Mistake, nearest

__all__ = ["not_a_class", "settings_class"]


def settings_class(name: str, source: str) -> type[BaseModel]:
    """Give the class of that name; `source` says in the error who gave it."""
    module, colon, attribute = name.strip().partition(":")
    if not colon or not attribute or not all(each.isidentifier() for each in module.split(".")):
        raise _bad(source, f"{name!r} names no class", "write PACKAGE.MODULE:CLASS")
    try:
        found: Any = import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(f"{error.name}.")):
            fix = "mend the name; under Bazel, add its library to deps"
            raise _bad(source, f"{name!r}: there is no module {error.name}", fix) from None
        raise _bad(source, f"{name!r}: {_failed(error)}", "add what is missing to deps") from None
    except (Exception, SystemExit) as error:
        fix = ""
        if "circular import" in str(error):
            fix = "break the circle: import one of the two where it is used"
        raise _bad(
            source, f"{name!r}: its module can't be imported: {_failed(error)}", fix
        ) from None
    for part in attribute.split("."):
        if not hasattr(found, part):
            kinds = _classes(found)
            meant = nearest(part, kinds)
            fix = f"write {module}:{meant or 'CLASS'}"
            raise _bad(source, f"{name!r}: {module} has no {part}", fix, kinds)
        found = getattr(found, part)
    if not isinstance(found, type) or not issubclass(found, BaseModel):
        raise BadSettings([not_a_class(source, repr(name))])
    return found


def not_a_class(source: str, name: str) -> Mistake:
    """Give the mistake of what is given for a settings class, and is none."""
    fix = "name a class that is made from belljar.config.TestSettings, or another pydantic model"
    return Mistake(source, f"{name} is no settings class", fix=fix)


def _classes(module: Any) -> list[str]:
    # Those that it is about, not what it is made of.
    home = getattr(module, "__name__", "")
    return sorted(
        name
        for name, each in vars(module).items()
        if isinstance(each, type) and issubclass(each, BaseModel) and each.__module__ == home
    )


def _failed(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return f"SyntaxError: {error.msg} ({Path(error.filename).name}:{error.lineno})"
    last = traceback.extract_tb(error.__traceback__)[-1]
    # Where that is is said in the end, and from the root.
    said = re.sub(r" \(/[^()]*\)$", "", str(error))
    return f"{type(error).__name__}: {said} ({Path(last.filename).name}:{last.lineno})"


def _bad(source: str, text: str, fix: str = "", choices: Sequence[str] = ()) -> BadSettings:
    return BadSettings([Mistake(source, text, choices=choices, fix=fix)])
