"""The pytest plugin of the runner: selection, shards, results and interruption, inside pytest."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from _pytest.junitxml import xml_key

from belljar.redaction import redact
from belljar.redaction.concealed import concealed
from belljar.runner import interruption
from belljar.runner.protocol import Protocol
from belljar.runner.rewriting import spare_rewriting
from belljar.runner.selection import FilterError, matcher, shard
from belljar.runner.supervision import note_running

# pytest has its own finder in place when it loads this plugin, and loads those of the wheels next.
spare_rewriting()

_state = pytest.StashKey["_State"]()


class _State:
    """What one session knows: the protocol, what was collected, which test runs now."""

    def __init__(self) -> None:
        self.protocol = Protocol.read()
        self.found = 0
        self.running: tuple[str, tuple[str, int | None, str]] | None = None
        self.latest = ""
        self.missing: set[str] = set()
        self.undo: Callable[[], None] = lambda: None


def pytest_addoption(parser: pytest.Parser) -> None:
    """Takes xdist's options where a target has no xdist: ini files ask for it for plain pytest."""
    if importlib.util.find_spec("xdist") is None:
        group = parser.getgroup("xdist")
        group._addoption("-n", "--numprocesses", dest="belljar_no_workers")
        for option in ("--dist", "--maxprocesses", "--max-worker-restart"):
            group.addoption(option, dest="belljar_no_workers")


def pytest_configure(config: pytest.Config) -> None:
    state = config.stash[_state] = _State()
    protocol = state.protocol
    if not hasattr(config, "workerinput"):
        if protocol.shard_status:
            protocol.shard_status.touch()
        state.undo = interruption.watch(lambda: _save_partial(config), lambda: state.latest)


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    xml = session.config.stash.get(xml_key, None)
    if xml is None:
        return
    state = session.config.stash[_state]
    properties = {
        "belljar.seal": os.environ.get("BELLJAR_SEAL_SEEN", ""),
        "belljar.target": os.environ.get("BELLJAR_TARGET", ""),
        "belljar.layer": os.environ.get("BELLJAR_LAYER", ""),
        "belljar.attempt": str(state.protocol.attempt()),
        "belljar.run": str(state.protocol.run_number),
        "belljar.seed": _seed(state.protocol),
        "belljar.python": sys.version.split()[0],
    }
    for name, value in properties.items():
        xml.add_global_property(name, value)


def _seed(protocol: Protocol) -> str:
    return protocol.random_seed or os.environ.get("PYTHONHASHSEED", "")


def pytest_report_header(config: pytest.Config) -> list[str]:
    protocol = config.stash[_state].protocol
    lines = [
        f"belljar: {os.environ.get('BELLJAR_SEAL_SEEN', '')}, layer {os.environ.get('BELLJAR_LAYER', '')}"
    ]
    run = []
    if protocol.shard_total:
        run.append(f"shard {protocol.shard_index + 1} of {protocol.shard_total}")
    if protocol.run_number > 1:
        run.append(f"run {protocol.run_number}")
    if protocol.attempt() > 1:
        run.append(f"attempt {protocol.attempt()}")
    if protocol.test_filter:
        run.append(f"filter {protocol.test_filter!r}")
    return lines + ([f"belljar: {', '.join(run)}"] if run else [])


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Iterator[None]:
    state = config.stash[_state]
    protocol = state.protocol
    state.found += len(items)
    yield
    kept = list(items)
    if protocol.test_filter:
        kept = _filtered(protocol.test_filter, kept)
    if protocol.shard_total > 1:
        mine = shard([item.nodeid for item in kept], protocol.shard_index, protocol.shard_total)
        kept = [item for item in kept if item.nodeid in mine]
    if len(kept) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = kept


def _filtered(text: str, items: list[pytest.Item]) -> list[pytest.Item]:
    from _pytest.mark import KeywordMatcher

    try:
        matches = matcher(text, [item.nodeid for item in items])
    except FilterError as error:
        raise pytest.UsageError(str(error)) from None
    return [item for item in items if matches(item.nodeid, KeywordMatcher.from_item(item))]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    state = item.config.stash[_state]
    state.running = (item.nodeid, item.location)
    state.latest = item.nodeid
    note_running(item.nodeid)
    result = yield
    state.running = None
    state.latest = ""
    note_running("")
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    state = session.config.stash[_state]
    protocol = state.protocol
    # With workers it is they who collect.
    told = protocol.test_filter or protocol.shard_total > 1
    found = state.found or (told and session.config.pluginmanager.has_plugin("dsession"))
    # Another shard has them, or another target matches. A person who runs one target and gets
    # nothing has mistyped.
    empty = session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED
    if empty and found and not protocol.interactive:
        session.exitstatus = pytest.ExitCode.OK


def pytest_exception_interact(
    node: pytest.Item | pytest.Collector, report: pytest.CollectReport | pytest.TestReport
) -> None:
    """Notes what could not be imported: most often a dependency that the target does not declare."""
    found = re.findall(r"ModuleNotFoundError: No module named '([\w.]+)'", report.longreprtext)
    node.config.stash[_state].missing.update(found)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, exitstatus: int, config: pytest.Config
) -> None:
    for module in sorted(config.stash[_state].missing):
        terminalreporter.write_line(
            f"belljar: {module} is not among the dependencies of "
            f"{os.environ.get('BELLJAR_TARGET', 'this target')}: add its library, or "
            f'requirement("{module.partition(".")[0]}") if it is a wheel, to deps in the BUILD file. '
            "A wheel has to be in requirements.in, too.",
            red=True,
        )
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and not config.stash[_state].found:
        target = os.environ.get("BELLJAR_TARGET", "this target")
        terminalreporter.write_line(
            f"belljar: {target} has no test: its files define no test_* function or Test* class. "
            "Add one, or delete the target.",
            red=True,
        )


def pytest_warning_recorded(warning_message: warnings.WarningMessage, nodeid: str) -> None:
    place = os.environ.get("TEST_WARNINGS_OUTPUT_FILE")
    if place:
        with Path(place).open("a", encoding="utf-8") as file:
            line = f"{nodeid or warning_message.filename}: {warning_message.message}"
            file.write(f"{redact(line)}\n")


def pytest_unconfigure(config: pytest.Config) -> None:
    state = config.stash.get(_state, None)
    if state is not None:
        state.undo()


def _save_partial(config: pytest.Config) -> None:
    """Writes the JUnit file with what there is, and an error for the test that was running."""
    xml = config.stash.get(xml_key, None)
    state = config.stash[_state]
    if xml is None:
        return
    if state.running is not None:
        nodeid, location = state.running
        for when, outcome in (("call", "failed"), ("teardown", "passed")):
            xml.pytest_runtest_logreport(
                pytest.TestReport(
                    nodeid=nodeid,
                    location=location,
                    keywords={},
                    outcome=outcome,  # type: ignore[arg-type]  # a literal, through a loop
                    longrepr="stopped by SIGTERM while it ran; the log has every thread's stack"
                    if outcome == "failed"
                    else None,
                    when=when,  # type: ignore[arg-type]  # likewise
                )
            )
        state.running = None
    if concealed:
        from belljar.redaction.reports import redact_junit

        redact_junit(xml)
    xml.pytest_sessionfinish()
