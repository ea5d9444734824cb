"""`RequestChecker`: a request against its operation: security, parameters, body, accepted answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from belljar.mocks.http.messages import Request, Response
from belljar.mocks.openapi.bodies import BodyReader
from belljar.mocks.openapi.document import Document, Operation, Scheme
from belljar.mocks.openapi.parameters import MISSING, Pairs, ParameterReader, cookies_of, pairs_of
from belljar.mocks.openapi.routing import Route
from belljar.mocks.openapi.validating import Violation

__all__ = ["Checked", "RequestChecker", "problem"]


@dataclass(frozen=True)
class Checked:
    """What a request says: values of its parameters by place and name, its body; what is wrong."""

    operation: Operation
    arguments: Mapping[str, str]
    values: Mapping[tuple[str, str], Any]
    body: Any
    violations: list[Violation] = field(default_factory=list)
    status: int = 200


def problem(
    status: int,
    title: str,
    detail: str,
    *,
    fix: str = "",
    violations: list[Violation] | None = None,
) -> Response:
    """Return an answer of RFC 9457: application/problem+json."""
    content: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    content["detail"] = detail
    if fix:
        content["fix"] = fix
    if violations:
        content["violations"] = [violation.as_json() for violation in violations]
    answer = Response.of_json(content, status)
    answer.headers = [("Content-Type", "application/problem+json")]
    return answer


class RequestChecker:
    """Checks requests by a document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._parameters = ParameterReader(document)
        self._bodies = BodyReader(document, self._parameters)

    def check(self, route: Route, request: Request) -> Checked:
        """Return what the request says, and how it violates the document."""
        operation = route.operation
        query = pairs_of(request.query)
        cookies = cookies_of(request.headers.get("cookie", ""))
        violations = self._security(operation, request, query, cookies)
        status = 401 if violations else 200
        values: dict[tuple[str, str], Any] = {}
        for parameter in operation.parameters:
            value, wrong = self._parameters.read(
                parameter, route.arguments, query, request.headers, cookies
            )
            violations += wrong
            if value is not MISSING:
                values[parameter.where, parameter.name] = value
        if violations and status == 200:
            status = 400
        its_status, body, wrong = self._bodies.read(
            operation.body, request.headers.get("content-type", ""), request.body
        )
        violations += wrong
        return Checked(
            operation,
            route.arguments,
            values,
            body,
            violations,
            its_status if status == 200 else status,
        )

    def _security(
        self,
        operation: Operation,
        request: Request,
        query: Pairs,
        cookies: Mapping[str, str],
    ) -> list[Violation]:
        alternatives = operation.security
        schemes = self._document.schemes
        if not alternatives or any(
            all(_present(schemes[name], request, query, cookies) for name in names)
            for names in alternatives
        ):
            return []
        wanted = " or ".join(
            " with ".join(str(schemes[name]) for name in names) for names in alternatives
        )
        return [
            Violation("security", "it has no credentials", "", operation.place, f"send {wanted}")
        ]


def _present(scheme: Scheme, request: Request, query: Pairs, cookies: Mapping[str, str]) -> bool:
    """Whether there are credentials; which they are, any is as good as another."""
    if scheme.kind == "mutualTLS":
        return True  # a matter of the connection, which is plain here
    if scheme.kind == "apiKey":
        if scheme.where == "query":
            return any(name == scheme.key and value for name, value in query)
        if scheme.where == "cookie":
            return bool(cookies.get(scheme.key))
        return bool(request.headers.get(scheme.key.lower()))
    given = request.headers.get("authorization", "").split(" ", 1)
    wanted = scheme.scheme.lower() or "bearer"
    return len(given) == 2 and given[0].lower() == wanted and bool(given[1].strip())
