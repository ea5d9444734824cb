"""`truncated_json`: the work is done, and the answer's body ends in the middle, as if that were all."""

from __future__ import annotations

import json
from dataclasses import replace

from belljar.faults.answers import Answer
from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Parameter, Values

__all__: list[str] = []


def _answer(answer: Answer, values: Values) -> Answer:
    body = answer.body
    kept = body[: min(int(len(body) * values["keep"]), max(len(body) - 1, 0))]
    # Half of a number is a number.
    return replace(answer, body=b"{" if _is_json(kept) else kept)


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except ValueError:
        return False
    return True


register(
    Kind(
        name="truncated_json",
        summary="answers with the beginning of the body, its length told as if that were all",
        fits=("http", "client", "webhook"),
        parameters=(Parameter("keep", float, 0.5, "the share that is sent", low=0, high=1),),
        answer=_answer,
    )
)
