"""`Reporting`: what pytest's reports say of breaches, and whether a test fails of them."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Protocol

import pytest

from belljar.fence.client import Fence
from belljar.fence.errors import FenceError

__all__ = ["Reporting"]

_TITLE = "fence"
_OUTPUT = "belljar_fence"


class _Worker(Protocol):
    """What pytest-xdist tells of a worker that has ended."""

    config: pytest.Config
    workeroutput: dict[str, dict[str, list[str]]]


class Reporting:
    """A plugin of one session, which asks its fence after each part of a test.

    Where it does not fail tests, breaches are told in the summary. `header` is for the top of the
    run, "" for nothing; `partial` is what the fence lacks, a phrase.
    """

    def __init__(self, fence: Fence, *, fails: bool, header: str = "", partial: str = "") -> None:
        self._fence = fence
        self._fails = fails
        self._header = header
        self._partial = partial
        # What only the end of the run can tell of; what is late fails it.
        self._told: list[str] = []
        self._late: list[str] = []

    def pytest_report_header(self) -> list[str]:
        """Says whether there is a fence; under Bazel the seal does."""
        return [self._header] if self._header else []

    # Outermost: an expected failure is not what a breach is.
    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Fails the part of a test in which something was out of bounds."""
        report = yield
        if text := self._news():
            self._put_into(report, text)
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self,
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Fails the collection of a module that connects while it is imported."""
        report = yield
        if text := self._news():
            if not self._fails:
                self._told.append(f"{report.nodeid}: {text}")
            self._put_into(report, text)
        return report

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fails the run for what came after the last test; a worker hands on what it has to tell."""
        if text := self._news():
            (self._late if self._fails else self._told).append(f"after the last test: {text}")
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            # Its header is not shown.
            lacking = [f"fence partial ({self._partial})"] if self._partial else []
            output[_OUTPUT] = {"told": lacking + self._told, "late": self._late}
        if self._late and session.exitstatus in (
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: _Worker) -> None:
        """Takes what a worker hands on; one that crashed has nothing."""
        output = getattr(node, "workeroutput", {}).get(_OUTPUT, {})
        self._told += output.get("told", [])
        self._late += output.get("late", [])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Shows what no failed test's report has."""
        for text in dict.fromkeys(self._late):
            terminalreporter.write_line(f"belljar: {text}", red=True)
        told = self._told if self._fails else self._told + _reported(terminalreporter)
        for text in dict.fromkeys(told):
            terminalreporter.write_line(f"belljar: {text}", yellow=True)

    def _news(self) -> str:
        """Gives what was out of bounds since the last call, for a person; "" for nothing."""
        target = os.environ.get("BELLJAR_TARGET", "this test")
        try:
            breaches = self._fence.breaches()
        except FenceError as error:
            # What was reached is not known: that is no success.
            return f"{target}: {error}"
        if not breaches:
            return ""
        from belljar.fence.breach import explain

        return explain(breaches, target)

    def _put_into(self, report: pytest.TestReport | pytest.CollectReport, text: str) -> None:
        if not self._fails or (report.outcome == "failed" and report.longrepr is not None):
            # It failed of something else, or because of the refusal: that stays to be seen.
            report.sections.append((_TITLE, text))
        else:
            report.outcome = "failed"
            report.longrepr = text
            if hasattr(report, "wasxfail"):
                del report.wasxfail


def _reported(terminalreporter: pytest.TerminalReporter) -> list[str]:
    """Gives what the tests' reports tell and nothing shows; those of workers, too."""
    return [
        f"{report.nodeid}: {text}"
        for reports in terminalreporter.stats.values()
        for report in reports
        for title, text in getattr(report, "sections", ())
        if title == _TITLE
    ]
