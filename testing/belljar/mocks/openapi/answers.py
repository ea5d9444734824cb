"""`Answerer`: answers by the document: from its examples, else made from its schemas; always valid."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from belljar.mocks.http.messages import Response
from belljar.mocks.openapi.bodies import FORM, is_json, media_for
from belljar.mocks.openapi.document import Answer, Document, Media, Operation, Parameter
from belljar.mocks.openapi.errors import NoAnswer
from belljar.mocks.openapi.validating import Violation, shown

__all__ = ["Answerer", "Preference", "Unwanted"]

NOTHING: Any = object()
_NO_BODY = (204, 205, 304)


class Unwanted(Exception):
    """The request asks for an answer that the document does not have; `fix` has those that are."""

    def __init__(self, message: str, fix: str, status: int = 400) -> None:
        super().__init__(message)
        self.fix = fix
        self.status = status


class Preference:
    """What a request's header `Prefer` asks for: `code=404`, `example=NAME`, `dynamic=true`."""

    def __init__(self, header: str = "", *, code: int | None = None, example: str = "") -> None:
        found = dict(re.findall(r'([\w-]+)\s*=\s*"?([^",;]+?)"?\s*(?:[,;]|$)', header))
        if code is None and found.get("code"):
            if not re.fullmatch(r"[1-5][0-9][0-9]", found["code"]):
                raise Unwanted(f"Prefer: code={found['code']} is no status", "give a number")
            code = int(found["code"])
        self.code = code
        self.example = example or found.get("example", "")
        self.dynamic = found.get("dynamic") == "true"


