"""`Expectation`: a request that a test expects, how often, when, and what is answered.

Its form is JSON, so that a test in another process can say it:

    {"method": "POST", "path": "/pets", "json": {"name": "Minka"}, "times": [1, 1],
     "scenario": "shop", "when_state": "open", "then_state": "sold out",
     "answers": [{"status": 201, "json": {...}}]}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from belljar.mocks.errors import ControlRefused
from belljar.mocks.http.messages import Request
from belljar.mocks.openapi.document import Document, Operation
from belljar.mocks.openapi.matchers import Callables, differences, told
from belljar.mocks.openapi.nodes import nearest
from belljar.mocks.openapi.parameters import MISSING
from belljar.mocks.openapi.requests import Checked
from belljar.mocks.openapi.routing import Miss, Router
from belljar.mocks.openapi.validating import shown

__all__ = ["STARTED", "Expectation", "read_expectation"]

# The state of a scenario in which nothing has happened yet.
STARTED = "started"
_FIELDS = (
    "answers", "form", "headers", "json", "method", "operation", "path", "path_params", "query",
    "scenario", "sequence", "text", "then_state", "times", "valid", "when", "when_state",
)  # fmt: skip
_MATCHED = ("path_params", "query", "headers", "json", "form", "text", "when")


@dataclass
class Expectation:
    """What is expected; `count` is how often it came. `most` None is without limit."""

    number: int
    operation: Operation
    arguments: Mapping[str, str]
    wanted: Mapping[str, Any]
    least: int = 1
    most: int | None = None
    sequence: str = ""
    scenario: str = ""
    when_state: str = ""
    then_state: str = ""
    valid: bool = True
    answers: list[dict[str, Any]] = field(default_factory=list)
    count: int = 0

    def __str__(self) -> str:
        parts = [f"{name}={told(value)}" for name, value in self.wanted.items()]
        parts += [f"{name}={value}" for name, value in self.arguments.items()]
        if not self.valid:
            parts.append("valid=False")
        if self.when_state:
            parts.append(f"when_state={self.when_state!r}")
        return " ".join([str(self.operation), *parts])

    @property
    def met(self) -> bool:
        """Whether it came as often as it has to."""
        return self.count >= self.least

    @property
    def used_up(self) -> bool:
        """Whether it may not come again."""
        return self.most is not None and self.count >= self.most

    @property
    def unmet(self) -> str:
        """What is missing."""
        times = f"{self.least} time{'s' * (self.least != 1)}"
        if self.most is None:
            times = f"at least {times}"
        elif self.most != self.least:
            times = f"{self.least} to {self.most} times"
        return f"{self} was to come {times}, and came {self.count or 'never'}" + (
            "" if not self.count else f" time{'s' * (self.count != 1)}"
        )

    def next_answer(self) -> dict[str, Any]:
        """Count a request, and return its answer: the first one first, the last one ever after."""
        self.count += 1
        return self.answers[min(self.count, len(self.answers)) - 1] if self.answers else {}

    def differs(self, request: Request, checked: Checked, callables: Callables) -> list[str]:
        """Return how a request of the same operation differs from this."""
        found: list[str] = []
        for name, text in self.arguments.items():
            if checked.arguments.get(name) != text:
                found.append(f"path {name} is {checked.arguments.get(name)!r}, and not {text!r}")
        values: dict[str, Callable[[], Any]] = {
            "path_params": lambda: _values(checked, "path", checked.arguments),
            "query": lambda: _values(
                checked,
                "query",
                {name: its[0] if len(its) == 1 else its for name, its in request.arguments.items()},
            ),
            "headers": lambda: request.headers,
            "json": lambda: None if checked.body is MISSING else checked.body,
            "form": lambda: {} if checked.body is MISSING else checked.body,
            "text": lambda: request.body.decode("utf-8", "replace"),
            "when": lambda: request,
        }
        for part, wanted in self.wanted.items():
            if part == "headers":
                wanted = {name.lower(): value for name, value in wanted.items()}
            texts = part in ("path_params", "query", "headers", "form")
            value = values[part]()
            if part in ("json", "form") and checked.body is MISSING and "$belljar" not in wanted:
                found.append("the body is missing")
                continue
            found += differences(wanted, value, _TITLES[part], callables, texts=texts)
        return found


_TITLES = {
    "path_params": "path",
    "query": "query",
    "headers": "header",
    "json": "json",
    "form": "form",
    "text": "text",
    "when": "the request",
}


def _values(checked: Checked, where: str, texts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the declared parameters as the values that they are, the others as texts."""
    declared = {name: value for (place, name), value in checked.values.items() if place == where}
    return {**texts, **declared}


def read_expectation(
    number: int, said: Mapping[str, Any], document: Document, router: Router
) -> Expectation:
    """Return what a JSON object says. Raises `ControlRefused`."""
    for key in said:
        if key not in _FIELDS:
            raise ControlRefused(f"an expectation has no {key!r}", nearest(key, _FIELDS))
    operation, arguments = _operation(said, document, router)
    times = said.get("times", [1, None])
    if not (
        isinstance(times, list)
        and len(times) == 2
        and isinstance(times[0], int)
        and (times[1] is None or (isinstance(times[1], int) and times[1] >= max(times[0], 1)))
        and times[0] >= 0
    ):
        raise ControlRefused(
            f"times {times} can't be counted", "give the least and the most, such as [1, 1]"
        )
    texts = {}
    for key in ("sequence", "scenario", "when_state", "then_state"):
        texts[key] = said.get(key, "")
        if not isinstance(texts[key], str):
            raise ControlRefused(f"{key} is {shown(texts[key])}", "give a text")
    if texts["when_state"] or texts["then_state"]:
        texts["scenario"] = texts["scenario"] or "default"
    for key in ("path_params", "query", "headers"):
        if key in said and not isinstance(said[key], dict):
            raise ControlRefused(f"{key} is {shown(said[key])}", "give values by name")
    _check_names(said, operation)
    if sum(key in said for key in ("json", "form", "text")) > 1:
        raise ControlRefused("it wants the body in two ways", "give one of json, form and text")
    return Expectation(
        number,
        operation,
        arguments,
        {key: said[key] for key in _MATCHED if key in said},
        least=times[0],
        most=times[1],
        valid=bool(said.get("valid", True)),
        **texts,
    )


def _operation(
    said: Mapping[str, Any], document: Document, router: Router
) -> tuple[Operation, Mapping[str, str]]:
    if "operation" in said:
        for operation in document.operations:
            if operation.name and operation.name == said["operation"]:
                return operation, {}
        names = [operation.name for operation in document.operations if operation.name]
        raise ControlRefused(
            f"{document.name} has no operation {said['operation']!r}",
            nearest(str(said["operation"]), names),
        )
    method, path = str(said.get("method", "")).upper(), str(said.get("path", ""))
    if not path.startswith("/"):
        raise ControlRefused(
            f"the path of an expectation is {path!r}", 'begin it with /: expect("GET", "/pets")'
        )
    if "?" in path:
        raise ControlRefused(f"{path} has a query", "give it apart: query={...}")
    found = router.template(method, path)
    if isinstance(found, Miss):
        raise ControlRefused(f"{method} {path} can never come: {found.message}", found.fix)
    return found.operation, found.arguments


def _check_names(said: Mapping[str, Any], operation: Operation) -> None:
    """Refuse names of path parameters that there are not: no request could ever match."""
    known = [each.name for each in operation.parameters if each.where == "path"]
    for name in said.get("path_params", {}):
        if name not in known:
            raise ControlRefused(
                f"{operation} has no path parameter {name!r}", nearest(name, known)
            )
