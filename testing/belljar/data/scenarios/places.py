"""`scenarios_of`: where a test's scenarios are: folders that the ini file names, else those around the test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from belljar.data.scenarios.finding import Scenarios

__all__ = ["FOLDER", "INI", "scenarios_of"]

INI = "belljar_scenarios"
FOLDER = "scenarios"


def scenarios_of(request: pytest.FixtureRequest) -> Scenarios:
    """Return the folders, nearest first: `scenarios/` beside the test's file, and in each folder above it."""
    from belljar.data.scenarios.finding import Scenarios

    config = request.config
    root = config.rootpath
    try:
        named: list[str] = list(config.getini(INI) or ())
    except ValueError:  # our plugin is left out
        named = []
    folders = [root / name for name in named]
    for folder in (request.path.parent, *request.path.parent.parents):
        place = folder / FOLDER
        if place.is_dir() or folder == root:
            folders.append(place)
        if folder == root:
            break
    return Scenarios(*map(_short, folders))


def _short(path: Path) -> Path:
    """As the user would type it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
