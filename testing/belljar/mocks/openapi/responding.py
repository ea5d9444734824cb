"""`Responder`: the answers that tests give, checked by the document when they are given."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from belljar.mocks.errors import ControlRefused
from belljar.mocks.http.messages import Request, Response
from belljar.mocks.openapi.answers import NOTHING, Answerer, Preference, Unwanted, encoded
from belljar.mocks.openapi.bodies import is_json
from belljar.mocks.openapi.document import Operation
from belljar.mocks.openapi.errors import NoAnswer
from belljar.mocks.openapi.matchers import Callables
from belljar.mocks.openapi.nodes import nearest
from belljar.mocks.openapi.validating import shown

__all__ = ["Responder"]

_FIELDS = ("body", "call", "check", "example", "headers", "json", "status", "text")
_BODIES = ("json", "text", "body", "example", "call")


class Responder:
    """Makes responses of answers as JSON has them."""

    def __init__(self, answerer: Answerer, callables: Callables) -> None:
        self._answerer = answerer
        self._callables = callables

    def check(self, operation: Operation, said: Any) -> None:
        """Refuse an answer that can't be given, or that the document does not allow."""
        if not isinstance(said, dict):
            raise ControlRefused(f"an answer is {shown(said)}", "give an object")
        for key in said:
            if key not in _FIELDS:
                raise ControlRefused(f"an answer has no {key!r}", nearest(key, _FIELDS))
        given = [key for key in _BODIES if key in said]
        if len(given) > 1:
            raise ControlRefused(f"it has {' and '.join(given)}", "give one of them")
        status = said.get("status")
        if status is not None and (not isinstance(status, int) or not 200 <= status <= 599):
            raise ControlRefused(f"status {shown(status)} is none", "give a number from 200 to 599")
        if not isinstance(said.get("headers", {}), dict):
            raise ControlRefused("headers are no object", "give texts by name")
        if "call" in said:
            return  # what it will give, nobody knows
        try:
            response, value = self._response(operation, said, "*/*", "check")
        except Unwanted as error:
            raise ControlRefused(str(error), error.fix) from None
        except NoAnswer as error:
            raise ControlRefused(str(error), "say respond(json=...)") from None
        self._judge(operation, response, value, said)

    def respond(
        self, operation: Operation, said: Mapping[str, Any], request: Request, seed: str
    ) -> Response:
        """Return the response. Raises `Unwanted`, `NoAnswer`."""
        if "call" in said:
            given = self._callables[said["call"]](request)
            if isinstance(given, Response):
                return given
            said = {**said, "json": given}
            response, value = self._response(operation, said, "", seed)
            try:
                self._judge(operation, response, value, said)
            except ControlRefused as error:
                raise NoAnswer(f"what the function gave: {error}") from None
            return response
        return self._response(operation, said, request.headers.get("accept", ""), seed)[0]

    def _response(
        self, operation: Operation, said: Mapping[str, Any], accept: str, seed: str
    ) -> tuple[Response, Any]:
        headers = {name: str(value) for name, value in said.get("headers", {}).items()}
        status = said.get("status")
        if not any(key in said for key in ("json", "text", "body")):
            undeclared = status is not None and operation.answer_for(status) is None
            if status is not None and undeclared and not said.get("check", True):
                return Response(status, headers), NOTHING
            wanted = Preference(code=status, example=said.get("example", ""))
            response = self._answerer.answer(operation, wanted, accept, seed)
            there = {name.lower() for name in headers}
            kept = [each for each in response.headers if each[0].lower() not in there]
            response.headers = kept + list(headers.items())
            return response, NOTHING
        if status is None:
            status = self._answerer.status(operation)
        response = Response(status, headers)
        value = said.get("json", said.get("text"))
        if "body" in said:
            try:
                raw = base64.b64decode(said["body"], validate=True)
            except (binascii.Error, ValueError, TypeError):
                raise ControlRefused("body is no base64", "give bytes in base64") from None
            value = raw.decode("latin-1")
        declared = operation.answer_for(status)
        if not any(name.lower() == "content-type" for name in headers):
            response.headers.append(("Content-Type", _content_type(declared, said)))
        content_type = next(
            text for name, text in response.headers if name.lower() == "content-type"
        )
        if "body" in said:
            response.body = raw
        elif "json" in said:
            response.body = encoded(value, "application/json")
        else:
            response.body = str(value).encode()
            if is_json(content_type.partition(";")[0].strip()) and said.get("check", True):
                raise ControlRefused(
                    f"text= for an answer of the type {content_type}",
                    "give json=..., or check=False for what is no JSON",
                )
        if declared is not None:
            self._answerer.add_headers(response, declared, seed)
        return response, value

    def _judge(
        self, operation: Operation, response: Response, value: Any, said: Mapping[str, Any]
    ) -> None:
        if value is NOTHING or not said.get("check", True):
            return  # it is of the document's own making, or wanted as it is
        violations = self._answerer.violations(operation, response, value)
        if violations:
            lines = "".join(f"\n    - {violation}" for violation in violations)
            raise ControlRefused(
                f"the document does not allow this answer to {operation}:{lines}",
                "mend the answer; a test that wants a wrong one says check=False",
                422,
            )


def _content_type(declared: Any, said: Mapping[str, Any]) -> str:
    """Return the declared content type for what is given, else the usual one."""
    usual = "application/json" if "json" in said else "text/plain; charset=utf-8"
    if "body" in said:
        usual = "application/octet-stream"
    names = [name for name in (declared.media if declared else {}) if "*" not in name]
    for name in names:
        json_like = is_json(name.partition(";")[0].strip())
        if ("json" in said) == json_like:
            return str(name)
    return usual
