"""`malformed_json`: the work is done, and the answer is of the right length and no JSON."""

from __future__ import annotations

from dataclasses import replace

from belljar.faults.answers import Answer
from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Values

__all__: list[str] = []


def _answer(answer: Answer, values: Values) -> Answer:
    # A quote of the wrong sort, as hand-made JSON has it; without any, a comma that nothing follows.
    body = answer.body
    broken = body.replace(b'"', b"'", 1) if b'"' in body else b"{," + body
    return replace(answer, body=broken)


register(
    Kind(
        name="malformed_json",
        summary="answers with a body that is no JSON",
        fits=("http", "client", "webhook"),
        answer=_answer,
    )
)
