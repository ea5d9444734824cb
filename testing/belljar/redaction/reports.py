"""`redact_report`: a report of pytest without secrets, before anybody writes it, sends it on or counts it."""

from __future__ import annotations

import copy
from typing import Any
from warnings import WarningMessage
from xml.etree.ElementTree import Element

import pytest

from belljar.redaction.concealed import redact
from belljar.redaction.fragments import has_secret, redact_report_text

__all__ = ["redact_junit", "redact_report", "redact_warning"]

# What pytest finds the test by.
_KEPT = frozenset({"nodeid", "location", "outcome", "when", "keywords", "longrepr", "result"})
# Attributes that programs read as such.
_NUMBERS = frozenset({"time", "timestamp", "tests", "failures", "errors", "skipped"})
# Deeper is nothing that pytest makes.
DEPTH = 12


def redact_report(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Take secrets out of traceback, captured output, properties and what plugins have added."""
    others = {name: value for name, value in vars(report).items() if name not in _KEPT}
    # Most have none: then one look at all of it is enough.
    if report.longrepr is not None and has_secret(_joined(report.longrepr), failure=True):
        report.longrepr = _clean(report.longrepr, DEPTH, failure=True)
    if has_secret(_joined(others)):
        for name, value in others.items():
            setattr(report, name, _clean(value, DEPTH))


def _joined(value: Any) -> str:
    found: list[str] = []
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            found.append(item)
        elif type(item) is dict:
            waiting += item.values()
        elif type(item) in (list, tuple):
            waiting += item
        elif type(item).__module__.startswith("_pytest."):
            waiting += getattr(item, "__dict__", {}).values()
    return "\n".join(found)


def _clean(value: Any, depth: int, *, failure: bool = False) -> Any:
    """Give the value without secrets: itself, changed, where it is an object of pytest's own."""
    if isinstance(value, str):
        return redact_report_text(value, failure=failure)
    if depth == 0 or isinstance(value, bytes | int | float | None):
        return value
    if type(value) is tuple:
        return tuple(_clean(item, depth - 1, failure=failure) for item in value)
    if type(value) is list:
        value[:] = [_clean(item, depth - 1, failure=failure) for item in value]
    elif type(value) is dict:
        for key, item in list(value.items()):
            value[key] = _clean(item, depth - 1, failure=failure)
    elif type(value).__module__.startswith("_pytest."):
        for name, item in list(getattr(value, "__dict__", {}).items()):
            cleaned = _clean(item, depth - 1, failure=failure)
            if cleaned is not item:
                object.__setattr__(value, name, cleaned)  # some are frozen
    return value


def redact_warning(warning: WarningMessage) -> None:
    """Take secrets out of a warning that was recorded; the object that the test has stays as it is."""
    message = warning.message
    text = str(message)
    clean = redact(text)
    if clean == text:
        return
    if isinstance(message, Warning):
        other = copy.copy(message)
        other.args = tuple(redact(arg) if isinstance(arg, str) else arg for arg in message.args)
        if str(other) == redact(str(other)):
            warning.message = other
            return
    warning.message = clean


def redact_junit(xml: Any) -> None:
    """Take secrets out of what pytest's JUnit writer holds, names and attributes included."""
    for reporter in xml.node_reporters_ordered:
        element: Element = reporter.to_xml()
        for part in element.iter():
            part.text = redact_report_text(part.text) if part.text else part.text
            for name, value in part.attrib.items():
                if name not in _NUMBERS:
                    part.set(name, redact_report_text(value))
        reporter.to_xml = lambda made=element: made
    xml.global_properties[:] = [(name, redact(str(value))) for name, value in xml.global_properties]
    xml.suite_name = redact(xml.suite_name)
