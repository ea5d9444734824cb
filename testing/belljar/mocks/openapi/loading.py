"""`load_document`: a document from its file, checked through and through.

    load_document(Path("petstore.yaml"))    # raises BadDocument with everything that is wrong

It may have been bundled: `bundle_of(document)` is one JSON text of all its files, which loads without YAML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from belljar.mocks.openapi.document import Document, Scheme
from belljar.mocks.openapi.errors import BadDocument, BadUse, NoAnswer, Problem
from belljar.mocks.openapi.generating import Generator
from belljar.mocks.openapi.nodes import Files, Node, nearest
from belljar.mocks.openapi.operations import OperationReader
from belljar.mocks.openapi.parts import PartReader
from belljar.mocks.openapi.schema_checks import check_schemas, malformed
from belljar.mocks.openapi.schemas import Schemas
from belljar.mocks.openapi.sources import FolderSources, MemorySources, Sources
from belljar.mocks.openapi.validating import Validators

__all__ = ["bundle_of", "load_document"]

_BUNDLE = "belljar_openapi_bundle"
_ROOT = (
    "openapi", "info", "servers", "paths", "components", "security", "tags", "externalDocs",
    "webhooks", "jsonSchemaDialect",
)  # fmt: skip
_SECTIONS = (
    "schemas", "responses", "parameters", "examples", "requestBodies", "headers",
    "securitySchemes", "links", "callbacks", "pathItems",
)  # fmt: skip
_SCHEMES = ("apiKey", "http", "oauth2", "openIdConnect", "mutualTLS")


def load_document(spec: Path | str | Mapping[str, Any]) -> Document:
    """Return the document of a file, a bundle, or a mapping. Raises `BadDocument`, `BadUse`.

    `warnings` of the document has what is odd and no error.
    """
    sources: Sources
    if isinstance(spec, Mapping):
        sources, name = MemorySources({"document": dict(spec)}), "document"
    else:
        sources, name = _of_file(Path(spec))
    files = Files(sources, name)
    try:
        document = _Loader(files).load()
    except RecursionError:
        files.problems.append(
            Problem(
                name, 0, "", "it is nested too deep", "split it, and refer to the parts by $ref"
            )
        )
        document = None
    errors = [problem for problem in files.problems if problem.severity == "error"]
    if errors or document is None:
        raise BadDocument(name, errors)
    return document


def bundle_of(document: Document) -> str:
    """Return all files of a document as one text."""
    return json.dumps(
        {_BUNDLE: 1, "root": document.name, "files": document.files}, ensure_ascii=False
    )


def _of_file(path: Path) -> tuple[Sources, str]:
    source = FolderSources(path)
    if path.suffix == ".json":
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError):
            found = None  # the reader says it with a line
        if isinstance(found, dict) and _BUNDLE in found:
            if found[_BUNDLE] != 1:
                raise BadUse(f"{path.name} is a bundle of another version; build it again")
            return MemorySources(found["files"]), str(found["root"])
    return source, path.name


class _Loader:
    def __init__(self, files: Files) -> None:
        self._files = files

    def load(self) -> Document | None:
        root = self._files.root()
        if root.value is None and self._files.problems:
            return None
        if not root.is_object("the document"):
            return None
        version = self._version(root)
        if version is None:
            return None
        schemas = Schemas(old=version == "3.0")
        self._check_root(root, version)
        schemes = self._schemes(root)
        parts = PartReader(schemas, version)
        operations = OperationReader(parts, schemes).operations(root)
        self._components(root, schemas, parts)
        validators = Validators(schemas)
        if not malformed(schemas):
            check_schemas(schemas, validators)
        if self._has_errors():
            return None
        parts.check_examples(validators)
        if self._has_errors():
            return None
        generator = Generator(schemas, validators)
        self._check_answers(parts, generator)
        info = root.value["info"]
        return Document(
            name=self._files.root_name,
            title=str(info["title"]),
            version=str(info["version"]),
            bases=_bases(root),
            operations=operations,
            schemes=schemes,
            schemas=schemas,
            validators=validators,
            generator=generator,
            warnings=tuple(self._files.problems),
            files=self._files.texts,
        )

    def _has_errors(self) -> bool:
        return any(problem.severity == "error" for problem in self._files.problems)

    def _version(self, root: Node) -> str | None:
        if root.has("swagger"):
            root.child("swagger").note(
                "this is a document of Swagger 2.0, which came before OpenAPI",
                "convert it (editor.swagger.io and swagger2openapi do), and name the result",
            )
            return None
        value = root.value.get("openapi")
        if isinstance(value, str) and (match := re.fullmatch(r"(3\.[01])\.\d+(-.*)?", value)):
            return match.group(1)
        place = root.optional("openapi") or root
        place.note(
            f"openapi is {value!r}" if value is not None else "the document has no openapi",
            'write the version in quotes, one of "3.0.4" and "3.1.1"',
        )
        return None

    def _check_root(self, root: Node, version: str) -> None:
        known = [key for key in _ROOT if version == "3.1" or key not in _ROOT[-2:]]
        root.only("the document", known)
        info = root.optional("info")
        if info is None:
            root.note("the document has no info", "add info: {title: ..., version: ...}")
        elif info.is_object("info"):
            info.text("title", "info", required=True)
            info.text("version", "info", required=True)
        if not root.has("paths") and (version == "3.0" or not root.has("components")):
            root.note("the document has no paths", "add paths: {}")
        dialect = root.text("jsonSchemaDialect", "the document")
        if dialect and not re.search(r"spec\.openapis\.org/oas/3\.1|draft/2020-12", dialect):
            root.child("jsonSchemaDialect").note(
                f"the dialect {dialect} is not known",
                "drop the line: schemas are of JSON Schema 2020-12",
            )
        if servers := root.optional("servers"):
            for server in servers.elements("servers"):
                if server.is_object("a server"):
                    _check_server(server)

    def _schemes(self, root: Node) -> dict[str, Scheme]:
        components = root.optional("components")
        section = components.optional("securitySchemes") if components else None
        found: dict[str, Scheme] = {}
        for name, node in section.items("securitySchemes", named=True) if section else []:
            scheme = node.followed()
            if scheme is None or not scheme.is_object("a security scheme"):
                continue
            kind = scheme.text("type", "a security scheme", required=True)
            if kind and kind not in _SCHEMES:
                scheme.child("type").note(
                    f"a security scheme of type {kind!r} is unknown", nearest(kind, _SCHEMES)
                )
            where = key = ""
            if kind == "apiKey":
                key = scheme.text("name", "a scheme of type apiKey", required=True)
                where = scheme.text("in", "a scheme of type apiKey", required=True)
                if where and where not in ("query", "header", "cookie"):
                    scheme.child("in").note(
                        f"an API key can't be in {where!r}", "choose one of cookie, header, query"
                    )
            word = scheme.text("scheme", "a scheme of type http", required=kind == "http")
            found[name] = Scheme(name, kind, where, key, word.capitalize())
        return found

    def _components(self, root: Node, schemas: Schemas, parts: PartReader) -> None:
        """Read what no operation refers to: it is to be right, too."""
        components = root.optional("components")
        if components is None or not components.is_object("components"):
            return
        components.only("components", _SECTIONS)
        readers: dict[str, Any] = {
            "schemas": schemas.add,
            "responses": lambda node: parts.answer("default", node),
            "parameters": parts.parameter,
            "requestBodies": parts.body,
            "headers": lambda node: parts.header("a header", node),
        }
        for section, read in readers.items():
            if node := components.optional(section):
                for name, child in node.items(section, named=True):
                    if not re.fullmatch(r"[A-Za-z0-9._-]+", name):
                        child.note(
                            f"{name!r} is no name of a component",
                            "use letters, digits, '.', '-' and '_' only",
                        )
                    read(child)

    def _check_answers(self, parts: PartReader, generator: Generator) -> None:
        for node, media in parts.answered:
            if media.schema is None or media.examples:
                continue
            try:
                generator.value(media.schema, "check")
            except NoAnswer:
                node.note(
                    "no valid answer can be made from this schema",
                    "give it an example; until then a test that gets there fails",
                    "warning",
                )


def _check_server(server: Node) -> None:
    url = server.text("url", "a server", required=True)
    variables = server.optional("variables")
    known = [name for name, _ in variables.items("variables", named=True)] if variables else []
    for name in re.findall(r"\{([^{}]*)\}", url):
        if name not in known:
            server.child("url").note(
                f"the server's variable {{{name}}} is not declared",
                f"add variables: {{{name}: {{default: ...}}}}",
            )
    for name, variable in variables.items("variables", named=True) if variables else []:
        if variable.is_object("a variable"):
            variable.text("default", f"the variable {name}", required=True)


def _bases(root: Node) -> list[str]:
    """Return the paths of the servers' addresses, the longest first."""
    found: list[str] = []
    for server in root.value.get("servers") or [{"url": "/"}]:
        url = server["url"]
        for name, variable in server.get("variables", {}).items():
            url = url.replace(f"{{{name}}}", variable["default"])
        found.append(urlsplit(url).path.rstrip("/"))
    return sorted(dict.fromkeys(found), key=len, reverse=True)
