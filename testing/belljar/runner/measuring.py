"""measured(): line and branch coverage of a run under `bazel coverage`, as LCOV."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from belljar.runner.protocol import Protocol

__all__ = ["measured"]


@contextmanager
def measured(protocol: Protocol, root: Path) -> Iterator[None]:
    """Measures what runs inside, if Bazel collects coverage; writes COVERAGE_DIR/pytest.dat.

    Every Python file of Bazel's manifest is in the result: one that was never imported has its
    lines with zero hits. File names are those of the manifest, relative to the workspace.
    """
    if protocol.coverage_dir is None or protocol.coverage_manifest is None:
        yield
        return
    names = protocol.coverage_manifest.read_text(encoding="utf-8").splitlines()
    # The same file as coverage.py names it: without links. In the sandbox only runfiles are there.
    places = {
        name: root / name.replace("external/", "../", 1) for name in names if name.endswith(".py")
    }
    files = {os.path.realpath(place): name for name, place in places.items() if place.exists()}

    import coverage

    measure = coverage.Coverage(
        branch=True,
        config_file=False,
        data_file=str(protocol.coverage_dir / ".coverage"),
        include=list(files),
    )
    measure.start()
    try:
        yield
    finally:
        measure.stop()
        data = measure.get_data()
        data.touch_files(sorted(set(files) - data.measured_files()))
        report = protocol.coverage_dir / "pytest.lcov"
        if files:
            measure.lcov_report(outfile=str(report), ignore_errors=True)
            lines = report.read_text(encoding="utf-8").splitlines()
            report.unlink()
        else:
            lines = []
        named = [
            f"SF:{files.get(os.path.realpath(line[3:]), line[3:])}"
            if line.startswith("SF:")
            else line
            for line in lines
        ]
        (protocol.coverage_dir / "pytest.dat").write_text("\n".join([*named, ""]), encoding="utf-8")
        measure.erase()
