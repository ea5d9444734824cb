"""`State`: a namespace's expectations and scenarios, and which of them a request meets."""

from __future__ import annotations

from dataclasses import dataclass, field

from belljar.mocks.http.messages import Request
from belljar.mocks.openapi.expectations import STARTED, Expectation
from belljar.mocks.openapi.matchers import Callables
from belljar.mocks.openapi.requests import Checked
from belljar.mocks.openapi.validating import shown

__all__ = ["State"]


@dataclass
class State:
    """What one test has said to a mock. With `only_expected` the document alone answers nothing."""

    expectations: dict[int, Expectation] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    only_expected: bool = False
    last: int = 0

    def match(
        self, request: Request, checked: Checked, callables: Callables
    ) -> Expectation | str | None:
        """Return the expectation that a request meets; why it meets none; None where none is asked.

        Those in an order come first, then those that come a number of times, the oldest first, then
        those that may come ever again, the newest first.
        """
        same = [
            each
            for each in self.expectations.values()
            if each.operation is checked.operation and each.valid == (not checked.violations)
        ]
        reasons: list[tuple[int, Expectation, list[str]]] = []
        fitting: list[Expectation] = []
        for each in same:
            differs = each.differs(request, checked, callables)
            held = self._held(each)
            if not differs and not held:
                fitting.append(each)
            else:
                reasons.append((len(differs), each, differs + held))
        if fitting:
            chosen = min(fitting, key=_rank)
            if chosen.then_state:
                self.states[chosen.scenario] = chosen.then_state
            return chosen
        if checked.violations or (not same and not self.only_expected):
            return None
        return self._unmatched(request, reasons)

    def _held(self, expectation: Expectation) -> list[str]:
        """Return what keeps an expectation from being met now."""
        if expectation.used_up:
            count = expectation.count
            return [f"it may come {count} time{'s' * (count != 1)}, and has come already"]
        if expectation.when_state:
            now = self.states.get(expectation.scenario, STARTED)
            if now != expectation.when_state:
                return [
                    f"the scenario {expectation.scenario!r} is in the state {now!r}, and not "
                    f"{expectation.when_state!r}"
                ]
        if expectation.sequence:
            for each in self.expectations.values():
                if each is expectation:
                    break
                if each.sequence == expectation.sequence and not each.met:
                    return [f"{each} is to come before it"]
        return []

    def _unmatched(
        self, request: Request, reasons: list[tuple[int, Expectation, list[str]]]
    ) -> str:
        lines = [f"{request.method} {request.target} meets no expectation"]
        body = request.body.decode("utf-8", "replace")
        if body:
            lines.append(f"  body: {body if len(body) < 300 else body[:300] + ' ...'}")
        if not reasons:
            reasons = [
                (0, each, [f"it is another operation: {each.operation}"])
                for each in self.expectations.values()
            ][:1]
        if not reasons:
            lines.append("  there are no expectations, and only what is expected may come")
            return "\n".join(lines)
        _, best, differs = min(reasons, key=lambda reason: (reason[0], -reason[1].number))
        lines.append(f"  nearest expectation: {best}")
        lines += [f"    - {text}" for text in differs]
        return "\n".join(lines)

    def unmet(self) -> list[str]:
        """Return what has not come as often as it has to."""
        return [each.unmet for each in self.expectations.values() if not each.met]

    def shown(self) -> list[dict[str, object]]:
        """Return the expectations as JSON has them."""
        return [
            {
                "number": each.number,
                "expected": str(each),
                "count": each.count,
                "met": each.met,
                "answers": [shown(answer) for answer in each.answers],
            }
            for each in self.expectations.values()
        ]


def _rank(each: Expectation) -> tuple[int, int]:
    if each.sequence:
        return 0, each.number
    return (1, each.number) if each.most is not None else (2, -each.number)
