"""`strike`: what the toxics of type postgres want to happen to a statement."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from belljar.mocks.proxy.postgres_messages import is_commit
from belljar.mocks.proxy.session import PlannedCall, Wire
from belljar.mocks.proxy.striking import struck
from belljar.mocks.proxy.toxic import Toxic

__all__ = ["Strike", "strike"]


class Strike(NamedTuple):
    """What happens to one message, and by which toxic."""

    toxic: Toxic
    action: str
    delay: float
    noise: bytes = b""

    @property
    def how(self) -> str:
        """How the connection ends, where it does."""
        return str(self.toxic.values["how"])

    @property
    def sqlstate(self) -> str:
        """The error's code."""
        return str(self.toxic.values["sqlstate"])

    @property
    def severity(self) -> str:
        """ERROR, or FATAL, which ends the connection."""
        return str(self.toxic.values["severity"])

    @property
    def message(self) -> str:
        """The error's text."""
        return str(self.toxic.values["message"])

    @property
    def rows(self) -> int:
        """How many rows pass before the result is cut."""
        return int(self.toxic.values["rows"])

    @property
    def size(self) -> int:
        """How many bytes behind those rows pass; 0: half a row."""
        return int(self.toxic.values["bytes"])


def strike(wire: Wire, toxics: Sequence[Toxic], event: str, statement: str) -> Strike | None:
    """Return what is to happen: the first toxic's action, and the delays of all; None: nothing."""
    meant = [
        toxic
        for toxic in toxics
        if toxic.kind.protocol == "postgres" and _meant(toxic, event, statement)
    ]
    found = struck(
        wire,
        meant,
        lambda: _call(event, statement),
        lambda: " ".join(statement.split())[:200] or event,
    )
    if found is None:
        return None
    if event == "connect" and found.action in ("lose_answer", "cut"):
        found = found._replace(action="drop")  # nothing was asked yet
    return Strike(*found)


def _call(event: str, statement: str) -> PlannedCall:
    """Return what fault plans tell a statement by; a new connection has the verb CONNECT."""
    flat = " ".join(statement.split()).rstrip("; ")
    verb = "COMMIT" if is_commit(statement) else flat.partition(" ")[0].upper()
    if event == "connect":
        verb = "CONNECT"
    return verb, {"verb": verb, "statement": flat}


def _meant(toxic: Toxic, event: str, statement: str) -> bool:
    values = toxic.values
    on = values["on"]
    if on == "connect" or event == "connect":
        return on == event
    if on == "commit" and not is_commit(statement):
        return False
    text, regex = str(values["text"]), str(values["regex"])
    if text and " ".join(text.lower().split()) not in " ".join(statement.lower().split()):
        return False
    return not regex or bool(_compiled(regex).search(statement))


@lru_cache(maxsize=256)
def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(regex)