class Answerer:
    """Makes answers, the same ones for the same seed."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def answer(self, operation: Operation, wanted: Preference, accept: str, seed: str) -> Response:
        """Return an answer to an operation. Raises `Unwanted`, `NoAnswer`."""
        status, declared = self._status(operation, wanted)
        response = Response(status)
        if declared is None:
            return response
        self.add_headers(response, declared, seed)
        if status in _NO_BODY or not declared.media:
            return response
        name, media = _accepted(declared, accept, wanted)
        value = self._value(media, wanted, f"{seed} {status} {name}")
        if "*" in name:
            name = "application/octet-stream" if isinstance(value, str) else "application/json"
        if operation.method != "HEAD":
            response.body = encoded(value, name, media)
        response.headers.append(("Content-Type", name))
        return response

    def add_headers(self, response: Response, declared: Answer, seed: str) -> None:
        """Add the headers that an answer has to have, and does not have yet."""
        there = {name.lower() for name, _ in response.headers}
        for name, header in declared.headers.items():
            if header.required and name.lower() not in there:
                value = (
                    self._document.generator.value(header.schema, f"{seed} {name}")
                    if header.schema is not None
                    else "x"
                )
                response.headers.append((name, header_text(value, header)))

    def status(self, operation: Operation) -> int:
        """Return the status of success."""
        return self._status(operation, Preference())[0]

    def _status(self, operation: Operation, wanted: Preference) -> tuple[int, Answer | None]:
        answers = operation.answers
        if wanted.code is not None:
            declared = operation.answer_for(wanted.code)
            if declared is None and answers:
                raise Unwanted(
                    f"{operation} declares no answer {wanted.code}",
                    f"choose one of {', '.join(answers)}",
                )
            return wanted.code, declared
        ranked = sorted(answers, key=_rank)
        if wanted.example:
            for status in ranked:
                if any(
                    wanted.example in media.examples for media in answers[status].media.values()
                ):
                    return _number(status), answers[status]
            known = sorted(
                {
                    name
                    for each in answers.values()
                    for m in each.media.values()
                    for name in m.examples
                    if name
                }
            )
            raise Unwanted(
                f"{operation} has no example {wanted.example!r}",
                f"choose one of {', '.join(known)}" if known else "it has no named examples at all",
            )
        if not ranked:
            return 200, None
        return _number(ranked[0]), answers[ranked[0]]

    def _value(self, media: Media, wanted: Preference, seed: str) -> Any:
        if wanted.example:
            if wanted.example not in media.examples:
                known = ", ".join(name for name in media.examples if name)
                raise Unwanted(
                    f"{media.place} has no example {wanted.example!r}",
                    f"choose one of {known}" if known else "it has no named examples",
                )
            return media.examples[wanted.example]
        if media.examples and not wanted.dynamic:
            return next(iter(media.examples.values()))
        if media.schema is None:
            return ""
        return self._document.generator.value(media.schema, seed)

    def violations(self, operation: Operation, response: Response, value: Any) -> list[Violation]:
        """Return how an answer violates the document; `value` is its body before it was encoded."""
        declared = operation.answer_for(response.status)
        if declared is None:
            known = ", ".join(operation.answers) or "none"
            return [
                Violation(
                    "status",
                    f"{operation} declares no {response.status}, but {known}",
                    rule=operation.place,
                )
            ]
        found: list[Violation] = []
        headers = {name.lower(): text for name, text in response.headers}
        if value is not NOTHING:
            content_type = headers.get("content-type", "")
            media = media_for(content_type, declared.media)
            if media is None:
                known = ", ".join(declared.media) or "no body at all"
                what = f"{content_type} is not declared, but {known}"
                return [Violation("header.Content-Type", what, rule=declared.place)]
            if media.schema is not None and not _is_xml(content_type):
                found += self._document.validators.violations(
                    "body", value, media.schema, "response"
                )
        elif declared.media and response.status not in _NO_BODY:
            found.append(Violation("body", "it is missing", rule=declared.place))
        for name, header in declared.headers.items():
            text = headers.get(name.lower())
            if text is None or header.schema is None:
                continue
            candidates = [text, *_numbers(text)]
            if not any(
                self._document.validators.valid(each, header.schema, "response")
                for each in candidates
            ):
                what = f"{shown(text)} does not fit its schema"
                found.append(Violation(f"header.{name}", what, rule=header.place))
        return found


def _numbers(text: str) -> list[Any]:
    try:
        return [json.loads(text), text.split(",")]
    except (ValueError, RecursionError):
        return [text.split(",")]


def _rank(status: str) -> tuple[int, str]:
    """Success first, then what may be success, then the rest."""
    if status.startswith("2"):
        return (0 if status != "2XX" else 1), status
    return (2, "") if status == "default" else (3, status)


def _number(status: str) -> int:
    if status == "default":
        return 200
    return int(status.replace("XX", "00"))


def _is_xml(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().endswith(("/xml", "+xml"))


def _accepted(declared: Answer, accept: str, wanted: Preference) -> tuple[str, Media]:
    """Return the declared content type that the request likes best."""
    ranges: list[tuple[float, str]] = []
    for part in (accept or "*/*").split(","):
        name, *options = (word.strip().lower() for word in part.split(";"))
        weights = [word[2:] for word in options if word.startswith("q=")]
        try:
            weight = float(weights[0]) if weights else 1.0
        except ValueError:
            weight = 1.0
        ranges.append((weight, name))
    best: tuple[float, int, str] | None = None
    for index, (name, media) in enumerate(declared.media.items()):
        plain = name.partition(";")[0].strip()
        weights_of = [weight for weight, each in ranges if _covers(each, plain)]
        if not weights_of or max(weights_of) <= 0:
            continue
        # What can be made comes before what needs an example; the named example before all.
        rank = -index + (1000 if wanted.example and wanted.example in media.examples else 0)
        rank -= 100 if _is_xml(name) and not media.examples else 0
        if best is None or (max(weights_of), rank) > best[:2]:
            best = (max(weights_of), rank, name)
    if best is None:
        raise Unwanted(
            f"Accept: {accept} takes none of the answer's content types",
            f"accept one of {', '.join(declared.media)}",
            406,
        )
    return best[2], declared.media[best[2]]


def _covers(wanted: str, plain: str) -> bool:
    for one, other in ((wanted, plain), (plain, wanted)):
        if one in ("*/*", "*", other) or (one.endswith("/*") and other.startswith(one[:-1])):
            return True
    return False


def encoded(value: Any, content_type: str, media: Media | None = None) -> bytes:
    """Return a value as the bytes of a body. Raises `NoAnswer`."""
    plain = content_type.partition(";")[0].strip().lower()
    if isinstance(value, bytes):
        return value
    if is_json(plain):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    if plain == FORM and isinstance(value, Mapping):
        return urlencode(value, doseq=True).encode()
    if isinstance(value, str) and not (_is_xml(plain) and not value.startswith("<")):
        return value.encode()
    if isinstance(value, int | float | bool) and plain.startswith("text/"):
        return json.dumps(value).encode()
    place = media.place if media else content_type
    raise NoAnswer(
        f"no {plain} can be made of {shown(value)} ({place}); "
        "give it an example that is a text, or let the test say respond(text=...)"
    )


def header_text(value: Any, header: Parameter) -> str:
    """Return a value as a header has it, in the style simple."""
    if isinstance(value, list):
        return ",".join(header_text(each, header) for each in value)
    if isinstance(value, dict):
        sign = "=" if header.explode else ","
        return ",".join(f"{name}{sign}{header_text(each, header)}" for name, each in value.items())
    text = value if isinstance(value, str) else json.dumps(value)
    return re.sub(r"[\r\n]", " ", text)
