"""`wrong_content_length`: the work is done, and the answer is longer or shorter than it says."""

from __future__ import annotations

from dataclasses import replace

from belljar.faults.answers import Actions, Answer, close
from belljar.faults.families import HTTP_LIKE
from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Parameter, Values

__all__: list[str] = []


def _answer(answer: Answer, values: Values) -> Answer:
    announced = max(0, len(answer.body) + values["by"])
    return replace(answer, announced=announced).with_header("Connection", "close")


def _actions(actions: Actions, values: Values) -> Actions:
    # The client waits for what was announced until the connection ends.
    return (*actions, close())


register(
    Kind(
        name="wrong_content_length",
        summary="announces more bytes than it sends, or fewer, and closes",
        fits=HTTP_LIKE,
        parameters=(Parameter("by", int, 10, "bytes more (or, below 0, fewer) than there are"),),
        answer=_answer,
        actions=_actions,
        check=lambda values: "" if values["by"] else "by is 0: that is the right length",
    )
)
