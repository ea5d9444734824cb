"""`OutsideTrouble`: what the clients of outside services raise when they have no good answer."""

from __future__ import annotations


class OutsideTrouble(Exception):
    """An outside service did not do it, or it is not known whether it did; it may later.

    `retry_after` is in how many seconds it is worth asking again, if somebody said so.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        """Keep the message, which names the service and the reason."""
        super().__init__(message)
        self.retry_after = retry_after
