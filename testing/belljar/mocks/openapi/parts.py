"""`PartReader`: parameters, bodies and answers of operations, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from belljar.mocks.openapi.document import Answer, Body, Encoding, Media, Parameter
from belljar.mocks.openapi.nodes import Node, nearest
from belljar.mocks.openapi.schemas import Schemas
from belljar.mocks.openapi.validating import Validators

__all__ = ["PartReader"]

_PARAMETER = (
    "name", "in", "description", "required", "deprecated", "allowEmptyValue", "style", "explode",
    "allowReserved", "schema", "example", "examples", "content",
)  # fmt: skip
_MEDIA = ("schema", "example", "examples", "encoding")
_STYLES: Mapping[str, tuple[str, ...]] = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}


class PartReader:
    """Reads parts; what is read twice, by references, is checked once."""

    def __init__(self, schemas: Schemas, version: str) -> None:
        self._schemas = schemas
        self._old = version == "3.0"
        # Each content of an answer, and each example with the side that sends it.
        self.answered: list[tuple[Node, Media]] = []
        self._examples: list[tuple[Node, str, str]] = []

    def parameters(self, node: Node) -> list[Parameter]:
        """Return those of a path or an operation."""
        section = node.optional("parameters")
        found: dict[tuple[str, str], Parameter] = {}
        for each in section.elements("parameters") if section else []:
            parameter = self.parameter(each)
            if parameter is None:
                continue
            key = (parameter.where, parameter.name)
            if key in found:
                each.note(f"the {key[0]} parameter {key[1]!r} comes twice", "drop one of the two")
            found[key] = parameter
        return list(found.values())

    def parameter(self, node: Node) -> Parameter | None:
        """Return a parameter; None where it is none."""
        node_or_none = node.followed()
        if node_or_none is None or not node_or_none.is_object("a parameter"):
            return None
        node = node_or_none
        node.only("a parameter", _PARAMETER)
        name = node.text("name", "a parameter", required=True)
        where = node.text("in", "a parameter", required=True)
        if where and where not in _STYLES:
            fix = (
                "a body is requestBody since OpenAPI 3"
                if where in ("body", "formData")
                else nearest(where, list(_STYLES))
            )
            node.child("in").note(f"a parameter can't be in {where!r}", fix)
        if not name or where not in _STYLES:
            return None
        required = node.flag("required")
        if where == "path" and not required:
            node.note(f"the path parameter {name!r} is not required", "add required: true")
        return self._valued(node, name, where, required=required)

    def header(self, name: str, node: Node) -> Parameter | None:
        """Return a header of an answer."""
        header = node.followed()
        if header is None or not header.is_object("a header"):
            return None
        return self._valued(header, name, "header", required=header.flag("required"))

    def _valued(self, node: Node, name: str, where: str, *, required: bool) -> Parameter:
        style = node.text("style", "a parameter") or _STYLES[where][0]
        if style not in _STYLES[where]:
            node.child("style").note(
                f"a {where} parameter can't have the style {style!r}",
                nearest(style, _STYLES[where]),
            )
        explode = node.flag("explode") if node.has("explode") else style in ("form", "deepObject")
        schema, content = node.optional("schema"), node.optional("content")
        number, media = None, ""
        if schema is None and content is None:
            node.note(f"the parameter {name!r} has no schema", "add schema: {type: ...}")
        elif schema is not None and content is not None:
            node.note(f"the parameter {name!r} has both schema and content", "drop one of the two")
        elif schema is not None:
            number = self._schemas.add(schema)
            self._note_examples(node, number, "request")
        elif content is not None:
            medias = self._content(content, "request")
            if len(medias) != 1:
                content.note(f"it has {len(medias)} content types", "name one")
            for name_of, its in medias.items():
                media, number = name_of, its.schema
        return Parameter(name, where, node.place, required, number, style, explode, media)

    def body(self, node: Node) -> Body | None:
        """Return the body of a request; None where it is none."""
        body = node.followed()
        if body is None or not body.is_object("a requestBody"):
            return None
        body.only("a requestBody", ("description", "content", "required"))
        content = body.optional("content")
        if content is None:
            body.note("a requestBody has no content", "add content: {application/json: {...}}")
            return None
        return Body(body.place, body.flag("required"), self._content(content, "request"))

    def answers(self, operation: Node) -> dict[str, Answer]:
        """Return the answers of an operation by status."""
        section = operation.optional("responses")
        if section is None:
            if self._old:
                operation.note(
                    "an operation has no responses", "add responses: {200: {description: ...}}"
                )
            return {}
        found: dict[str, Answer] = {}
        for status, node in section.items("responses"):
            if not re.fullmatch(r"[1-5][0-9][0-9]|[1-5]XX|default", status):
                node.note(
                    f"{status!r} is no status",
                    "write a code such as 200, a hundred such as 4XX, or default",
                )
            answer = self.answer(status, node)
            if answer is not None:
                found[status] = answer
        if not section.value:
            section.note("responses is empty", "add the answer of success: 200")
        return found

    def answer(self, status: str, node: Node) -> Answer | None:
        """Return the answer for a status; None where it is none."""
        answer = node.followed()
        if answer is None or not answer.is_object("a response"):
            return None
        answer.only("a response", ("description", "headers", "content", "links"))
        answer.text("description", "a response", required=True)
        headers: dict[str, Parameter] = {}
        if section := answer.optional("headers"):
            for name, child in section.items("headers", named=True):
                header = self.header(name, child)
                if header is not None and name.lower() != "content-type":
                    headers[name] = header
        content = answer.optional("content")
        media = self._content(content, "response") if content else {}
        return Answer(status, answer.place, media, headers)

    def _content(self, content: Node, side: str) -> dict[str, Media]:
        found: dict[str, Media] = {}
        for name, node in content.items("content", named=True):
            if not re.fullmatch(r"[\w!#$&^.+*-]+/[\w!#$&^.+*-]+(\s*;.*)?", name):
                node.note(f"{name!r} is no content type", "write one such as application/json")
            if not node.is_object("a content type"):
                continue
            node.only("a content type", _MEDIA)
            schema = node.optional("schema")
            number = self._schemas.add(schema) if schema else None
            examples = self._note_examples(node, number, side)
            media = Media(node.place, number, examples, self._encodings(node))
            if side == "response":
                self.answered.append((node, media))
            found[name.lower()] = media
        return found

    def _encodings(self, node: Node) -> dict[str, Encoding]:
        section = node.optional("encoding")
        found: dict[str, Encoding] = {}
        for name, child in section.items("encoding", named=True) if section else []:
            if child.is_object("an encoding"):
                style = child.text("style", "an encoding") or "form"
                explode = child.flag("explode") if child.has("explode") else style == "form"
                found[name] = Encoding(style, explode, child.text("contentType", "an encoding"))
        return found

    def _note_examples(self, node: Node, number: str | None, side: str) -> dict[str, Any]:
        """Return the examples of a parameter or a content type by name; "" is the one without."""
        found: dict[str, Node] = {}
        if example := node.optional("example"):
            found[""] = example
        section = node.optional("examples")
        if section and node.has("example"):
            section.note("it has both example and examples", "drop one of the two")
        for name, child in section.items("examples", named=True) if section else []:
            example = child.followed()
            if example is None or not example.is_object("an example"):
                continue
            if value := example.optional("value"):
                found[name] = value
            elif not example.has("externalValue"):
                example.note(f"the example {name!r} has no value", "put it under value:")
        if number is not None:
            self._examples += [(example, number, side) for example in found.values()]
        return {name: example.value for name, example in found.items()}

    def check_examples(self, validators: Validators) -> None:
        """Note each example that its schema does not allow."""
        for node, number, side in self._examples:
            for violation in validators.violations("the example", node.value, number, side)[:1]:
                at = f" at {violation.at}" if violation.at else ""
                node.note(
                    f"the example does not fit the schema{at}: {violation.message} "
                    f"(by {violation.rule})",
                    "mend the example, or the schema",
                )
