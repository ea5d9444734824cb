"""The toxic `valkey`: happens to commands of Valkey and Redis."""

from __future__ import annotations

from belljar.mocks.proxy import valkey_session  # noqa: F401  makes the protocol known
from belljar.mocks.proxy.attributes import Attribute
from belljar.mocks.proxy.errors import BadAttributes
from belljar.mocks.proxy.registry import ToxicType, Values, register
from belljar.mocks.proxy.valkey_striking import ERRORS

__all__ = ["ACTIONS"]

ACTIONS = ("error", "delay", "drop", "lose_answer", "cut", "hang", "garbage")


def _check(values: Values) -> None:
    error = str(values["error"])
    if error in ("MOVED", "ASK") and not values["to"]:
        raise BadAttributes(
            f"bad request body: attribute 'error' of toxic type 'valkey' is {error!r}, without 'to'",
            "give the address that the client is sent to, to='127.0.0.1:6380', or the whole text",
        )
    word = error.split(" ")[0]
    if not word.isascii() or not word.isupper() or "\n" in error or "\r" in error:
        raise BadAttributes(
            f"bad request body: attribute 'error' of toxic type 'valkey' is {error!r}",
            "give a text that begins with the error's code in capitals, or one of "
            + ", ".join(sorted(ERRORS)),
        )


register(
    ToxicType(
        "valkey",
        (
            Attribute("command", "text", ""),
            Attribute("key", "text", ""),
            Attribute("regex", "regex", ""),
            Attribute("action", "text", "error", choices=ACTIONS),
            Attribute("error", "text", "ERR"),
            Attribute("to", "text", ""),
            Attribute("latency"),
            Attribute("jitter"),
            Attribute("bytes"),
            Attribute("how", "text", "reset", choices=("reset", "close", "hang")),
        ),
        protocol="valkey",
        check=_check,
    )
)
