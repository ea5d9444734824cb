"""The engine: which calls fail, the same whatever threads do, and a record that does it again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from belljar.faults import Call, Engines, FaultEngine, ImpossibleFault, Plan, Planner, Target

CHARGE = Call("POST", "/v1/charges?expand=x")


def engine_of(plan: Callable[[Target], object], **match: str) -> FaultEngine:
    planner = Planner(seed=7)
    plan(planner.on("payments", **match))
    return FaultEngine(planner.plan, "payments", "http")


def failing(engine: FaultEngine, calls: int = 6, call: Call = CHARGE) -> list[int]:
    """Which of the next calls fail, from 1."""
    return [number for number in range(1, calls + 1) if engine.decide(call)]


@pytest.mark.parametrize(
    ("plan", "numbers"),
    [
        (lambda on: on.fail(), [1, 2, 3, 4, 5, 6]),
        (lambda on: on.fail(times=2), [1, 2]),
        (lambda on: on.fail(skip=4), [5, 6]),
        (lambda on: on.fail(times=2, skip=1), [2, 3]),
        (lambda on: on.fail(calls=[1, 3]), [1, 3]),
        (lambda on: on.fail(calls=2), [2]),
        (lambda on: on.fail(calls=[]), []),
        (lambda on: on.fail(probability=0.0), []),
        (lambda on: on.fail(probability=1.0), [1, 2, 3, 4, 5, 6]),
    ],
)
def test_conditions_choose_the_calls(plan: Callable[[Target], object], numbers: list[int]) -> None:
    assert failing(engine_of(plan)) == numbers


def test_a_window_of_time_is_counted_from_the_planning() -> None:
    now = [100.0]
    planner = Planner()
    planner.on("payments").fail(from_s=1, until_s=2)
    engine = FaultEngine(planner.plan, "payments", "http", clock=lambda: now[0])
    seen = []
    for now[0] in (100.5, 101.0, 101.9, 102.0):
        seen.append(len(engine.decide(CHARGE)))
    assert seen == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("match", "call", "yes"),
    [
        ({"path": "/v1/charges"}, CHARGE, True),
        ({"path": "/v1/charge"}, CHARGE, False),
        ({"path": "/v1/*"}, CHARGE, True),
        ({"path": "*.charges"}, CHARGE, False),
        ({"method": "post"}, CHARGE, True),
        ({"method": "GET"}, CHARGE, False),
        ({"method": "POST", "path": "/v2/*"}, CHARGE, False),
    ],
)
def test_a_rule_is_for_calls_that_match(match: dict[str, str], call: Call, yes: bool) -> None:
    assert bool(failing(engine_of(lambda on: on.fail(), **match), 1, call)) is yes


def test_only_calls_that_match_are_counted() -> None:
    engine = engine_of(lambda on: on.fail(calls=2), path="/v1/charges")
    assert failing(engine, 1, Call("GET", "/other")) == []
    assert failing(engine, 3) == [2]


def test_faults_of_one_call_come_in_the_order_of_the_plan() -> None:
    engine = engine_of(lambda on: on.latency(mean=1).fail(status=503).reset())
    assert [fault.kind for fault in engine.decide(CHARGE)] == ["latency", "status", "reset"]


@settings(derandomize=True, deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 2**32),
    threads=st.integers(1, 6),
    probability=st.floats(0.1, 0.9),
    times=st.none() | st.integers(1, 20),
)
def test_the_same_calls_fail_alike_whichever_thread_comes_first(
    seed: int, threads: int, probability: float, times: int | None
) -> None:
    planner = Planner(seed)
    on = planner.on("payments")
    if times is None:
        on.latency(mean=1, jitter=0.5, distribution="lognormal", probability=probability)
    else:
        on.latency(mean=1, jitter=0.5, probability=probability, times=times)
    planner.on("payments", path="/v1/*").fail(probability=probability)

    def happened(workers: int) -> set[tuple[object, ...]]:
        engine = FaultEngine(planner.plan, "payments", "http")
        begin = threading.Barrier(workers)

        def work(count: int) -> None:
            begin.wait()
            for _ in range(count):
                engine.decide(CHARGE)

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(work, [60 // workers] * workers))
        return {
            (note.fault.index, note.fault.number, str(sorted(note.fault.values.items())))
            for note in engine.happened
            if note.fault.number <= 60 // workers * workers
        }

    alone = {entry for entry in happened(1) if int(str(entry[1])) <= 60 // threads * threads}
    assert happened(threads) == alone


@settings(derandomize=True, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    probability=st.floats(0, 1),
    skip=st.integers(0, 5),
    times=st.integers(1, 9),
)
def test_a_record_does_exactly_the_same_again(
    seed: int, probability: float, skip: int, times: int
) -> None:
    planner = Planner(seed)
    planner.on("storage").slow_down()
    planner.on("payments").latency(mean=1, jitter=1, probability=probability)
    planner.on("payments").fail(skip=skip, times=times, until_s=1000)
    first = FaultEngine(planner.plan, "payments", "http")
    seen = [first.decide(CHARGE) for _ in range(20)]
    record = Plan.loads(first.record().dumps())
    again = FaultEngine(record, "payments", "http")
    assert [again.decide(CHARGE) for _ in range(20)] == seen
    assert again.record() == record
    assert record.rules[0] == planner.plan.rules[0]  # of another boundary: not ours to say


def test_the_draw_is_the_same_in_every_process() -> None:
    """A change of these figures breaks every plan that was saved."""
    engine = engine_of(lambda on: on.latency(mean=1, jitter=0.5))
    drawn = [engine.decide(CHARGE)[0]["seconds"] for _ in range(2)]
    assert drawn == pytest.approx([0.8455205423378535, 0.9845822922578057])


@pytest.mark.parametrize("distribution", ["uniform", "normal", "lognormal"])
def test_a_distribution_has_the_mean_and_the_spread_that_it_says(distribution: str) -> None:
    engine = engine_of(
        lambda on: on.latency(mean=2, jitter=0.5, distribution=distribution)  # type: ignore[arg-type]
    )
    drawn = [engine.decide(CHARGE)[0]["seconds"] for _ in range(2000)]
    mean = sum(drawn) / len(drawn)
    deviation = (sum((each - mean) ** 2 for each in drawn) / len(drawn)) ** 0.5
    assert mean == pytest.approx(2, rel=0.05)
    assert deviation == pytest.approx(0.5 / 3**0.5 if distribution == "uniform" else 0.5, rel=0.1)


def test_a_longer_plan_lets_earlier_rules_go_on_counting() -> None:
    planner = Planner()
    planner.on("payments").fail(times=2)
    engine = FaultEngine(planner.plan, "payments", "http")
    assert failing(engine, 1) == [1]
    planner.on("payments").reset(calls=1)
    engine.update(planner.plan)
    kinds = [[fault.kind for fault in engine.decide(CHARGE)] for _ in range(2)]
    assert kinds == [["status", "reset"], []]


def test_another_plan_begins_anew() -> None:
    planner = Planner()
    planner.on("payments").fail(times=1)
    engine = FaultEngine(planner.plan, "payments", "http")
    assert failing(engine, 2) == [1]
    engine.update(Plan())
    engine.update(planner.plan)
    assert failing(engine, 2) == [1]


def test_an_engine_refuses_what_does_not_fit_its_family() -> None:
    planner = Planner()
    planner.on("payments").fail()
    with pytest.raises(ImpossibleFault, match="of the family 'smtp'"):
        FaultEngine(planner.plan, "payments", "smtp")


def test_namespaces_have_engines_of_their_own() -> None:
    planner = Planner()
    planner.on("payments").fail(times=1)
    engines = Engines("payments", "http")
    engines["one"].update(planner.plan)
    assert engines.decide("two", CHARGE) == []
    assert len(engines.decide("one", CHARGE)) == 1
    engines.clear("one")
    assert engines.decide("one", CHARGE) == []
