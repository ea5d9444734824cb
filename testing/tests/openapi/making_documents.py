"""`document`: a small document around the part that a test is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["answering", "document"]


def document(paths: Mapping[str, Any], *, version: str = "3.1.0", **more: Any) -> dict[str, Any]:
    """Return a document with those paths; `more` are other fields of its root."""
    return {
        "openapi": version,
        "info": {"title": "A test's", "version": "1"},
        "paths": dict(paths),
        **more,
    }


def answering(schema: Any, *, version: str = "3.1.0", **more: Any) -> dict[str, Any]:
    """Return a document with one operation, `GET /it`, that answers with a schema."""
    content = {"application/json": {"schema": schema}}
    answers = {"200": {"description": "It", "content": content}}
    return document({"/it": {"get": {"responses": answers}}}, version=version, **more)
