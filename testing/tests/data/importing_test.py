"""A mistake in data that is made while test files are imported is told as one in a test is: without a trace."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]

SUITE = """
from dataclasses import dataclass
from belljar.data.factory import Factory, one_of

@dataclass
class Customer:
    name: str
    tier: str

class CustomerFactory(Factory[Customer]):
    teir = one_of("basic", "gold")

def test_a(data):
    assert data.make(CustomerFactory)
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_factory_with_a_wrong_field_fails_its_file_with_the_nearest_name(
    run: Run, workers: str
) -> None:
    result = run(SUITE, "-n", workers)
    assert result.ret in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.TESTS_FAILED)
    result.stdout.fnmatch_lines(
        [
            "shop_test.py:9: shop_test.CustomerFactory: Customer has no field 'teir'",
            "  valid: name, tier",
            "  fix:   write 'tier'",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*belljar/data/factory*")


def test_another_error_of_a_file_is_shown_as_ever(run: Run) -> None:
    result = run("raise RuntimeError('no luck')\n")
    result.stdout.fnmatch_lines(["*E*RuntimeError: no luck"])
