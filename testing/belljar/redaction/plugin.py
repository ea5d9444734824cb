"""Reports, logs and outputs without secrets: what `conceal` has named is written nowhere.

    [pytest]
    belljar_secrets = PAYMENTS_TOKEN *_PASSWORD    # variables whose values are secret

    def test_login(conceal):
        conceal(token := log_in(), "the session's token")

The object that a test sees is never changed, only what is written: terminal, JUnit file, log files, and
at the end all files of TEST_UNDECLARED_OUTPUTS_DIR. Left out with `belljar_without = redaction`.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Generator, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import belljar.redaction
from belljar.redaction.concealed import concealed, redact
from belljar.redaction.environment import conceal_variables
from belljar.redaction.places import places
from belljar.redaction.streams import redact_streams, settle_streams
from belljar.redaction.workers import Controller, Worker

__all__ = ["conceal"]

INI = "belljar_secrets"
# The variables of Bazel that name a file or a folder that is kept.
OUTPUTS = (
    "TEST_UNDECLARED_OUTPUTS_DIR",
    "TEST_UNDECLARED_OUTPUTS_ANNOTATIONS_DIR",
    "TEST_WARNINGS_OUTPUT_FILE",
)
# pytest's options that name a file.
FILES = ("xmlpath", "log_file")
# Those of pytest-html, pytest-json-report, pytest-reportlog and allure-pytest, files or folders, and
# pytest's own: they see what failed past the report that we redact.
REPORTS = ("htmlpath", "json_report_file", "report_log", "allure_report_dir", "debug")
_BEGUN = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ini option."""
    parser.addini(INI, "environment variables with secrets: NAME NAME ..., or *_PASSWORD", "args")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config,
) -> Generator[None, object, object]:
    """Begin before anything of the test suite is imported, and before output is captured."""
    _begin(early_config)
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    """Begin now where a conftest.py loads us; join with the other processes of the run."""
    _begin(config)
    worker = hasattr(config, "workerinput")
    config.pluginmanager.register(Worker(config) if worker else Controller(), "belljar-secrets")


def _begin(config: pytest.Config) -> None:
    if not config.stash.get(_BEGUN, False):
        config.stash[_BEGUN] = True
        # Of these the first is the last: pytest and its plugins have written and closed all by then.
        config.add_cleanup(partial(_finish, config))
        conceal_variables(config.getini(INI))
        concealed.whole()
    redact_streams()


@pytest.fixture(scope="session")
def conceal() -> Callable[[str, str], None]:
    """Give the function that conceals a secret from now on: `conceal(token, "PAYMENTS_TOKEN")`."""
    return belljar.redaction.conceal


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Let the log file have no secret either, once pytest has it open."""
    handler = getattr(
        session.config.pluginmanager.get_plugin("logging-plugin"), "log_file_handler", None
    )
    if handler is not None:
        from belljar.redaction.logs import Redacting

        handler.setFormatter(Redacting(handler.formatter))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Take secrets out of the names of parametrised tests: files and folders are called so, too."""
    if not concealed:
        return
    known = {item.nodeid for item in items}
    for item in items:
        clean = redact(item.nodeid)
        if clean == item.nodeid:
            continue
        ending, number = "", 1
        while f"{clean}{ending}" in known:
            number += 1
            ending = f"-{number}"
        known.add(f"{clean}{ending}")
        _rename(item, f"{clean}{ending}", f"{redact(item.name)}{ending}")


def _rename(item: Any, nodeid: str, name: str) -> None:
    item.name = name
    if hasattr(item, "_id"):  # since pytest 9.2
        item._id = type(item._id).parse(nodeid)
    else:
        item._nodeid = nodeid


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> Generator[None]:
    """Let nobody see a report with a secret: terminal, JUnit file, another worker, others' plugins."""
    if concealed:
        from belljar.redaction.reports import redact_report

        redact_report(report)
    yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collectreport(report: pytest.CollectReport) -> Generator[None]:
    """The same for what could not be collected."""
    if concealed and not report.passed:
        from belljar.redaction.reports import redact_report

        redact_report(report)
    yield


# It can have no wrapper.
@pytest.hookimpl(tryfirst=True)
def pytest_warning_recorded(warning_message: warnings.WarningMessage) -> None:
    """And for warnings."""
    if concealed:
        from belljar.redaction.reports import redact_warning

        redact_warning(warning_message)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Go through what the JUnit file will have: a secret may have been concealed after its test."""
    if concealed:
        from _pytest.junitxml import xml_key

        from belljar.redaction.reports import redact_junit

        xml = session.config.stash.get(xml_key, None)
        if xml is not None:
            redact_junit(xml)


def _finish(config: pytest.Config) -> None:
    """Go through all files that the run has written; workers leave that to their controller."""
    if concealed and not hasattr(config, "workerinput"):
        from belljar.redaction.files import redact_places, redact_reports

        reports = _named(config, REPORTS)
        for line in [*redact_places(_written(config)), *redact_reports(reports)]:
            print(f"belljar: {line}", file=sys.stderr)
    settle_streams()


def _written(config: pytest.Config) -> list[Path]:
    named = [config.getini("log_file"), *(os.environ.get(name) for name in OUTPUTS)]
    return [*_named(config, FILES), *(Path(place) for place in named if place), *places()]


def _named(config: pytest.Config, options: Iterable[str]) -> list[Path]:
    values = [getattr(config.option, name, None) for name in options]
    return [Path(value) for value in values if value and isinstance(value, str)]
