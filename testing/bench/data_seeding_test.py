"""What //testing/bench:data says of seeds is measured rightly, in small."""

from __future__ import annotations

import pytest
from data_seeding import collisions_untagged, faker_milliseconds, unique_collisions


def test_tagged_values_do_not_collide_and_untagged_ones_do() -> None:
    assert unique_collisions(2_000) == (14_000, 0)
    drawn, collisions = collisions_untagged(2_000)
    assert drawn == 8_000
    assert collisions > 500


def test_the_cost_of_faker_is_that_of_a_test() -> None:
    """A bound that holds on a busy machine; the limit is the benchmark's own."""
    assert faker_milliseconds(tests=300, rounds=1) < 5


def test_one_test_says_nothing_of_the_next() -> None:
    with pytest.raises(ValueError, match="two at least"):
        faker_milliseconds(tests=1)
