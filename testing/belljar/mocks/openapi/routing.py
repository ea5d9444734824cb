"""`Router`: the operation that a request is for, the most specific path first."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from belljar.mocks.openapi.document import Document, Operation

__all__ = ["Miss", "Route", "Router"]


@dataclass(frozen=True)
class Route:
    """An operation, and the path parameters as they were written, decoded."""

    operation: Operation
    arguments: dict[str, str]


@dataclass(frozen=True)
class Miss:
    """There is no such path, or (`allowed`) the path has other methods."""

    message: str
    fix: str
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Template:
    path: str
    pattern: re.Pattern[str]
    rank: tuple[int, ...]
    operations: dict[str, Operation]


class Router:
    """Finds operations by method and target, under the base paths of the document's servers."""

    def __init__(self, document: Document) -> None:
        self._bases = document.bases
        self._templates: dict[int, list[_Template]] = {}
        by_path: dict[str, _Template] = {}
        for operation in document.operations:
            if operation.path not in by_path:
                template = by_path[operation.path] = _compiled(operation.path)
                self._templates.setdefault(operation.path.count("/"), []).append(template)
            by_path[operation.path].operations[operation.method] = operation
        for templates in self._templates.values():
            templates.sort(key=lambda template: template.rank)
        self._paths = list(by_path)
        self._exact = by_path

    def find(self, method: str, target: str) -> Route | Miss:
        """Return the operation for a request's target."""
        path = urlsplit(target).path if "://" in target[:9] else target.partition("?")[0]
        others: set[str] = set()
        for base in self._bases:
            if base and path != base and not path.startswith(base + "/"):
                continue
            inner = path[len(base) :] or "/"
            for template in self._templates.get(inner.count("/"), ()):
                match = template.pattern.fullmatch(inner)
                if match is None:
                    continue
                operation = template.operations.get(method)
                if operation is not None:
                    arguments = {
                        name: unquote(match[f"p{index}"])
                        for index, name in enumerate(_names(template.path))
                    }
                    return Route(operation, arguments)
                others |= set(template.operations)
        if others:
            allowed = tuple(sorted(others))
            return Miss(
                f"{path} has no {method} in the document", f"it has {', '.join(allowed)}", allowed
            )
        return self._missed(method, path)

    def template(self, method: str, path: str) -> Route | Miss:
        """Return the operation of a path as an expectation names it: a template, or a real path."""
        known = self._exact.get(path)
        if known is not None and method in known.operations:
            return Route(known.operations[method], {})
        for base in ("", *self._bases):
            found = self.find(method, base + path)
            if isinstance(found, Route):
                return found
        return found

    def _missed(self, method: str, path: str) -> Miss:
        if "" not in self._bases and not any(
            path == base or path.startswith(base + "/") for base in self._bases
        ):
            bases = " or ".join(self._bases)
            return Miss(
                f"{path} is not under the document's server path {bases}",
                f"ask for {self._bases[0]}{path}, or mend servers: in the document",
            )
        return Miss(f"the document has no path {path}", _choices(path, self._paths))


def _choices(path: str, paths: Sequence[str]) -> str:
    near = difflib.get_close_matches(path, paths, 3, 0.4) or sorted(paths)[:8]
    return f"the nearest are {', '.join(near)}" if near else "it has no paths at all"


def _names(path: str) -> list[str]:
    return re.findall(r"\{([^{}]+)\}", path)


def _compiled(path: str) -> _Template:
    parts = re.split(r"(\{[^{}]+\})", path)
    index = 0
    pattern = ""
    for part in parts:
        if part.startswith("{"):
            pattern += f"(?P<p{index}>[^/]+)"
            index += 1
        else:
            pattern += "".join(
                f"(?:{re.escape(char)}|%{ord(char):02X})"
                if char not in "/" and ord(char) < 128 and not char.isalnum()
                else re.escape(char)
                for char in part
            )
    rank = tuple(
        0 if "{" not in segment else 2 if re.fullmatch(r"\{[^{}]+\}", segment) else 1
        for segment in path.split("/")
    )
    return _Template(path, re.compile(pattern), rank, {})
