"""Secrets between pytest-xdist's processes: a worker gets the controller's, and hands on its own.

They travel through the pipe between both, with what is there anyway: a worker's input, its reports and
its last words; never in a file, an argument or the environment.
"""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any, Protocol

import pytest

from belljar.redaction.concealed import concealed
from belljar.redaction.places import places, redact_at_end

__all__ = ["Controller", "Worker"]

_KEY = "belljar_redaction"


class Node(Protocol):
    """A worker as the controller sees it."""

    workerinput: dict[str, Any]
    workeroutput: dict[str, Any]


class Controller:
    """The hooks of the process that writes."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Node) -> None:
        """Tell a new worker what is concealed so far."""
        # As JSON: a variable that is no UTF-8 could not travel as it is.
        node.workerinput[_KEY] = json.dumps(list(concealed.secrets().items()))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_report_from_serializable(
        self, data: dict[str, Any]
    ) -> Generator[None, object, object]:
        """Take what a report brought, before the report is read."""
        _take(data.pop(_KEY, None))
        return (yield)

    @pytest.hookimpl(optionalhook=True, tryfirst=True)
    def pytest_testnodedown(self, node: Node) -> None:
        """Take what a worker concealed after its last report; one that crashed has told no more."""
        _take(getattr(node, "workeroutput", {}).get(_KEY))


class Worker:
    """The hooks of a worker; `config` has what the controller gave it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._sent: set[str] = set()
        for secret, name in json.loads(vars(config)["workerinput"].get(_KEY, "[]")):
            concealed.add(secret, name)
            self._sent.add(secret)

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(
        self,
    ) -> Generator[None, dict[str, Any] | None, dict[str, Any] | None]:
        """Let a report bring what is new."""
        data = yield
        if data is not None and (news := self._news()):
            data[_KEY] = json.dumps(news)
        return data

    def pytest_sessionfinish(self) -> None:
        """Leave the rest, for the controller goes through the files when we are gone."""
        vars(self._config)["workeroutput"][_KEY] = json.dumps(self._news())

    def _news(self) -> list[list[str]]:
        known = {**concealed.secrets(), **{f"{_KEY}:{place}": _KEY for place in places()}}
        news = [[secret, name] for secret, name in known.items() if secret not in self._sent]
        self._sent.update(secret for secret, _ in news)
        return news


def _take(news: str | None) -> None:
    for secret, name in json.loads(news or "[]"):
        if name == _KEY:
            redact_at_end(Path(secret.removeprefix(f"{_KEY}:")))
        else:
            concealed.add(secret, name)
