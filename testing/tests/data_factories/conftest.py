"""What the tests of factories share: a draw of their own."""

from __future__ import annotations

import pytest

from belljar.data.draw import Draw


@pytest.fixture
def draw(request: pytest.FixtureRequest) -> Draw:
    """Give what a test's data is drawn from."""
    return Draw(0, request.node.name)
