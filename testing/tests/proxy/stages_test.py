"""Toxics on bytes, as functions of what comes and when."""

from __future__ import annotations

from random import Random

import pytest

from belljar.mocks.proxy.attributes import Value
from belljar.mocks.proxy.gate import Gate
from belljar.mocks.proxy.items import NEVER, End, Item
from belljar.mocks.proxy.registry import toxic_type
from belljar.mocks.proxy.toxic import Toxic
from belljar.mocks.proxy.toxics import latency

pytestmark = pytest.mark.unit


def gate(type: str, **attributes: Value) -> Gate:
    """Give a toxic that happens to its connection."""
    return Gate(Toxic(toxic_type(type), attributes=attributes))


def test_latency_is_on_top_of_when_data_came() -> None:
    one = gate("latency", latency=100)
    assert one.feed(Item(5.0, b"a")) == [Item(5.1, b"a")]
    assert one.feed(Item(5.01, b"b"))[0].due == pytest.approx(5.11)


def test_jitter_is_within_its_range_and_never_turns_data_around() -> None:
    one = gate("latency", latency=100, jitter=50)
    dues = [one.feed(Item(n / 1000, b"x"))[0].due for n in range(200)]
    assert dues == sorted(dues)
    assert 0.05 <= dues[0] <= 0.15
    stage = latency.Latency({"latency": 100, "jitter": 50}, Random(1))
    alone = [stage.feed(Item(0.0, b"x"))[0].due for _ in range(200)]
    assert 0.05 <= min(alone) < 0.07 and 0.13 < max(alone) <= 0.15


def test_jitter_is_the_same_with_the_same_seed() -> None:
    def dues(seed: str) -> list[float]:
        toxic = Toxic(toxic_type("latency"), attributes={"latency": 9, "jitter": 9}, seed=seed)
        one = Gate(toxic)
        return [one.feed(Item(float(n), b"x"))[0].due for n in range(20)]

    assert dues("7") == dues("7")
    assert dues("7") != dues("8")


def test_bandwidth_says_when_each_tenth_of_a_second_is_through() -> None:
    one = gate("bandwidth", rate=10)  # 10 000 bytes a second
    items = one.feed(Item(1.0, bytes(2500)))
    assert [len(item.data) for item in items] == [1000, 1000, 500]
    assert [item.due for item in items] == pytest.approx([1.1, 1.2, 1.25])
    assert one.feed(Item(1.0, bytes(1000)))[0].due == pytest.approx(1.35)
    assert one.feed(Item(1.0, end=End.FINISHED))[0].due == pytest.approx(1.35)


def test_a_bandwidth_of_nothing_lets_nothing_through() -> None:
    assert gate("bandwidth", rate=0).feed(Item(1.0, b"x"))[0].due == NEVER


def test_slices_are_of_the_size_and_distance_that_was_asked_for() -> None:
    one = gate("slicer", average_size=100, size_variation=20, delay=1000)
    items = [*one.feed(Item(1.0, bytes(1000))), *one.feed(Item(1.0, bytes(100)))]
    assert sum(len(item.data) for item in items) == 1100
    assert all(80 <= len(item.data) <= 120 for item in items[:8])
    assert [item.due for item in items] == pytest.approx([1 + n / 1000 for n in range(len(items))])


def test_limit_data_passes_so_many_bytes_and_closes() -> None:
    one = gate("limit_data", bytes=5)
    assert one.feed(Item(1.0, b"abc")) == [Item(1.0, b"abc")]
    assert one.feed(Item(2.0, b"defg")) == [Item(2.0, b"de"), Item(2.0, end=End.CLOSED)]
    assert one.feed(Item(3.0, b"h")) == []


def test_a_higher_limit_counts_what_passed_before() -> None:
    one = gate("limit_data", bytes=5)
    one.feed(Item(1.0, b"abc"))
    one.toxic.update({"attributes": {"bytes": 4}})
    assert one.feed(Item(2.0, b"de"))[0].data == b"d"


def test_timeout_swallows_data_and_closes_after_its_time() -> None:
    one = gate("timeout", timeout=250)
    assert one.start(1.0) == [Item(1.25, end=End.CLOSED)]
    assert one.feed(Item(1.1, b"x")) == []
    assert gate("timeout", timeout=0).start(1.0) == []


def test_slow_close_is_late_with_the_end_only() -> None:
    one = gate("slow_close", delay=500)
    assert one.feed(Item(1.0, b"x")) == [Item(1.0, b"x")]
    assert one.feed(Item(1.0, end=End.FINISHED)) == [Item(1.5, end=End.FINISHED)]


def test_reset_peer_resets_at_the_first_data() -> None:
    one = gate("reset_peer", timeout=100)
    assert one.start(1.0) == []
    assert one.feed(Item(1.0, b"x")) == [Item(1.1, end=End.RESET)]


def test_times_and_skip_choose_cases_by_number() -> None:
    toxic = Toxic(toxic_type("latency"), attributes={"times": 2, "skip": 1})
    assert [toxic.claim() is not None for _ in range(5)] == [False, True, True, False, False]
    assert (toxic.seen, toxic.applied) == (5, 2)


def test_toxicity_happens_to_as_many_as_it_says_and_to_the_same_each_time() -> None:
    def cases(seed: str) -> list[bool]:
        toxic = Toxic(toxic_type("latency"), toxicity=0.3, seed=seed)
        return [toxic.claim() is not None for _ in range(1000)]

    assert 250 < sum(cases("1")) < 350
    assert cases("1") == cases("1")
    assert cases("1") != cases("2")
    assert not any(Toxic(toxic_type("latency"), toxicity=0).claim() for _ in range(100))
