"""`Strict`: in strict mode every test is in one layer, and all that are not are named at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Protocol

import pytest

from belljar.plugin.errors import NoSingleLayer
from belljar.plugin.layers import Said, layering_of, one_of
from belljar.plugin.moving import place_of

__all__ = ["INI", "Strict"]

INI = "belljar_strict_layers"
_OUTPUT = "belljar_strays"


class Worker(Protocol):
    """What pytest-xdist tells of a worker that has ended."""

    workeroutput: dict[str, str]


class Strict:
    """A plugin of one run."""

    def __init__(self) -> None:
        self._strays = ""

    def judge(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Ends the run if tests are in no layer, or in two; a worker leaves that to its controller."""
        self._strays = strays(config, items)
        if self._strays and hasattr(config, "workerinput"):
            # An exception would be shown as a crash, once for each worker.
            items.clear()
        elif self._strays:
            raise NoSingleLayer(self._strays)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hands on what a worker has found; the controller ends as it would have without workers."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_OUTPUT] = self._strays
        elif self._strays:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Worker) -> None:
        """Takes what a worker has found: each has collected all tests."""
        self._strays = getattr(node, "workeroutput", {}).get(_OUTPUT, "") or self._strays

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Shows what workers have found."""
        if self._strays and terminalreporter.config.pluginmanager.has_plugin("dsession"):
            terminalreporter.write_line(f"ERROR: {self._strays}", red=True)


def strays(config: pytest.Config, items: Sequence[pytest.Item]) -> str:
    """Gives what is said of tests that are in no layer or in two, "" if there are none."""
    layering = layering_of(config)
    # What a linter's plugin collects is no test of any layer.
    tests = [item for item in items if isinstance(item, pytest.Function)]
    found = [item for item in tests if len({each.layer for each in layering.said_of(item)}) != 1]
    if not found:
        return ""
    voices_of: defaultdict[str, set[tuple[Said, ...]]] = defaultdict(set)
    for item in tests:
        voices_of[_whole(item)].add(tuple(layering.said_of(item)))
    lines: dict[str, None] = {}
    troubles: dict[str, None] = {}
    for item in found:
        said = layering.said_of(item)
        # The cases of one test are one line, where they are all alike.
        place = _whole(item) if len(voices_of[_whole(item)]) == 1 else place_of(item)
        if said:
            voices = " and ".join(f"{each.layer} by {each.where}" for each in said)
            lines[f"  {place} is {voices}"] = None
        else:
            lines[f"  {place} is in none"] = None
            if trouble := layering.trouble_with(item.path):
                troubles[f"  could not be read: {trouble}"] = None
    return "\n".join(
        [
            f"{INI}: {len(lines)} test{'s are' if len(lines) > 1 else ' is'} not in one layer:",
            *lines,
            *troubles,
            f"a test is in {one_of()}, by its macro (py_unit_test in a BUILD file), its folder "
            "(tests/unit, or a line of belljar_layers in the ini file) or its marker "
            "(@pytest.mark.unit): one of them is enough, and all that speak have to agree",
        ]
    )


def _whole(item: pytest.Item) -> str:
    return place_of(item).partition("[")[0]
