"""`smtp`: a mail server's refusal in place of its answer; nothing is done."""

from __future__ import annotations

from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Parameter, Values

__all__: list[str] = []

TEXTS = {
    421: "4.3.2 Service not available, closing transmission channel",
    450: "4.2.1 Mailbox temporarily unavailable",
    451: "4.3.0 Local error in processing",
    452: "4.3.1 Insufficient system storage",
    535: "5.7.8 Authentication credentials invalid",
    550: "5.1.1 Mailbox unavailable",
    552: "5.3.4 Message exceeds the size limit",
    554: "5.5.0 Transaction failed",
}


def _reply(values: Values) -> bytes:
    code = values["code"]
    usual = f"{code // 100}.0.0 Refused"
    return f"{code} {values['text'] or TEXTS.get(code, usual)}\r\n".encode()


register(
    Kind(
        name="smtp",
        summary="answers a command with an error: 4xx to be tried again, 5xx for good",
        fits=("smtp",),
        parameters=(
            Parameter("code", int, meaning="the reply code", low=400, high=599),
            Parameter("text", str, "", "the text; the usual one where it is left out"),
        ),
        instead=True,
        reply=_reply,
        check=lambda values: "text has a line's end" if set(values["text"]) & {"\r", "\n"} else "",
    )
)
