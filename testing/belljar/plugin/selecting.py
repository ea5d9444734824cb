"""`Selecting`: which tests a run takes, by `--run-unit` and its like, `-m`, and what stands aside.

perf tests want the machine to themselves and docker tests want an engine: both are left out
unless the run names them, and the summary says how many there were.
"""

from __future__ import annotations

import argparse
import os
import re
from collections import Counter
from typing import Final, Protocol

import pytest

from belljar.plugin.layers import LAYERS

__all__ = ["ASIDE", "DOCKER", "Selecting", "add_run_options"]

DOCKER: Final = "docker"
ASIDE: Final = ("perf", DOCKER)
_OUTPUT = "belljar_left_out"
LAYER = pytest.StashKey[str]()


class Worker(Protocol):
    """What pytest-xdist tells of a worker that has ended."""

    workeroutput: dict[str, dict[str, int]]


def add_run_options(parser: pytest.Parser) -> list[str]:
    """Adds `--run-unit` and its like; gives those that somebody else has already, and which stay theirs."""
    group = parser.getgroup("belljar", "layers of the suite")
    taken = []
    for name in (*LAYERS, DOCKER):
        option, words = f"--run-{name}", "may be given with others of its kind; as -m does"
        try:
            group.addoption(
                option,
                action="store_true",
                dest=f"belljar_run_{name}",
                help=f"run the {name} tests; {words}",
            )
        except (ValueError, argparse.ArgumentError):
            taken.append(option)
    return taken


class Selecting:
    """A plugin of one run; it decides after `-m` and `-k` have."""

    def __init__(self, config: pytest.Config) -> None:
        self._asked = {
            name
            for name in (*LAYERS, DOCKER)
            if config.getoption(f"belljar_run_{name}", default=False)
        }
        # Bazel has chosen the target already, by its tags.
        target = os.environ.get("BELLJAR_LAYER", "")
        self._named = self._asked | ({target, DOCKER} if target else set())
        self._named |= set(re.findall(r"\w+", config.option.markexpr or ""))
        self._left: Counter[str] = Counter()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Leaves out what was not asked for."""
        kept: list[pytest.Item] = []
        left: list[pytest.Item] = []
        for item in items:
            (kept if self._wanted(item) else left).append(item)
        if left:
            items[:] = kept
            config.hook.pytest_deselected(items=left)

    def _wanted(self, item: pytest.Item) -> bool:
        layer = item.stash.get(LAYER, "")
        docker = DOCKER in item.keywords and item.get_closest_marker(DOCKER) is not None
        if self._asked and layer not in self._asked and not (docker and DOCKER in self._asked):
            return False
        for name, is_one in (("perf", layer == "perf"), (DOCKER, docker)):
            if is_one and name not in self._named:
                self._left[name] += 1
                return False
        return True

    @pytest.hookimpl
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Lets a worker of pytest-xdist hand its count on."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_OUTPUT] = dict(self._left)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Worker) -> None:
        """Takes a worker's count: each has collected all tests."""
        self._left |= Counter(getattr(node, "workeroutput", {}).get(_OUTPUT, {}))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Says how many were left out that nobody has asked to leave out."""
        if self._left:
            told = [
                f"{count} {name} test{'s' * (count > 1)} (--run-{name} runs {'them' if count > 1 else 'it'})"
                for name, count in self._left.items()
            ]
            terminalreporter.write_line(f"belljar: left out {' and '.join(told)}")
