"""`OpenApiService`: the model of a mock: a document, and what each namespace expects of it.

Besides the control API that every mock has, under `/_belljar/ns/NAME/`:

| | |
|---|---|
| `GET POST DELETE expectations` | those there are; one more; none |
| `POST expectations/N/answers` | one more answer of the expectation N |
| `GET verify` | what has not come, and what should not have come |
| `GET PUT states` | the scenarios' states |
| `PUT settings` | `{"only_expected": true}`: the document alone answers nothing |
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from belljar.mocks.control import Mock
from belljar.mocks.control_api import json_of
from belljar.mocks.errors import ControlRefused
from belljar.mocks.http.limits import Refusal
from belljar.mocks.http.messages import Request, Response
from belljar.mocks.namespaces import DEFAULT, Namespace
from belljar.mocks.openapi.answers import Answerer, Preference, Unwanted
from belljar.mocks.openapi.document import Document
from belljar.mocks.openapi.errors import NoAnswer
from belljar.mocks.openapi.expectations import Expectation, read_expectation
from belljar.mocks.openapi.matchers import Callables
from belljar.mocks.openapi.requests import Checked, RequestChecker, problem
from belljar.mocks.openapi.responding import Responder
from belljar.mocks.openapi.routing import Miss, Router
from belljar.mocks.openapi.state import State
from belljar.mocks.openapi.validating import Violation

__all__ = ["NAMESPACE_HEADER", "OpenApiService"]

NAMESPACE_HEADER = "X-Belljar-Namespace"
_UNDER = re.compile(r"/_ns/([^/?]*)")
_TITLES = {
    401: "The request has no credentials",
    415: "The request's content type is not declared",
}


class OpenApiService(Mock[State]):
    """Answers the requests of any number of tests by one document.

    `callables` are functions of the test's own process, where it is in one.
    """

    routes: tuple[str, ...] = ("expectations", "verify", "states", "settings")

    def __init__(self, document: Document, name: str = "openapi") -> None:
        self.name = name
        self.boundaries: Mapping[str, str] = {name: "http"}
        self.document = document
        self.callables: Callables = {}
        self._router = Router(document)
        self._checker = RequestChecker(document)
        self._answerer = Answerer(document)
        self._responder = Responder(self._answerer, self.callables)

    def new(self, namespace: str) -> State:
        """Return the state of a new namespace."""
        return State()

    def namespace_of(self, request: Request) -> str:
        """Return whose request it is: by its path, by its header, else `default`.

        From then on the request has the path of the service: fault plans and journals know no other.
        """
        if request.namespace:
            return request.namespace
        under = _UNDER.match(request.target)
        if under is not None and under[1]:
            request.namespace = under[1]
            request.target = request.target[under.end() :]
            if not request.target.startswith("/"):
                request.target = f"/{request.target}"
            request.path = _UNDER.sub("", request.path, count=1) or "/"
        else:
            request.namespace = request.headers.get(NAMESPACE_HEADER.lower(), "") or DEFAULT
        return request.namespace

    def refuse(self, refusal: Refusal) -> Response:
        """Return a refusal of the server as problem+json."""
        return problem(
            refusal.status, "The request can't be read", refusal.message, fix=refusal.fix
        )

    def answer(self, space: Namespace[State], request: Request) -> Response:
        """Return the answer to a request, by expectation or by document."""
        route = self._router.find(request.method, request.target)
        if isinstance(route, Miss):
            return self._missed(request, route)
        checked = self._checker.check(route, request)
        try:
            met = space.state.match(request, checked, self.callables)
            if isinstance(met, str):
                return _unmatched(problem(404, "No expectation matches", met), met)
            if checked.violations and (met is None or not met.answers):
                return _violated(request, checked, expected=met)
            seed = f"{space.name} {request.method} {request.target.partition('?')[0]}"
            if met is not None:
                said = met.next_answer()
                return self._responder.respond(checked.operation, said, request, seed)
            wanted = Preference(request.headers.get("prefer", ""))
            accept = request.headers.get("accept", "")
            return self._answerer.answer(checked.operation, wanted, accept, seed)
        except Unwanted as error:
            text = f"{request.method} {request.target}: {error}; {error.fix}"
            answer = problem(error.status, "There is no such answer", str(error), fix=error.fix)
            return _unmatched(answer, text)
        except NoAnswer as error:
            text = f"{request.method} {request.target}: {error}"
            return _unmatched(problem(500, "The mock has no answer", str(error)), text)

    def control(self, space: Namespace[State], request: Request, route: str) -> Response | None:
        """Return the answer to a command; None for one that there is not."""
        state, method = space.state, request.method
        if route == "expectations":
            if method == "POST":
                return self._expect(state, json_of(request))
            if method == "DELETE":
                state.expectations.clear()
                state.states.clear()
            if method in ("GET", "DELETE"):
                return Response.of_json({"expectations": state.shown()})
        if method == "POST" and (
            match := re.fullmatch(r"expectations/([0-9]{1,18})/answers", route)
        ):
            return self._add_answer(_known(state, int(match[1])), json_of(request))
        if route == "verify" and method == "GET":
            unexpected = space.journal.shown(unmatched=True)["entries"]
            return Response.of_json({"unmet": state.unmet(), "unexpected": unexpected})
        if route == "states" and method in ("GET", "PUT"):
            if method == "PUT":
                state.states |= {name: str(value) for name, value in json_of(request).items()}
            return Response.of_json({"states": state.states})
        if route == "settings" and method == "PUT":
            given = json_of(request).get("only_expected")
            if not isinstance(given, bool):
                raise ControlRefused(
                    f"only_expected is {str(given)[:100]}", 'send {"only_expected": true}, or false'
                )
            state.only_expected = given
            return Response.of_json({"only_expected": state.only_expected})
        return None

    def _expect(self, state: State, said: dict[str, Any]) -> Response:
        expectation = read_expectation(state.last + 1, said, self.document, self._router)
        answers = said.get("answers", [])
        if not isinstance(answers, list):
            raise ControlRefused("answers is no list", "give a list of objects")
        for answer in answers:
            self._add_answer(expectation, answer)
        state.last = expectation.number
        state.expectations[expectation.number] = expectation
        return Response.of_json({"number": expectation.number, "expected": str(expectation)}, 201)

    def _add_answer(self, expectation: Expectation, said: Any) -> Response:
        self._responder.check(expectation.operation, said)
        expectation.answers.append(said)
        return Response.of_json({"answers": len(expectation.answers)}, 201)

    def _missed(self, request: Request, miss: Miss) -> Response:
        text = f"{request.method} {request.target}: {miss.message}; {miss.fix}"
        status = 405 if miss.allowed else 404
        answer = problem(status, "The document has no such operation", miss.message, fix=miss.fix)
        if miss.allowed:
            answer.headers.append(("Allow", ", ".join(miss.allowed)))
        return _unmatched(answer, text)


def _known(state: State, number: int) -> Expectation:
    if number not in state.expectations:
        raise ControlRefused(
            f"there is no expectation {number}", "was the namespace reset since?", 404
        )
    return state.expectations[number]


def _unmatched(answer: Response, why: str) -> Response:
    answer.unmatched = why
    return answer


def _violated(request: Request, checked: Checked, expected: Expectation | None) -> Response:
    """Return the answer to a request that violates the document; it fails the test that sent it."""
    title = _TITLES.get(checked.status, "The request violates the document")
    answer = problem(
        checked.status,
        title,
        "; ".join(map(str, checked.violations)),
        violations=checked.violations,
    )
    if checked.status == 401:
        answer.headers.append(("WWW-Authenticate", "Bearer"))
    if expected is not None:
        expected.count += 1
        return answer
    lines = [f"{request.method} {request.target} violates the document:"]
    lines += [f"    - {_line(violation)}" for violation in checked.violations]
    lines.append(
        '  fix: mend the request; a test that means it says expect("'
        f'{checked.operation.method}", "{checked.operation.path}", valid=False)'
    )
    return _unmatched(answer, "\n".join(lines))


def _line(violation: Violation) -> str:
    return f"{violation}; {violation.fix}" if violation.fix else str(violation)
