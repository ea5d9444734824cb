"""`OperationReader`: the paths of a document and their operations, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping

from belljar.mocks.openapi.document import Operation, Parameter, Scheme
from belljar.mocks.openapi.nodes import Node, nearest
from belljar.mocks.openapi.parts import PartReader

__all__ = ["OperationReader"]

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_PATH = (*_METHODS, "$ref", "summary", "description", "servers", "parameters")
_OPERATION = (
    "tags", "summary", "description", "externalDocs", "operationId", "parameters", "requestBody",
    "responses", "callbacks", "deprecated", "security", "servers",
)  # fmt: skip
# By the standard their parameters are ignored: the protocol has them.
_IGNORED = ("accept", "content-type", "authorization")


class OperationReader:
    """Reads operations; their parts are read by a `PartReader`."""

    def __init__(self, parts: PartReader, schemes: Mapping[str, Scheme]) -> None:
        self._parts = parts
        self._schemes = schemes

    def operations(self, root: Node) -> list[Operation]:
        """Return all operations of a document."""
        paths = root.optional("paths")
        found: list[Operation] = []
        names: dict[str, Node] = {}
        shapes: dict[str, str] = {}
        common = self._security(root)
        for path, node in paths.items("paths") if paths else []:
            shape = re.sub(r"\{[^{}]*\}", "{}", path)
            if shape in shapes:
                node.note(
                    f"the path is the same as {shapes[shape]}",
                    "put their methods under one of them",
                )
            shapes[shape] = path
            found += self._path(path, node, names, common)
        return found

    def _path(
        self, path: str, node: Node, names: dict[str, Node], security: list[list[str]]
    ) -> list[Operation]:
        if not path.startswith("/"):
            node.note(f"the path {path!r} does not begin with /", f"write /{path}")
        if re.search(r"[{}]", re.sub(r"\{[^{}/]+\}", "", path)):
            node.note(f"the braces of {path!r} are not paired", "write each parameter as {name}")
            return []
        item = node.followed()
        if item is None or not item.is_object("a path"):
            return []
        item.only("a path", _PATH)
        shared = self._parts.parameters(item)
        _note_servers(item)
        found: list[Operation] = []
        for method in _METHODS:
            operation = item.optional(method)
            if operation is None or not operation.is_object("an operation"):
                continue
            operation.only("an operation", _OPERATION)
            _note_servers(operation)
            own = self._parts.parameters(operation)
            parameters = {(each.where, each.name): each for each in shared}
            parameters |= {(each.where, each.name): each for each in own}
            _check_path_parameters(operation, path, list(parameters.values()))
            name = operation.text("operationId", "an operation")
            if name and name in names:
                operation.child("operationId").note(
                    f"the operationId {name!r} is also that of {names[name].place}",
                    "give each operation an id of its own",
                )
            names.setdefault(name, operation)
            body = operation.optional("requestBody")
            found.append(
                Operation(
                    method=method.upper(),
                    path=path,
                    name=name,
                    place=operation.place,
                    parameters=[
                        each
                        for each in parameters.values()
                        if not (each.where == "header" and each.name.lower() in _IGNORED)
                    ],
                    body=self._parts.body(body) if body else None,
                    answers=self._parts.answers(operation),
                    security=self._security(operation) if operation.has("security") else security,
                )
            )
        return found

    def _security(self, node: Node) -> list[list[str]]:
        section = node.optional("security")
        found: list[list[str]] = []
        for each in section.elements("security") if section else []:
            if not each.is_object("a security requirement"):
                continue
            for name, child in each.items("a security requirement", named=True):
                if name not in self._schemes:
                    child.note(
                        f"there is no security scheme {name!r}",
                        nearest(name, list(self._schemes))
                        if self._schemes
                        else "add it to components: {securitySchemes: {...}}",
                    )
            found.append(list(each.value))
        return found


def _note_servers(node: Node) -> None:
    if section := node.optional("servers"):
        section.note(
            "servers of a path or an operation are not looked at",
            "ask for it under the paths of the document's own servers",
            "warning",
        )


def _check_path_parameters(node: Node, path: str, parameters: list[Parameter]) -> None:
    wanted = re.findall(r"\{([^{}]+)\}", path)
    declared = [each.name for each in parameters if each.where == "path"]
    for name in wanted:
        if name not in declared:
            node.note(
                f"the parameter {{{name}}} of {path} is not declared",
                f"add to parameters: {{name: {name}, in: path, required: true, schema: {{...}}}}",
            )
    for name in declared:
        if name not in wanted:
            node.note(
                f"the path {path} has no {{{name}}}, which is declared as its parameter",
                nearest(name, wanted) if wanted else "drop it, or add it to the path",
            )
