"""The seed of a run, the stable name of a test, and `derive`: what makes one seed of both.

A test's data depends on these two alone: not on the worker, the shard, the order, the user or the clock.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from belljar.data.deriving import derive
from belljar.data.errors import BadSeed

__all__ = ["INI", "OPTION", "VARIABLE", "derive", "run_seed", "test_name"]

OPTION = "--data-seed"
VARIABLE = "BELLJAR_DATA_SEED"
INI = "belljar_data_seed"
_SEED = pytest.StashKey[int]()
_NAME = pytest.StashKey[str]()
_FILES = pytest.StashKey[dict[str, str]]()
_PREFIX = pytest.StashKey[str]()
_WORKSPACE = ("MODULE.bazel", "WORKSPACE", "WORKSPACE.bazel")


def run_seed(config: pytest.Config) -> int:
    """Give the seed of the run: of the option, else the variable, else the ini file, else 0.

    It is constant unless somebody changes it: a changing one would defeat Bazel's cache. One that is not a number
    raises BadSeed, which names where it was said.
    """
    known = config.stash.get(_SEED, None)
    if known is None:
        known = config.stash[_SEED] = _said(config)
    return known


def _said(config: pytest.Config) -> int:
    option = config.getoption("belljar_data_seed", None)
    if option is not None:
        return _number(option, OPTION, f"{OPTION}=7")
    if variable := os.environ.get(VARIABLE, "").strip():
        return _number(variable, VARIABLE, f"{VARIABLE}=7, or unset it")
    if ini := str(config.getini(INI) or "").strip():
        place = f"{config.inipath.name}, {INI}" if config.inipath else INI
        return _number(ini, place, f"{INI} = 7, or leave it out")
    return 0


def _number(text: object, place: str, example: str) -> int:
    try:
        return int(str(text).strip(), 10)
    except ValueError:
        raise BadSeed(
            f"{text!r} is not a number: the seed of the run's data is a whole number",
            place=place,
            fix=f"say {example}",
        ) from None


def test_name(item: pytest.Item) -> str:
    """Give the name that a test has everywhere: its file from the workspace's root, its class, function and parameters.

    That is pytest's node id, with "/" on every system and without the "@group" that xdist adds. Where pytest takes a
    folder of the workspace for its root, the way from the workspace's own root is put before it.
    """
    known = item.stash.get(_NAME, None)
    if known is None:
        known = item.stash[_NAME] = _named(item)
    return known


# pytest would collect it from a module that imports it.
test_name.__test__ = False  # type: ignore[attr-defined]  # functions take any attribute


def _named(item: pytest.Item) -> str:
    nodeid = item.nodeid
    plain = f"{item.parent.nodeid}::{item.name}" if item.parent is not None else nodeid
    if nodeid.startswith(f"{plain}@"):
        nodeid = plain
    file, colons, rest = nodeid.partition("::")
    files = item.config.stash.setdefault(_FILES, {})
    if file not in files:
        files[file] = _file(item, file)
    return files[file] + colons + rest


def _file(item: pytest.Item, file: str) -> str:
    if not item.path.is_relative_to(item.config.rootpath):
        # pytest names it by a path that has the user's folders in it.
        return _way(item.path.parent, None) + item.path.name
    if "BELLJAR_TARGET" not in os.environ:
        inside = _workspace_below(item.config.rootpath, item.path.parent)
        if inside is not None:
            # pytest's root is above: in the workspace itself the test has a shorter name.
            return item.path.relative_to(inside).as_posix()
    return _prefix(item.config) + file.replace("\\", "/")


def _workspace_below(root: Path, folder: Path) -> Path | None:
    """Return the nearest workspace that a folder is in, if it is below pytest's root."""
    for one in (folder, *folder.parents):
        if one == root:
            return None
        if any((one / mark).exists() for mark in _WORKSPACE):
            return one
    return None


def _prefix(config: pytest.Config) -> str:
    known = config.stash.get(_PREFIX, None)
    if known is None:
        # The runner's root is the workspace's already; its folders hold links to anything.
        under_bazel = "BELLJAR_TARGET" in os.environ
        known = "" if under_bazel else _way(config.rootpath, config.inipath)
        config.stash[_PREFIX] = known
    return known


def _way(folder: Path, inipath: Path | None) -> str:
    """Give the way to a folder from the root of its workspace, with "/" at its end; "" where there is none.

    Without an ini file pytest's root depends on what was named on the command line: a checkout's own does not.
    """
    folders = [folder, *folder.parents]
    for marks in (_WORKSPACE,) if inipath else (_WORKSPACE, (".git",)):
        for root in folders:
            if any((root / mark).exists() for mark in marks):
                way = folder.relative_to(root).as_posix()
                return "" if way == "." else f"{way}/"
    return ""
