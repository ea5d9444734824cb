"""Liveness and readiness.

`/healthz` says that the process answers. `/readyz` says whether it can work: without its database
it cannot (503), without its cache it can, only slower (200, `degraded`).
"""

from __future__ import annotations

import logging
from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from services.orders.caching import CacheState, EnhancedCachingManager
from services.orders.database import DatabaseManager

_log = logging.getLogger(__name__)


class Readiness(BaseModel):
    """Whether the process can work, and the state of each thing that it needs."""

    status: Literal["ready", "degraded", "unavailable"]
    database: Literal["ok", "down"]
    cache: CacheState


def health_router(database: DatabaseManager, cache: EnhancedCachingManager) -> APIRouter:
    """The routes `/healthz` and `/readyz`."""
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    def healthz() -> dict[str, str]:
        """Say that the process answers."""
        return {"status": "ok"}

    @router.get("/readyz")
    def readyz(response: Response) -> Readiness:
        """Say whether the process can work."""
        state = cache.state()
        try:
            database.ping()
        except SQLAlchemyError as error:
            _log.warning("not ready: %s", error)
            response.status_code = 503
            return Readiness(status="unavailable", database="down", cache=state)
        return Readiness(
            status="degraded" if state == "degraded" else "ready", database="ok", cache=state
        )

    return router
