"""Nothing that is written has a secret in it: planted in every place, looked for in every file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.redaction.planting import PLACES, SERVICE_PLACES, run_planted

OFTEN = ("-vv", "--showlocals", "-rA", "--durations=5", "-o", "log_cli=true", "--color=yes")


@pytest.mark.parametrize(
    "arguments",
    [(), OFTEN, ("-p", "xdist", "-n2", "-rA"), ("-s", "--tb=short", "-v"), ("--tb=native", "-rA")],
    ids=["plainly", "with-all-that-is-shown", "in-workers", "uncaptured", "natively"],
)
def test_no_secret_is_written(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    leaks = run_planted(tmp_path, *arguments)
    assert leaks.found == {}
    assert leaks.code == 1, leaks.output
    assert "[secret PLANTED_CAUSE]" in leaks.output


def test_no_secret_of_a_service_is_written(tmp_path: Path) -> None:
    """Nor one that the graph has made, which no setting names."""
    leaks = run_planted(tmp_path, "-k", "service", services=True)
    assert leaks.found == {}
    assert "it said [secret OWN]" in leaks.output
    (log,) = (tmp_path / "written/outputs/services").glob("shop*.log")
    assert "the token is [secret PLANTED_SERVICE_LOG] and" in log.read_text(encoding="utf-8")


def test_each_would_be_found_if_it_were_written(tmp_path: Path) -> None:
    """What the tests above would be worth otherwise."""
    leaks = run_planted(tmp_path, "-rA", "--showlocals", redacting=False, services=True)
    assert set(leaks.found) == {*PLACES, *SERVICE_PLACES}
