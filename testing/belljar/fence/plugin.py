"""The pytest plugin of the fence: a breach fails the test that runs, also one that the code swallowed.

Under Bazel the runner has put the fence up already. Under plain pytest the ini option `belljar_fence`
does: off (the default), on, or report (nothing fails). BELLJAR_FENCE in the environment goes before it.
"""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest

from belljar.fence.breach import Breach, explain
from belljar.fence.client import Client, Fence, NullFence, current, enter
from belljar.fence.errors import BadFenceSetting, FenceUnavailable
from belljar.fence.starting import SEEN, mode

_MODES = ("off", "on", "report")
_TITLE = "fence"

_state = pytest.StashKey["_State"]()


class _State:
    """The fence, and how strict a session is about it."""

    def __init__(self, fence: Fence, *, fails: bool, header: str) -> None:
        self.fence = fence
        self.fails = fails
        self.header = header
        # What only the end of the run can tell of, and what is reported and fails nothing.
        self.told: list[str] = []
        self.late: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the ini option."""
    parser.addini(
        "belljar_fence",
        "off, on or report: whether a test that connects to what it does not declare fails",
        default="off",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Puts the fence up, or finds the one that stands."""
    try:
        asked = mode() or str(config.getini("belljar_fence"))
        if asked not in (*_MODES, "audit"):
            raise BadFenceSetting(
                f"belljar_fence = {asked} in {config.inipath or 'the ini file'}: choose one of "
                f"{', '.join(_MODES)}"
            )
        state = _entered(config, asked)
    except BadFenceSetting as error:
        raise pytest.UsageError(str(error)) from None
    if state is not None:
        config.stash[_state] = state


def _entered(config: pytest.Config, asked: str) -> _State | None:
    fence = current()
    if (isinstance(fence, Client) and fence.own_session) or _audits(fence):
        # This very process was put inside, by the runner.
        return _State(fence, fails=asked != "report", header="")
    worker = hasattr(config, "workerinput")
    if worker and os.environ.get(SEEN):
        asked = "audit" if os.environ[SEEN] == "audit" else "on"
    if asked == "off":
        return None
    if not worker and getattr(config.option, "numprocesses", None):
        return None  # the workers have one each
    # Of a run with workers all is its own: a server that the controller has started, too.
    root = os.getppid() if worker else os.getpid()
    header = "belljar: fence on"
    try:
        if asked == "audit":
            raise FenceUnavailable("as BELLJAR_FENCE asks")
        fence = _kernel_fence(fence, root)
        if fence.partial:
            header = f"belljar: fence partial ({fence.partial})"
    except FenceUnavailable as reason:
        from belljar.fence.auditing import AuditFence

        fence = AuditFence(private=False, folders=())
        enter(fence)
        header = f"belljar: fence partial (only around Python code of this process: {reason})"
    return _State(fence, fails=asked != "report", header=header)


def _audits(fence: Fence) -> bool:
    return not isinstance(fence, Client | NullFence)


def _kernel_fence(fence: Fence, root: int) -> Client:
    from belljar.fence.companion import start_companion
    from belljar.fence.declared import Declared

    if not isinstance(fence, Client):
        return start_companion(root=root)
    # Inside of another test's: its supervisor serves this run as well.
    fence.open_inner_session(Declared.read())
    return fence


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Says whether there is a fence; under Bazel the seal does."""
    state = config.stash.get(_state, None)
    return [state.header] if state is not None and state.header else []


# Outermost: an expected failure is not what a breach is.
@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fails the part of a test in which something was out of bounds."""
    report = yield
    state = item.config.stash.get(_state, None)
    if state is not None and (breaches := state.fence.breaches()):
        _put_into(report, breaches, state)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fails the collection of a module that connects while it is imported."""
    report = yield
    state = collector.config.stash.get(_state, None)
    if state is not None and (breaches := state.fence.breaches()):
        _put_into(report, breaches, state)
    return report


def _put_into(
    report: pytest.TestReport | pytest.CollectReport, breaches: list[Breach], state: _State
) -> None:
    text = explain(breaches, os.environ.get("BELLJAR_TARGET", "this test"))
    if not state.fails:
        report.sections.append((_TITLE, text))
        state.told.append(f"{report.nodeid}: {text}")
    elif report.outcome == "failed" and report.longrepr is not None:
        # It failed of something else, or because of the refusal: that stays to be seen.
        report.sections.append((_TITLE, text))
    else:
        report.outcome = "failed"
        report.longrepr = text
        if hasattr(report, "wasxfail"):
            del report.wasxfail


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fails the run for what came after the last test."""
    state = session.config.stash.get(_state, None)
    if state is None or not (breaches := state.fence.breaches()):
        return
    text = explain(breaches, os.environ.get("BELLJAR_TARGET", "this test"))
    (state.late if state.fails else state.told).append(text)
    if state.fails and session.exitstatus in (
        pytest.ExitCode.OK,
        pytest.ExitCode.NO_TESTS_COLLECTED,
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Shows what no test's report has."""
    state = config.stash.get(_state, None)
    if state is None:
        return
    for text in state.late:
        terminalreporter.write_line(f"belljar: after the last test: {text}", red=True)
    for text in state.told:
        terminalreporter.write_line(f"belljar: {text}", yellow=True)
