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

from belljar.plugin.errors import UnknownOption
from belljar.plugin.layers import LAYERS

__all__ = ["ASIDE", "DOCKER", "Selecting", "add_run_options", "refuse_misspelt"]

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


def refuse_misspelt(config: pytest.Config, parser: pytest.Parser) -> None:
    """Says what was probably meant by an option that nobody has; pytest would only say that it is unknown."""
    ours = [f"--run-{name}" for name in (*LAYERS, DOCKER)]
    unknown = [
        word.partition("=")[0]
        for word in parser.parse_known_and_unknown_args(list(config.invocation_params.args))[1]
        if word.startswith("--run")
    ]
    for option in unknown:
        from difflib import get_close_matches

        begun = [name for name in ours if name.startswith(option) and option != "--run"]
        if meant := begun or get_close_matches(option, ours, 1, 0.75):
            raise UnknownOption(
                f"there is no option {option}; write {meant[0]}, or choose of {', '.join(ours)}"
            )


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
        is_one = {"perf": layer == "perf", DOCKER: docker}
        missed = [name for name in ASIDE if is_one[name] and name not in self._named]
        if missed:
            self._left[" and ".join(missed)] += 1
        return not missed

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
                f"{count} {name} test{'s' * (count > 1)} (--run-{name.replace(' and ', ' --run-')} "
                f"run{'s' * (' ' not in name)} {'them' if count > 1 else 'it'})"
                for name, count in self._left.items()
            ]
            terminalreporter.write_line(f"belljar: left out {' and '.join(told)}")
