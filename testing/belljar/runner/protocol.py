"""Protocol: what Bazel tells a test, and where it wants the answers.

Source: Bazel's Test Encyclopedia, and tools/test/test-setup.sh of 4.2.3 and 7.7.1.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Protocol"]


@dataclass(frozen=True)
class Protocol:
    """Bazel's test environment, typed; every field is empty outside Bazel."""

    under_bazel: bool
    """A `bazel test`, or a `bazel run` of a test."""
    interactive: bool
    """`bazel run`: nothing is sandboxed, and a person may be at the terminal."""
    tmpdir: Path | None
    xml: Path | None
    outputs: Path | None
    test_filter: str
    shard_index: int
    shard_total: int
    shard_status: Path | None
    premature_exit: Path | None
    warnings: Path | None
    fail_fast: bool
    run_number: int
    """From 1; more than 1 under --runs_per_test."""
    random_seed: str
    timeout: int
    """Seconds; 0 when unknown."""
    coverage_dir: Path | None
    coverage_manifest: Path | None

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Protocol:
        """Gives the protocol as `environ` states it."""

        def path(name: str) -> Path | None:
            value = environ.get(name)
            return Path(value) if value else None

        def number(name: str, default: int) -> int:
            value = environ.get(name, "")
            return int(value) if value.isdigit() else default

        return cls(
            under_bazel="TEST_SRCDIR" in environ or "BUILD_WORKSPACE_DIRECTORY" in environ,
            interactive="BUILD_WORKSPACE_DIRECTORY" in environ,
            tmpdir=path("TEST_TMPDIR"),
            xml=path("XML_OUTPUT_FILE"),
            outputs=path("TEST_UNDECLARED_OUTPUTS_DIR"),
            test_filter=environ.get("TESTBRIDGE_TEST_ONLY", ""),
            shard_index=number("TEST_SHARD_INDEX", 0),
            shard_total=number("TEST_TOTAL_SHARDS", 0),
            shard_status=path("TEST_SHARD_STATUS_FILE"),
            premature_exit=path("TEST_PREMATURE_EXIT_FILE"),
            warnings=path("TEST_WARNINGS_OUTPUT_FILE"),
            fail_fast=environ.get("TESTBRIDGE_TEST_RUNNER_FAIL_FAST") == "1",
            # 4.2.3 gives only the seed, which is the same number.
            run_number=number("TEST_RUN_NUMBER", number("TEST_RANDOM_SEED", 1)),
            random_seed=environ.get("TEST_RANDOM_SEED", ""),
            timeout=number("TEST_TIMEOUT", 0),
            coverage_dir=path("COVERAGE_DIR"),
            coverage_manifest=path("COVERAGE_MANIFEST"),
        )

    def attempt(self) -> int:
        """Gives which attempt of a flaky test this is, from 1.

        Bazel does not say. It keeps the logs of failed attempts beside the test's result before it
        starts the next, so they can be counted where the result's real folder can be seen: not in
        remote execution, where this is always 1.
        """
        main = os.environ.get("TEST_BINARY", "")
        srcdir = os.environ.get("TEST_SRCDIR", "")
        if not (self.xml and main and srcdir):
            return 1
        # .../bazel-out/CONFIG/bin/PACKAGE/TARGET.runfiles, seen through the sandbox's own folder
        parts = self.xml.parts
        if "bazel-out" not in parts:
            return 1
        tail = parts[parts.index("bazel-out") :]
        for execroot in _real_execroots(Path(srcdir)):
            attempts = execroot.joinpath(*tail[:-1], "test_attempts")
            if attempts.is_dir():
                mine = [log for log in attempts.iterdir() if log.suffix == ".log"]
                return len(mine) + 1
        return 1


def _real_execroots(srcdir: Path) -> list[Path]:
    """Gives the execution root that a sandboxed runfiles tree was made from."""
    text = str(srcdir)
    roots = [Path(text[: text.index("/bazel-out/")])] if "/bazel-out/" in text else []
    for root in list(roots):
        # OUTPUT_BASE/sandbox/linux-sandbox/N/execroot/WORKSPACE
        parts = root.parts
        if "sandbox" in parts:
            base = Path(*parts[: parts.index("sandbox")])
            roots.append(base / "execroot" / root.name)
    return roots[::-1]
