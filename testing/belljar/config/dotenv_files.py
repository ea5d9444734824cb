"""`dotenv_variables`: the variables of `.env` and `.env.<profile>`, with the line of each.

A value is taken as it stands: nothing is put in for `${NAME}`, for a password may have a dollar.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import NamedTuple

from belljar.config.asked import Asked
from belljar.config.errors import Mistake
from belljar.config.files import read_text, shown
from belljar.config.profiles import is_name

__all__ = ["DotenvLine", "dotenv_variables"]


class DotenvLine(NamedTuple):
    """One variable of a file; `place` is the file and the line."""

    file: Path
    place: str
    name: str
    value: str


def dotenv_variables(asked: Asked, mistakes: list[Mistake]) -> list[list[DotenvLine]]:
    """Give the variables of each file that is there, lowest first."""
    files = [asked.root / ".env"]
    if is_name(asked.profile):
        files.append(asked.root / f".env.{asked.profile}")
    # A dangling link is a mistake, too.
    return [
        _variables(file, asked, mistakes) for file in files if file.exists() or file.is_symlink()
    ]


def _variables(file: Path, asked: Asked, mistakes: list[Mistake]) -> list[DotenvLine]:
    text = read_text(file, asked.root)
    if isinstance(text, Mistake):
        mistakes.append(text)
        return []
    from dotenv.parser import parse_stream

    name = shown(file, asked.root)
    found: dict[str, DotenvLine] = {}
    for binding in parse_stream(io.StringIO(text)):
        # The line of a binding is where the blank lines before it begin.
        before = len(binding.original.string) - len(binding.original.string.lstrip())
        line = binding.original.line + binding.original.string.count("\n", 0, before)
        place = f"{name}:{line}"
        if binding.error:
            # Not the line itself: it may hold a secret.
            line_of = binding.original.string.strip().partition("\n")[0]
            quoted = line_of.count("'") % 2 or line_of.count('"') % 2
            fix = "write NAME=VALUE" + (", and close the quote" if quoted else "")
            mistakes.append(Mistake(place, "is no line of a .env file", fix=fix))
            continue
        key = binding.key
        if key is None or not key.upper().startswith(asked.prefix):
            continue
        if binding.value is None:
            mistakes.append(Mistake(place, f"{key} has no value", fix=f"write {key}=VALUE"))
            continue
        twin = found.get(key.upper())
        if twin is not None:
            mistakes.append(
                Mistake(
                    place, f"{key} is said twice; first in {twin.place}", fix="keep one of them"
                )
            )
            continue
        found[key.upper()] = DotenvLine(file, place, key, binding.value)
    return list(found.values())
