"""Plans: the same as objects, as JSON and in Python; what is wrong in one is told by its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from belljar.faults import (
    BadParameter,
    BadPlan,
    FaultError,
    ImpossibleFault,
    OtherVersion,
    Plan,
    Planner,
    Rule,
    UnknownBoundary,
    UnknownKind,
    When,
)
from belljar.faults.families import FAMILIES
from belljar.faults.kind import kinds
from belljar.faults.parameters import REQUIRED, Parameter
from belljar.faults.plan import load


def plan_of(**fault: Any) -> dict[str, Any]:
    return {"version": 1, "seed": 7, "faults": [{"on": "payments", "kind": "status"} | fault]}


def value_of(parameter: Parameter) -> st.SearchStrategy[Any]:
    if parameter.choices:
        return st.sampled_from(parameter.choices)
    low = parameter.low if parameter.low is not None else -100
    high = parameter.high if parameter.high is not None else low + 1000
    if parameter.type is int:
        return st.integers(int(low), int(high)).filter(bool)
    if parameter.type is float:
        whole = st.integers(int(low) + 1, int(min(low + 2, high)))
        return st.floats(low, high).filter(bool) | whole
    if parameter.type is dict:
        return st.dictionaries(st.text(), st.text(), max_size=2)
    # A text with a code's form: a few kinds look at theirs.
    return st.sampled_from(["40001", "ABCDE", ""])


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    kind = kinds()[draw(st.sampled_from(sorted(kinds())))]
    values = {
        parameter.name: draw(value_of(parameter))
        for parameter in kind.parameters
        if parameter.default is REQUIRED or draw(st.booleans())
    }
    family = draw(st.sampled_from(kind.fits))
    keys = FAMILIES[family].keys
    chosen = draw(st.lists(st.sampled_from(keys), unique=True)) if keys else []
    match = {key: draw(st.text()) for key in chosen}
    calls = draw(st.none() | st.lists(st.integers(1, 50), max_size=4).map(tuple))
    begin = draw(st.none() | st.floats(0, 10))
    when = When(
        times=draw(st.none() | st.integers(1, 9)),
        calls=calls,
        skip=0 if calls is not None else draw(st.integers(0, 5)),
        probability=draw(st.none() | st.floats(0, 1)),
        from_s=begin,
        until_s=None if draw(st.booleans()) else (begin or 0) + 1,
    )
    on = draw(st.text(min_size=1).filter(lambda name: name not in FAMILIES))
    return Rule(on, kind.name, match, values, when)


@settings(derandomize=True, deadline=None)
@given(st.integers(0, 2**63 - 1), st.lists(rules(), max_size=5), st.text())
def test_a_plan_is_the_same_after_a_way_through_json(
    seed: int, listed: list[Rule], test: str
) -> None:
    plan = Plan(seed, tuple(listed), test, by_test=len(listed) // 2)
    text = plan.dumps()
    assert Plan.loads(text) == plan
    assert Plan.loads(text).dumps() == text


def test_python_and_json_say_the_same() -> None:
    planner = Planner(seed=7)
    planner.on("payments", method="POST", path="/v1/charges").fail(status=503, times=2)
    planner.on("payments").latency(mean=0.1, jitter=0.05, distribution="normal", skip=1)
    assert planner.plan.to_json() == {
        "version": 1,
        "seed": 7,
        "faults": [
            {
                "on": "payments",
                "match": {"method": "POST", "path": "/v1/charges"},
                "kind": "status",
                "with": {"status": 503},
                "when": {"times": 2},
            },
            {
                "on": "payments",
                "kind": "latency",
                "with": {"mean": 0.1, "jitter": 0.05, "distribution": "normal"},
                "when": {"skip": 1},
            },
        ],
    }


def test_every_kind_has_a_method_or_a_name() -> None:
    planner = Planner()
    for name, kind in kinds().items():
        values = {
            parameter.name: parameter.choices[0] if parameter.choices else parameter.low or 1
            for parameter in kind.parameters
            if parameter.default is REQUIRED
        }
        if name == "status":
            values = {"status": 503}
        planner.on("somewhere").plan(name, values)
        method = {"status": "fail"}.get(name, name)
        getattr(planner.on("somewhere"), method)(**values)
    assert len(planner.plan.rules) == 2 * len(kinds())
    assert planner.plan.rules[::2] == planner.plan.rules[1::2]


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ([], BadPlan, "a plan is an object"),
        ({"faults": []}, OtherVersion, "it has no version"),
        ({"version": 2}, OtherVersion, "version: the plan is of version 2.*valid: 1.*fix:"),
        ({"version": True}, OtherVersion, "version True"),
        ({"version": 1, "fautls": []}, BadParameter, "no 'fautls'.*write 'faults'"),
        ({"version": 1, "seed": "x"}, BadParameter, "seed is 'x'.*a whole number"),
        ({"version": 1, "seed": 1.5}, BadParameter, "seed is 1.5"),
        ({"version": 1, "faults": {}}, BadParameter, "faults is {}, and a list"),
        ({"version": 1, "faults": [3]}, BadParameter, r"faults\[0\]: 3 is here, and an object"),
        (plan_of(kind="statsu"), UnknownKind, r"faults\[0\].kind: 'statsu'.*write 'status'"),
        (plan_of(kind=7), BadParameter, r"faults\[0\].kind: kind is 7"),
        (plan_of(on=""), BadParameter, r"faults\[0\].on: on is ''"),
        (plan_of(), BadParameter, r"faults\[0\].with: the fault 'status' needs status"),
        (plan_of(**{"with": {"status": "x"}}), BadParameter, r"with.status: status is 'x'.*from 2"),
        (
            plan_of(**{"with": {"status": 99}}),
            BadParameter,
            "99, which is out of range.*200 to 599",
        ),
        (plan_of(**{"with": {"status": True}}), BadParameter, "status is True"),
        (plan_of(**{"with": {"stats": 500}}), BadParameter, "no parameter 'stats'.*'status'"),
        (plan_of(**{"with": {"status": 500, "headers": {"a": 1}}}), BadParameter, "a map of texts"),
        (plan_of(extra=1), BadParameter, "a fault has no 'extra'"),
        (plan_of(match={"path": 3}, **{"with": {"status": 500}}), BadParameter, "match.path.*3"),
        (plan_of(match={"pth": "/"}, **{"with": {"status": 500}}), BadParameter, "'pth'.*'path'"),
        (plan_of(when={"time": 2}, **{"with": {"status": 500}}), BadParameter, "write 'times'"),
        (plan_of(when={"times": 0}, **{"with": {"status": 500}}), BadParameter, "when.times.*0"),
        (plan_of(when={"calls": 3}, **{"with": {"status": 500}}), BadParameter, r"write \[3\]"),
        (plan_of(when={"calls": [0]}, **{"with": {"status": 500}}), BadParameter, r"calls\[0\]"),
        (plan_of(when={"probability": 2}, **{"with": {"status": 500}}), BadParameter, "0 to 1"),
        (
            plan_of(when={"calls": [1], "skip": 1}, **{"with": {"status": 500}}),
            ImpossibleFault,
            "leave one of the two out",
        ),
        (
            plan_of(when={"from_s": 3, "until_s": 2}, **{"with": {"status": 500}}),
            ImpossibleFault,
            "that is never",
        ),
        (
            plan_of(on="sql", **{"with": {"status": 500}}),
            ImpossibleFault,
            r"faults\[0\]: 'status' can't happen at 'sql'.*valid: .*sql_error.*http or storage",
        ),
        (
            plan_of(kind="latency", **{"with": {"mean": 1, "distribution": "gauss"}}),
            BadParameter,
            "distribution is 'gauss'.*valid: normal, uniform, lognormal",
        ),
        (
            plan_of(kind="latency", **{"with": {"mean": float("nan")}}),
            BadParameter,
            "mean is nan",
        ),
        (
            plan_of(
                kind="latency", **{"with": {"mean": 0, "jitter": 1, "distribution": "lognormal"}}
            ),
            ImpossibleFault,
            "mean is 0",
        ),
    ],
)
def test_what_is_wrong_is_told_by_place_value_choices_and_fix(
    given: Any, error: type[FaultError], words: str
) -> None:
    with pytest.raises(error, match=f"(?s){words}") as caught:
        Plan.from_json(given)
    assert "fix:" in str(caught.value)


def test_a_boundary_that_is_not_there_is_told_with_those_that_are() -> None:
    plan = Plan.from_json(plan_of(**{"with": {"status": 500}}))
    with pytest.raises(UnknownBoundary, match=r"(?s)faults\[0\].on.*'payments'.*payment \(http\)"):
        plan.check({"payment": "http", "sql": "sql"})


def test_a_status_does_not_fit_a_proxy() -> None:
    plan = Plan.from_json(plan_of(**{"with": {"status": 500}}))
    with pytest.raises(ImpossibleFault, match="of the family 'tcp'"):
        plan.check({"payments": "tcp"})


def test_a_file_is_named_in_what_is_wrong_with_it(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    with pytest.raises(BadPlan, match=r"plan.json: the plan can't be read: No such file"):
        load(path)
    path.write_text("{'version': 1}")
    with pytest.raises(BadPlan, match=r"plan.json: it is not JSON"):
        load(path)
    path.write_text(json.dumps(plan_of(kind="nonsense")))
    with pytest.raises(UnknownKind, match=r"plan.json: faults\[0\].kind"):
        load(path)


def test_a_plan_may_be_given_as_it_is() -> None:
    assert load('{"version": 1, "seed": 3}') == Plan(3)


def test_a_mistake_in_python_is_told_likewise() -> None:
    target = Planner().on("payments")
    with pytest.raises(BadParameter, match="status is 99"):
        target.fail(status=99)
    with pytest.raises(BadParameter, match="no condition"):
        target.fail(status=500, time=2)  # type: ignore[call-arg]  # that is the mistake
    with pytest.raises(BadParameter, match=r"calls is 'x'"):
        target.fail(status=500, calls="x")  # type: ignore[arg-type]  # likewise
