"""`find_ini`: what pytest's ini file says about settings, for a program that runs without pytest."""

from __future__ import annotations

import tomllib
from configparser import Error, RawConfigParser
from pathlib import Path

from belljar.config.errors import BadSettings, Mistake

__all__ = ["find_ini"]

_PREFIX = "belljar_"
_FILES = (
    ("pytest.ini", "pytest"),
    (".pytest.ini", "pytest"),
    ("pyproject.toml", ""),
    ("tox.ini", "pytest"),
    ("setup.cfg", "tool:pytest"),
)


def find_ini(start: Path) -> tuple[Path, dict[str, str]]:
    """Give the root and what its ini file says, as pytest would: the nearest one above `start`."""
    for folder in (start, *start.parents):
        for name, section in _FILES:
            path = folder / name
            if not path.is_file():
                continue
            found = _toml(path) if not section else _ini(path, section)
            if found is not None:
                return folder, found
    return start, {}


def _ini(path: Path, section: str) -> dict[str, str] | None:
    parser = RawConfigParser(strict=False)
    try:
        parser.read(path, encoding="utf-8")
    except (Error, ValueError) as error:
        raise BadSettings([Mistake(str(path), f"is no ini file: {error}")]) from None
    if not parser.has_section(section):
        # pytest takes an empty pytest.ini for its own.
        return {} if path.name.endswith("pytest.ini") else None
    return {
        key: value
        for key, value in parser.items(section)
        if key.startswith(_PREFIX) or key == "pythonpath"
    }


def _toml(path: Path) -> dict[str, str] | None:
    try:
        tool = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {}).get("pytest")
    except ValueError as error:
        raise BadSettings([Mistake(str(path), f"is no TOML: {error}")]) from None
    if not isinstance(tool, dict):
        return None
    options = tool.get("ini_options", tool)
    return {
        key: " ".join(value) if isinstance(value, list) else str(value)
        for key, value in options.items()
        if key.startswith(_PREFIX) or key == "pythonpath"
    }
