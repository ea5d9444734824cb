"""A failed test's plan as a file among its outputs, and the command that replays it."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from belljar.faults.plan import Plan
from belljar.redaction import redact

__all__ = ["place_of", "replay_command", "save"]

# Inside the outputs.
FOLDER = "faults"
LONGEST_NAME = 100
# A plan up to here is in Bazel's command itself: the file is among outputs that are packed by then.
LONGEST_INLINE = 100_000


def save(planned: Plan, record: Plan, nodeid: str, outputs: Path) -> Path:
    """Write the record, and the plan as it was said; give the record's path."""
    folder = outputs / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    # Two tests of one name lie in two files.
    digest = hashlib.sha256(nodeid.encode()).hexdigest()[:8]
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", nodeid.rpartition("/")[2])[:LONGEST_NAME]
    path = folder / f"{name}-{digest}.json"
    path.write_text(redact(record.dumps(indent=2)) + "\n", encoding="utf-8")
    as_said = path.with_suffix(".planned.json")
    as_said.write_text(redact(planned.dumps(indent=2)) + "\n", encoding="utf-8")
    return path


def place_of(path: Path, environ: Mapping[str, str]) -> str:
    """Give where the record is; under Bazel inside of the outputs, for the sandbox's path is gone then."""
    if environ.get("TEST_TARGET"):
        return f"{FOLDER}/{path.name} in the test's undeclared outputs"
    return str(path)


def replay_command(record: Plan, path: Path, environ: Mapping[str, str]) -> str:
    """Give the command that replays a record: of the Bazel target, or of pytest."""
    label = environ.get("TEST_TARGET", "")
    if not label:
        return f"pytest {shlex.quote(record.test)} --faults={shlex.quote(str(path))}"
    inline = redact(record.dumps())
    value = inline if len(inline) <= LONGEST_INLINE else f"PATH OF {path.name}, UNPACKED"
    label = label.removeprefix("@@").removeprefix("@")
    test_filter = record.test.rpartition("::")[2].partition("[")[0]
    return (
        f"./bazelw test {label} --test_filter={shlex.quote(test_filter)} "
        f"{shlex.quote(f'--test_arg=--faults={value}')}"
    )
