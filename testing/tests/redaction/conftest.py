"""What the tests of belljar.redaction share: each begins with nothing concealed, and leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from belljar.redaction.concealed import concealed


@pytest.fixture(autouse=True)
def nothing_concealed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put aside what the run around conceals."""
    monkeypatch.setattr(concealed, "_names", {})
    monkeypatch.setattr(concealed, "_groups", ())
    monkeypatch.setattr(concealed, "listeners", [])
    yield
