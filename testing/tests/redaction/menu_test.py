"""The public face of belljar.redaction is what its menu says."""

from __future__ import annotations

import belljar.redaction


def test_the_menu_is_sorted_and_complete() -> None:
    menu = belljar.redaction.__all__
    assert menu == sorted(menu)
    assert menu == ["conceal", "redact", "redact_at_end", "redact_bytes"]
    assert all(callable(getattr(belljar.redaction, name)) for name in menu)
