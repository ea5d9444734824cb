"""The pytest plugin of the fence: a breach fails the test that runs, also one that the code swallowed.

Under Bazel the runner has put the fence up already. Under plain pytest the ini option `belljar_fence`
does: off (the default), on, or report (nothing is refused, and nothing fails). BELLJAR_FENCE in the
environment goes before it. Where there is no fence, nothing more of it is loaded than this.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from belljar.fence.errors import BadFenceSetting, FenceUnavailable
from belljar.fence.starting import SEEN, declared, mode

if TYPE_CHECKING:
    from belljar.fence.client import Client, Fence
    from belljar.fence.reporting import Reporting

_MODES = ("off", "on", "report")


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
        if asked != "off" or SEEN in os.environ:
            reporting = _entered(config, asked)
            if reporting is not None:
                config.pluginmanager.register(reporting, "belljar-fence-reporting")
    except BadFenceSetting as error:
        raise pytest.UsageError(str(error)) from None


def _entered(config: pytest.Config, asked: str) -> Reporting | None:
    from belljar.fence.client import Client, NullFence, current, enter
    from belljar.fence.reporting import Reporting

    fails = asked != "report"
    fence = current()
    if fence.own_session if isinstance(fence, Client) else not isinstance(fence, NullFence):
        # This very process was put inside, by the runner.
        return Reporting(fence, fails=fails)
    worker = hasattr(config, "workerinput")
    if worker and not mode() and SEEN in os.environ:
        asked = os.environ[SEEN]
    if asked == "off":
        return None
    header = f"belljar: fence {'on' if fails else 'reports'}"
    if not worker and getattr(config.option, "numprocesses", None):
        from belljar.fence.companion import set_mark

        set_mark()
        return Reporting(NullFence(), fails=fails, header=f"{header}, one around each worker")
    try:
        if asked == "audit":
            raise FenceUnavailable("as BELLJAR_FENCE asks")
        fence = _kernel_fence(fence, worker=worker, refuses=fails)
        partial = fence.partial
    except FenceUnavailable as reason:
        from belljar.fence.auditing import AuditFence

        fence = AuditFence(private=False, folders=(), refuses=fails)
        enter(fence)
        partial = f"only around Python code of this process: {reason}"
    if partial:
        header = f"belljar: fence partial ({partial})"
    return Reporting(fence, fails=fails, header=header, partial=partial)


def _kernel_fence(fence: Fence, *, worker: bool, refuses: bool) -> Client:
    from belljar.fence.client import Client
    from belljar.fence.companion import MARK, start_companion

    if isinstance(fence, Client):
        # Inside of another test's: its supervisor serves this run as well.
        fence.open_inner_session(declared(), refuses=refuses)
        return fence
    # Of a run with workers all is its own: a server that the controller has started, too.
    root = os.getppid() if worker else os.getpid()
    mark = os.environ.get(MARK, "") if worker else ""
    return start_companion(root=root, refuses=refuses, mark=mark)
