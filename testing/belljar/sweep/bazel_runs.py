"""`BazelRuns`: a sweep of Bazel targets: their tests are run with `--sweep`, in processes that share the cells.

runs = BazelRuns(workspace, flag="--//bazel:sweep")
runs.check(labels)                    # raises TargetFailed
matrices = runs.sweep(labels, jobs=2, arguments=["--sweep-kinds=timeout"])
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from belljar.sweep.errors import TargetFailed
from belljar.sweep.matrix import Matrix, joined
from belljar.sweep.reporting import JSON_NAME, read_report

__all__ = ["BazelRuns"]

# Where a workspace has Bazel's links: ours, and Bazel's own name.
LOGS = (".out/testlogs", "bazel-testlogs")
# Of Bazel: all passed; some failed, as a sweep that has found something does.
RAN = (0, 3)
SECONDS = 3600
LOG_LINES = 30


class BazelRuns:
    """The Bazel of a workspace. `flag` brings the sweep into the tests' own dependencies."""

    def __init__(self, workspace: Path, flag: str) -> None:
        self._workspace = workspace
        wrapper = workspace / "bazelw"
        self._program = str(wrapper) if wrapper.is_file() else "bazel"
        self._flag = flag

    def check(self, labels: Sequence[str]) -> list[str]:
        """Give the labels of the tests that are meant, or say which is none."""
        found = self._run(["query", "--output=label_kind", "--", f"set({' '.join(labels)})"])
        if found.returncode:
            errors = re.findall(r"(?m)^ERROR: (.*)$", found.stderr) or [found.stderr.strip()]
            raise TargetFailed(
                f"Bazel does not know {', '.join(labels)}:\n  " + "\n  ".join(errors[:3]),
                fix="name a test target: ./bazelw query 'tests(//...)' lists them",
            )
        tests: list[str] = []
        others: list[str] = []
        for line in found.stdout.splitlines():
            kind, _, label = line.rpartition(" ")
            is_test = re.search(r"_test( rule)?$|^test_suite( rule)?$", kind)
            (tests if is_test else others).append(f"{label}" if is_test else f"{label} ({kind})")
        # Of a pattern such as //services/... the tests are meant.
        if not tests or (others and not any("..." in label or ":all" in label for label in labels)):
            raise TargetFailed(
                f"{(others or list(labels))[0]} is no test",
                fix="name a test target: ./bazelw query 'tests(//...)' lists them",
            )
        return tests

    def sweep(
        self, labels: Sequence[str], *, jobs: int, arguments: Sequence[str], test: str = ""
    ) -> list[Matrix]:
        """Give a matrix for each test, whole again. Raises `TargetFailed`."""
        begun = time.time()
        command = [
            "test",
            self._flag,
            f"--runs_per_test={jobs}",
            f"--jobs={jobs}",
            f"--local_test_jobs={jobs}",
            # Most of a sweep waits for what does not come: more processes than processors are right.
            f"--local_cpu_resources={jobs}",
            "--nocache_test_results",
            "--flaky_test_attempts=1",
            f"--test_timeout={SECONDS}",
            "--test_output=summary",
            "--test_summary=none",
            *([f"--test_filter={test}"] if test else []),
            *(
                f"--test_arg={argument}"
                for argument in ("--sweep", f"--sweep-part=auto/{jobs}", *arguments)
            ),
            "--",
            *labels,
        ]
        code = self._watched(command)
        if code not in RAN:
            raise TargetFailed(
                f"{', '.join(labels)}: Bazel ended with {code}, and nothing was swept",
                fix="mend what it says above",
            )
        matrices: list[Matrix] = []
        for label in labels:
            found = [read_report(text) for text in self._reports(label, begun)]
            if not found:
                raise TargetFailed(
                    f"{label}: its test has ended without a report\n{self._log(label)}",
                    fix="look at what it wrote; a test that sweeps needs the layer integration or e2e",
                )
            matrices += [matrix for report in found for matrix in report]
        return joined(matrices)

    def _run(self, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._program, *arguments],
            cwd=self._workspace,
            env=self._environment(),
            check=False,
            capture_output=True,
            text=True,
        )

    def _watched(self, arguments: Sequence[str]) -> int:
        """Give Bazel's exit code; what ends us ends it first, and all of its tests."""
        process = subprocess.Popen(
            [self._program, *arguments],
            cwd=self._workspace,
            env=self._environment(),
            stdout=sys.stderr,
        )

        def interrupt(number: int, frame: object) -> None:
            process.send_signal(signal.SIGINT)

        names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
        before = {name: signal.signal(getattr(signal, name), interrupt) for name in names}
        try:
            return process.wait()
        except KeyboardInterrupt:
            # A terminal has told Bazel, too: it ends its tests, and then itself.
            process.wait()
            raise
        finally:
            for name, handler in before.items():
                signal.signal(getattr(signal, name), handler)

    def _environment(self) -> dict[str, str]:
        # What Bazel set for this program is not for a Bazel that it starts.
        ours = ("BUILD_", "RUNFILES_", "JAVA_RUNFILES", "PYTHON", "TEST_")
        return {key: text for key, text in os.environ.items() if not key.startswith(ours)}

    def _folder(self, label: str) -> Path | None:
        package, _, name = label.rpartition("//")[2].partition(":")
        inside = Path(package, name or Path(package).name)
        places = [self._workspace / logs / inside for logs in LOGS]
        return next((place for place in places if place.is_dir()), None)

    def _reports(self, label: str, begun: float) -> Iterator[bytes]:
        """Give the JSON of each of the processes; older runs lie beside them."""
        folder = self._folder(label)
        for path in sorted(folder.rglob("*")) if folder else ():
            if path.name not in (JSON_NAME, "outputs.zip") or path.stat().st_mtime < begun - 1:
                continue
            if path.name == JSON_NAME:
                yield path.read_bytes()
                continue
            with zipfile.ZipFile(path) as archive:
                if JSON_NAME in archive.namelist():
                    yield archive.read(JSON_NAME)

    def _log(self, label: str) -> str:
        folder = self._folder(label)
        logs = (
            sorted(folder.rglob("test.log"), key=lambda path: path.stat().st_mtime)
            if folder
            else []
        )
        if not logs:
            return ""
        lines = logs[-1].read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"  | {line}" for line in lines[-LOG_LINES:])
