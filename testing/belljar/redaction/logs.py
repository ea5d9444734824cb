"""`Redacting`: a formatter of `logging` whose lines have no secret."""

from __future__ import annotations

import logging

from belljar.redaction.concealed import redact

__all__ = ["Redacting"]


class Redacting(logging.Formatter):
    """What another formatter makes of a record, but for secrets."""

    def __init__(self, inner: logging.Formatter | None) -> None:
        super().__init__()
        self._inner = inner or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        """Give the line."""
        return redact(self._inner.format(record))
