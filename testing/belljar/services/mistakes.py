"""`mistakes`: the errors whose text says all there is to say, so that no trace is shown with it."""

from __future__ import annotations

from belljar.processes import ProcessError
from belljar.services.errors import ServiceError

__all__ = ["mistakes"]


def mistakes() -> tuple[type[Exception], ...]:
    """Return their classes, those of databases among them where that part is at hand."""
    try:
        from belljar.databases.errors import DatabaseError
    except ModuleNotFoundError:  # no service has a database, so the target does not bring them
        return (ServiceError, ProcessError)
    return (ServiceError, ProcessError, DatabaseError)
