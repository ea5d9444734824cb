"""The benchmark's row of the same data would show data that is not the same."""

from __future__ import annotations

from pathlib import Path

import data_suites
import pytest


def test_data_that_depends_on_the_order_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each test draws from a counter of the process."""
    counted = data_suites._DRAWN.replace("2**53)]", "2**53), next(COUNT)]").replace(
        "import pytest", "import pytest, itertools\nCOUNT = itertools.count()"
    )
    monkeypatch.setattr(data_suites, "_DRAWN", counted)
    found = data_suites.differing(tmp_path / "same", 4)
    assert found["another order"] == 4
    assert found["another HOME and PYTHONHASHSEED"] == 0


def test_data_that_no_seed_changes_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is the same under each seed would be the same in each run, whatever we do."""
    constant = data_suites._DRAWN.replace("write_text(repr(drawn))", "write_text('the same')")
    monkeypatch.setattr(data_suites, "_DRAWN", constant)
    with pytest.raises(SystemExit, match="another seed gives the same data in 4 of 4 tests"):
        data_suites.differing(tmp_path / "same", 4)
