"""Selection: which tests a filter or a shard takes."""

from __future__ import annotations

import random

import pytest

from belljar.runner.selection import FilterError, matcher, shard

NODEIDS = [
    "services/orders/tests/unit/pay_test.py::test_pay",
    "services/orders/tests/unit/pay_test.py::test_payment_twice",
    "services/orders/tests/unit/pay_test.py::TestRefund::test_pay_back[eur]",
    "services/orders/tests/unit/pay_test.py::TestRefund::test_pay_back[usd-1.5]",
    "services/orders/tests/unit/repay_test.py::test_other",
]


def taken(text: str) -> list[str]:
    takes = matcher(text, NODEIDS)

    def taken_by_filter(nodeid: str) -> bool:
        return takes(nodeid, lambda word: word in nodeid)

    return [nodeid.rpartition("::")[2] for nodeid in filter(taken_by_filter, NODEIDS)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("test_pay", ["test_pay"]),
        ("pay_test.py::test_pay", ["test_pay"]),
        ("services/orders/tests/unit/pay_test.py::test_pay", ["test_pay"]),
        ("TestRefund::test_pay_back", ["test_pay_back[eur]", "test_pay_back[usd-1.5]"]),
        ("test_pay_back[usd-1.5]", ["test_pay_back[usd-1.5]"]),
        ("TestRefund", ["test_pay_back[eur]", "test_pay_back[usd-1.5]"]),
        ("repay_test.py", ["test_other"]),
        (
            "test_pay*",
            ["test_pay", "test_payment_twice", "test_pay_back[eur]", "test_pay_back[usd-1.5]"],
        ),
        ("payment", ["test_payment_twice"]),
        ("twice or other", ["test_payment_twice", "test_other"]),
        ("pay and not Refund and not other", ["test_pay", "test_payment_twice"]),
        ("nothing_of_the_kind", []),
        ("pay_test.py::test_nothing", []),
    ],
)
def test_a_filter_is_a_name_a_node_id_a_pattern_or_an_expression(
    text: str, expected: list[str]
) -> None:
    """An exact name takes just that test, and not those whose names contain it."""
    assert taken(text) == expected


def test_a_filter_that_is_none_of_these_says_what_it_may_be() -> None:
    """The error names the value and the valid forms."""
    with pytest.raises(FilterError, match=r"--test_filter='pay and and'.*node id.*expression"):
        matcher("pay and and", NODEIDS)


@pytest.mark.parametrize("total", [1, 2, 3, 7, 50])
def test_every_test_is_in_exactly_one_shard_whatever_the_order(total: int) -> None:
    """Shards partition the tests, and do not depend on the order of collection."""
    nodeids = [f"a_test.py::test_{number}" for number in range(40)]
    shuffled = random.Random(7).sample(nodeids, len(nodeids))
    shards = [shard(nodeids, index, total) for index in range(total)]
    assert sorted(nodeid for part in shards for nodeid in part) == sorted(nodeids)
    assert shards == [shard(shuffled, index, total) for index in range(total)]
    assert max(map(len, shards)) - min(map(len, shards)) <= 1
