"""`Document`: what an OpenAPI document says, checked and ready to be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from belljar.mocks.openapi.errors import Problem
from belljar.mocks.openapi.generating import Generator
from belljar.mocks.openapi.schemas import Schemas
from belljar.mocks.openapi.validating import Validators

__all__ = [
    "Answer",
    "Body",
    "Document",
    "Encoding",
    "Media",
    "Operation",
    "Parameter",
    "Scheme",
]


@dataclass(frozen=True)
class Encoding:
    """How one property of a form is written."""

    style: str = "form"
    explode: bool = True
    content_type: str = ""


@dataclass(frozen=True)
class Media:
    """One content type of a body: its schema's number, named examples, how a form is encoded."""

    place: str
    schema: str | None = None
    examples: Mapping[str, Any] = field(default_factory=dict)
    encodings: Mapping[str, Encoding] = field(default_factory=dict)


@dataclass(frozen=True)
class Parameter:
    """A parameter; `where` is path, query, header or cookie. With `content` its text is JSON."""

    name: str
    where: str
    place: str
    required: bool
    schema: str | None
    style: str
    explode: bool
    content: str = ""


@dataclass(frozen=True)
class Body:
    """The body of a request, by content type."""

    place: str
    required: bool
    media: Mapping[str, Media]


@dataclass(frozen=True)
class Answer:
    """What is declared for one status: bodies by content type, headers by name."""

    status: str
    place: str
    media: Mapping[str, Media]
    headers: Mapping[str, Parameter]


@dataclass(frozen=True)
class Scheme:
    """A security scheme: `kind` is apiKey, http, oauth2, openIdConnect or mutualTLS."""

    name: str
    kind: str
    where: str = ""
    key: str = ""
    scheme: str = ""

    def __str__(self) -> str:
        if self.kind == "apiKey":
            return f"{self.name} ({self.where} {self.key})"
        if self.kind == "mutualTLS":
            return f"{self.name} (a client certificate)"
        return f"{self.name} (header Authorization: {self.scheme or 'Bearer'} ...)"


@dataclass(frozen=True)
class Operation:
    """A method of a path. `security` are alternatives, each a list of schemes' names."""

    method: str
    path: str
    name: str
    place: str
    parameters: Sequence[Parameter]
    body: Body | None
    answers: Mapping[str, Answer]
    security: Sequence[Sequence[str]]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def answer_for(self, status: int) -> Answer | None:
        """Return what is declared for a status: itself, its hundred (`4XX`), or `default`."""
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.answers:
                return self.answers[key]
        return None


@dataclass(frozen=True)
class Document:
    """A checked document. `bases` are the paths of its servers, `warnings` what is odd in it."""

    name: str
    title: str
    version: str
    bases: Sequence[str]
    operations: Sequence[Operation]
    schemes: Mapping[str, Scheme]
    schemas: Schemas
    validators: Validators
    generator: Generator
    warnings: Sequence[Problem] = ()
    # Every file by its name, as it was read.
    files: Mapping[str, Any] = field(default_factory=dict)
