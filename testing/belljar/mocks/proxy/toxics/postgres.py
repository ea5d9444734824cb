"""The toxic `postgres`: happens to statements, commits and new connections of PostgreSQL."""

from __future__ import annotations

import re

from belljar.mocks.proxy import postgres_session  # noqa: F401  makes the protocol known
from belljar.mocks.proxy.attributes import Attribute
from belljar.mocks.proxy.errors import BadAttributes
from belljar.mocks.proxy.registry import ToxicType, Values, register

__all__ = ["ACTIONS"]

ACTIONS = ("error", "delay", "drop", "lose_answer", "cut", "hang", "garbage")


def _check(values: Values) -> None:
    sqlstate = str(values["sqlstate"])
    if not re.fullmatch("[0-9A-Z]{5}", sqlstate) or sqlstate.startswith(("00", "01", "02")):
        raise BadAttributes(
            f"bad request body: attribute 'sqlstate' of toxic type 'postgres' is {sqlstate!r}",
            "give the five letters of an error, such as 40001 (serialization failure), "
            "40P01 (deadlock), 57014 (cancelled) or 53300 (too many connections)",
        )
    if values["on"] == "connect" and values["action"] in ("lose_answer", "cut"):
        raise BadAttributes(
            f"bad request body: attribute 'action' of toxic type 'postgres' is {values['action']!r} "
            "with on='connect'",
            "a new connection has no answer to lose: use error, delay, drop or hang",
        )
    if values["on"] == "connect" and (values["text"] or values["regex"]):
        raise BadAttributes(
            "bad request body: toxic type 'postgres' has text or regex with on='connect'",
            "leave them out: a new connection has no statement yet",
        )


register(
    ToxicType(
        "postgres",
        (
            Attribute("on", "text", "statement", choices=("statement", "commit", "connect")),
            Attribute("text", "text", ""),
            Attribute("regex", "regex", ""),
            Attribute("action", "text", "error", choices=ACTIONS),
            Attribute("sqlstate", "text", "40001"),
            Attribute("severity", "text", "ERROR", choices=("ERROR", "FATAL")),
            Attribute("message", "text", "could not serialize access (by belljar)"),
            Attribute("latency"),
            Attribute("jitter"),
            Attribute("rows"),
            Attribute("bytes"),
            Attribute("how", "text", "reset", choices=("reset", "close", "hang")),
        ),
        protocol="postgres",
        check=_check,
    )
)
