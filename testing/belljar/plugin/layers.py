"""Layers of a suite: which there are, and which one a test is in, with who says so.

Three may say it: a marker on the test (or its class or module), the macro of the test's target in a BUILD file,
and the folder nearest to it of that name (tests/unit/...), or that `belljar_layers` names. Where they
part, the marker wins, then the macro, then the folder; in strict mode they have to agree.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from belljar.plugin.errors import BadLayerSetting
from belljar.plugin.macros import MacroFinder

__all__ = ["LAYERS", "Layering", "Said", "layer_of", "layering_of", "one_of"]

LAYERS: Final = {
    "unit": "memory, SQLite and in-process mocks; nothing outside its own process",
    "integration": "its own PostgreSQL and Valkey, and mock services",
    "e2e": "the whole service graph, as processes",
    "perf": "the graph under load; left out unless asked for",
}
INI = "belljar_layers"
# The folder of that name, or path, says nothing.
_NONE = "none"


class Said(NamedTuple):
    """One voice on the layer of a test."""

    layer: str
    kind: str
    """marker, macro or folder."""
    where: str
    """For a person: "its folder tests/unit"."""


class Layering:
    """What is known of a run's folders and BUILD files; each is looked at once."""

    def __init__(self, config: pytest.Config) -> None:
        self._root = config.rootpath
        self._named = {name: name for name in LAYERS}
        for line in config.getini(INI):
            self._named.update([_mapping(line, config)])
        self._macros = MacroFinder(self._root)
        # What marks tests for `-m`; it repeats what was said, and is no voice of its own.
        self.marks = {layer: getattr(pytest.mark, layer) for layer in LAYERS}
        self._of_file: dict[Path, list[Said]] = {}
        self._of_folder: dict[Path, Said | None] = {}

    def said_of_file(self, path: Path) -> list[Said]:
        """Gives what the macros and the folder of a test file say, the one to follow first."""
        known = self._of_file.get(path)
        if known is None:
            folder = self._folder(path.parent)
            known = self._of_file[path] = [*self._macro(path), *([folder] if folder else [])]
        return known

    def said_of(self, item: pytest.Item | pytest.File) -> list[Said]:
        """Gives all that is said of a test's layer, the one to follow first."""
        marks = [
            mark.name
            for mark in item.iter_markers()
            if mark.name in LAYERS and mark is not self.marks[mark.name].mark
        ]
        said = [Said(name, "marker", f"its marker {name}") for name in dict.fromkeys(marks)]
        return said + self.said_of_file(item.path)

    def mark(self, item: pytest.Item) -> str:
        """Gives the layer of a test, and marks it so if nothing else does; "" where nothing says it."""
        for mark in item.iter_markers():
            if mark.name in LAYERS:
                return mark.name
        said = self.said_of_file(item.path)
        if not said:
            return ""
        item.add_marker(self.marks[said[0].layer])
        return said[0].layer

    def trouble_with(self, path: Path) -> str:
        """Gives why the BUILD file of a test file says nothing, if it could not be read."""
        return self._macros.trouble_with(path)

    def _macro(self, path: Path) -> list[Said]:
        of_target = os.environ.get("BELLJAR_LAYER", "")
        if of_target:
            target = os.environ.get("BELLJAR_TARGET", "its target")
            return [Said(of_target, "macro", f"py_{of_target}_test of {target}")]
        return [
            Said(layer, "macro", f"py_{layer}_test in {self._shown(build)}")
            for layer, build in self._macros.layers_of(path)
        ]

    def _folder(self, folder: Path) -> Said | None:
        if folder not in self._of_folder:
            self._of_folder[folder] = self._said_by(folder)
        return self._of_folder[folder]

    def _said_by(self, folder: Path) -> Said | None:
        shown = self._shown(folder)
        layer = self._named.get(shown) or self._named.get(folder.name, "")
        if layer:
            return None if layer == _NONE else Said(layer, "folder", f"its folder {shown}")
        # Above the root, too, for what lies outside of it.
        return None if folder in (self._root, folder.parent) else self._folder(folder.parent)

    def _shown(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix() if self._inside(path) else path.as_posix()

    def _inside(self, path: Path) -> bool:
        return path.is_relative_to(self._root)


_LAYERING = pytest.StashKey[Layering]()


def layering_of(config: pytest.Config) -> Layering:
    """Gives the run's `Layering`."""
    if _LAYERING not in config.stash:
        config.stash[_LAYERING] = Layering(config)
    return config.stash[_LAYERING]


def layer_of(item: pytest.Item) -> str:
    """Gives the layer of a test, or "" where nothing says it."""
    said = layering_of(item.config).said_of(item)
    return said[0].layer if said else ""


def one_of(layers: object = None) -> str:
    """Gives layers for a sentence: "unit, integration, e2e or perf"."""
    names = list(LAYERS) if layers is None else [str(layer) for layer in layers]  # type: ignore[attr-defined]  # any iterable
    return " or ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _mapping(line: str, config: pytest.Config) -> tuple[str, str]:
    folder, colon, layer = (part.strip() for part in line.partition(":"))
    if not (folder and colon and (layer in LAYERS or layer == _NONE)):
        raise BadLayerSetting(
            f"{INI} in {config.inipath or 'the ini file'}: {line!r} is no folder with its layer; write "
            f"FOLDER: LAYER, where the layer is {one_of([*LAYERS, _NONE])}"
        )
    return folder.strip("/"), layer
