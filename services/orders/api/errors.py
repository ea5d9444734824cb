"""Every error of the API in one form: `application/problem+json` (RFC 9457), stable `code`."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from services.orders.problems import InProgress, Problem, Unavailable, type_prefix
from services.orders.resilience.deadlines import DeadlinePassed

_log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


def install_error_handlers(app: FastAPI) -> None:
    """Have the application answer its errors as problems."""

    @app.exception_handler(Problem)
    def on_problem(_: Request, problem: Problem) -> JSONResponse:
        headers = {}
        if isinstance(problem, InProgress | Unavailable):
            headers["Retry-After"] = str(problem.members.get("retry_after", 1))
        return JSONResponse(problem.as_json(), problem.status, headers, MEDIA_TYPE)

    @app.exception_handler(RequestValidationError)
    def on_invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        mistakes = [
            {"field": ".".join(str(part) for part in item["loc"]), "message": item["msg"]}
            for item in error.errors()
        ]
        detail = "; ".join(f"{item['field']}: {item['message']}" for item in mistakes)
        return _answer(422, "invalid_request", detail, errors=mistakes)

    @app.exception_handler(HTTPException)
    def on_http(request: Request, error: HTTPException) -> JSONResponse:
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
        detail = f"{request.method} {request.url.path}: {error.detail}"
        return _answer(error.status_code, code, detail, dict(error.headers or {}))

    @app.exception_handler(DataError)
    def on_impossible_value(_: Request, error: DataError) -> JSONResponse:
        # A NUL character, for one, which JSON and URLs can carry and PostgreSQL cannot hold.
        return _answer(422, "invalid_request", f"the database cannot hold a value: {error.orig}")

    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    @app.exception_handler(PoolTimeout)
    @app.exception_handler(DeadlinePassed)
    def on_database_trouble(_: Request, error: Exception) -> JSONResponse:
        _log.error("the database does not answer: %s", error)
        return _answer(
            503, "unavailable", "the database does not answer: try again", {"Retry-After": "1"}
        )

    @app.exception_handler(Exception)
    def on_anything_else(_: Request, error: Exception) -> JSONResponse:
        # The log has the traceback; the caller gets nothing of what is inside.
        return _answer(500, "internal", "the request failed; the log has the reason")


def _answer(
    status: int,
    code: str,
    detail: str,
    headers: dict[str, str] | None = None,
    **members: Any,
) -> JSONResponse:
    content = {
        "type": type_prefix + code.replace("_", "-"),
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        **members,
    }
    return JSONResponse(content, status, headers, MEDIA_TYPE)
