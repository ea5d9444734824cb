"""`valkey_error`: a command fails in the cache; nothing is done."""

from __future__ import annotations

from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Parameter, Values

__all__: list[str] = []


def _reply(values: Values) -> bytes:
    return f"-{values['message']}\r\n".encode()


register(
    Kind(
        name="valkey_error",
        summary="answers a command with an error",
        fits=("valkey",),
        parameters=(
            Parameter("message", str, "LOADING Valkey is loading the dataset in memory", "what"),
        ),
        instead=True,
        reply=_reply,
        check=lambda values: (
            "message has a line's end" if set(values["message"]) & {"\r", "\n"} else ""
        ),
    )
)
