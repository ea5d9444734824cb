"""Thresholds: the grammar, the figures, the verdicts."""

from __future__ import annotations

import math
from array import array

import pytest

from belljar.load import BadThreshold, Endpoint, Results, Threshold

pytestmark = pytest.mark.unit


def results(**endpoints: tuple[list[float], int]) -> Results:
    """Two seconds of requests: durations and failures by name."""
    return Results(
        {
            name: Endpoint(name, array("d", durations), failures)
            for name, (durations, failures) in endpoints.items()
        },
        seconds=2.0,
    )


HUNDRED = [float(number) for number in range(100, 0, -1)]


@pytest.mark.parametrize(
    ("metric", "limit", "value"),
    [
        ("http_req_duration", "p(95)<1", 95),
        ("http_req_duration", "p(99.9)<1", 100),
        ("http_req_duration", "p(1)<1", 1),
        ("http_req_duration", "med<1", 50),
        ("http_req_duration", "avg<1", 50.5),
        ("http_req_duration", "min<1", 1),
        ("http_req_duration", "max<1", 100),
        ("http_req_failed", "rate<1", 0.04),
        ("http_req_failed", "count<1", 4),
        ("http_reqs", "rate<1", 50),
        ("http_reqs", "count<1", 100),
    ],
)
def test_a_figure_is_exact(metric: str, limit: str, value: float) -> None:
    """Over the durations 1 to 100 ms, four of which failed, in two seconds."""
    verdict = Threshold(metric, limit).check(results(a=(HUNDRED, 4)))
    assert verdict.value == pytest.approx(value)


@pytest.mark.parametrize(
    ("limit", "passed"),
    [
        ("max<100", False),
        ("max<=100", True),
        ("max<100.5", True),
        ("max>100", False),
        ("max>=100", True),
        ("max>99", True),
        ("max==100", True),
        ("max==99", False),
        (" max  <  101 ", True),
    ],
)
def test_an_operator_means_what_it_says(limit: str, passed: bool) -> None:
    """Also exactly at the bound."""
    assert Threshold("http_req_duration", limit).check(results(a=(HUNDRED, 0))).passed is passed


def test_a_threshold_can_be_narrowed_to_a_name() -> None:
    """The other requests do not count."""
    both = results(quick=([1.0], 0), slow=([9.0], 0))
    assert Threshold("http_req_duration", "max<5", name="quick").check(both).passed
    assert not Threshold("http_req_duration", "max<5").check(both).passed


@pytest.mark.parametrize(
    "threshold",
    [
        Threshold("http_req_duration", "p(95)<250"),
        Threshold("http_req_failed", "rate<0.01"),
        Threshold("http_reqs", "count>=0"),
        Threshold("http_req_duration", "max<5", name="misspelt"),
    ],
)
def test_a_threshold_without_samples_is_missed(threshold: Threshold) -> None:
    """Silence is no success, however easy the limit is."""
    assert not threshold.check(results()).passed


def test_an_endpoint_without_samples_has_no_durations() -> None:
    """They are no numbers, which compare as false with everything."""
    empty = Endpoint("empty")
    assert all(map(math.isnan, (empty.average, empty.minimum, empty.maximum)))
    assert math.isnan(empty.percentile(50))


@pytest.mark.parametrize(
    ("metric", "limit", "message"),
    [
        ("http_req_time", "p(95)<1", "'http_req_time' is unknown: choose one of http_req_duration"),
        ("http_req_duration", "p95<1", "such as 'p(95)<250'"),
        ("http_req_duration", "p(95)<fast", "is not understood"),
        ("http_req_duration", "p(95)", "is not understood"),
        ("http_req_duration", "p(0)<1", "a percentile lies above 0"),
        ("http_req_duration", "p(101)<1", "a percentile lies above 0"),
        ("http_req_duration", "rate<1", "has no 'rate', it has avg, min, med, max, p(N)"),
        ("http_reqs", "p(95)<1", "has no 'p(N)', it has rate, count"),
    ],
)
def test_a_bad_threshold_is_refused_when_it_is_written(
    metric: str, limit: str, message: str
) -> None:
    """The message has the valid choices."""
    with pytest.raises(BadThreshold) as caught:
        Threshold(metric, limit)
    assert message in str(caught.value)
