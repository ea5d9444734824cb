"""The coverage merger as Bazel calls it: a program over files in a folder of its own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

# Not resolved: under Bazel this file is a link, and the merger is found by the link's place.
_MERGER = Path(__file__).parents[3] / "bazel/stand_ins/remote_coverage_tools/lcov_merger.py"


@dataclass
class Merger:
    """Runs the merger in `folder`, which stands for Bazel's execution root."""

    folder: Path

    def write(self, name: str, text: str) -> Path:
        """Writes a file of the execution root."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs the program with nothing but these arguments and this environment."""
        return subprocess.run(
            [sys.executable, "-I", str(_MERGER), *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )

    def merge(self, *reports: str) -> str:
        """Merges reports as Bazel does at the end, and gives the combined one."""
        names = [f"{number}/coverage.dat" for number, _ in enumerate(reports)]
        for name, report in zip(names, reports, strict=True):
            self.write(name, report)
        self.write("reports", "\n".join(names))
        done = self.run("--reports_file=reports", "--output_file=merged.dat")
        assert done.returncode == 0, done.stderr
        return (self.folder / "merged.dat").read_text()

    def merge_test(self, *arguments: str, **environment: str) -> str:
        """Merges what one test left in the folder `coverage`, and gives its report."""
        output = self.write("coverage/coverage.dat", "")
        done = self.run(
            f"--coverage_dir={self.folder}/coverage",
            f"--output_file={output}",
            *arguments,
            **environment,
        )
        assert done.returncode == 0, done.stderr
        return output.read_text()


@pytest.fixture
def merger(tmp_path: Path) -> Merger:
    """A merger with an empty execution root."""
    return Merger(tmp_path)
