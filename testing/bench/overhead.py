"""What Bazel and the runner add to a pytest process.

    ./bazelw run //testing/bench:overhead
    ./bazelw run //testing/bench:overhead -- --targets 10,100 --json FILE

One pytest file that imports faker and SQLAlchemy runs as a bare process (same interpreter, every wheel of
the lock in one folder, bytecode compiled; once with PYTHONDONTWRITEBYTECODE, as a sandboxed process has
to, and once keeping what pytest rewrites, as a person's does), and as a Bazel target that is sandboxed and never
cached: with the wheels it needs, with every wheel of the lock, and with every wheel as file inputs,
the way rules_python hands them over. Then 10, 100 and 1 000 such targets beside as many bare
processes on as many jobs. Everything happens in a workspace made for it, with a Bazel server of its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import Figure, Report, interleaved, parser

TEST = """\
import faker
import sqlalchemy


def test_imports() -> None:
    assert faker.Faker and sqlalchemy.select
"""

WORKSPACE = """\
workspace(name = "overhead")

local_repository(
    name = "belljar",
    path = "{belljar}",
)

load("@belljar//bazel:repositories.bzl", "belljar_repositories")

belljar_repositories()

load("@belljar//bazel:python.bzl", "python_interpreter")

python_interpreter(version = "{version}")

load("@belljar//bazel:pip.bzl", "pip_parse")

pip_parse(
    name = "pip",
    requirements_lock = "//:requirements_lock.txt",
)

load("@pip//:requirements.bzl", "install_deps")

install_deps()
"""

BUILD = """\
load("@belljar//bazel:defs.bzl", "py_unit_test")
load("@pip//:requirements.bzl", "all_requirements", "requirement")

py_unit_test(
    name = "few_test",
    srcs = ["few_test.py"],
    deps = [requirement("faker"), requirement("sqlalchemy")],
)

py_unit_test(
    name = "all_test",
    srcs = ["few_test.py"],
    deps = all_requirements,
)
"""

MANY = """\
load("@belljar//bazel:defs.bzl", "py_unit_test")
load("@pip//:requirements.bzl", "requirement")

[
    py_unit_test(
        name = "t%d_test" % number,
        srcs = ["few_test.py"],
        deps = [requirement("faker"), requirement("sqlalchemy")],
    )
    for number in range({count})
]
"""


class Workspace:
    """A workspace in a folder of its own, and how to run Bazel in it."""

    def __init__(self, root: Path, belljar: Path) -> None:
        self.root = root
        self.belljar = belljar
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        (root / "WORKSPACE").write_text(
            WORKSPACE.format(belljar=belljar, version=version), encoding="utf-8"
        )
        shutil.copy(belljar / "requirements_lock.txt", root)
        shutil.copy(belljar / ".bazelversion", root)
        shutil.copytree(belljar / "tools", root / "tools")
        shutil.copy(belljar / "bazelw", root)
        rc = (belljar / ".bazelrc").read_text(encoding="utf-8")
        (root / ".bazelrc").write_text(
            re.sub(r"(?m)^build --//bazel.*$", "", rc).replace("//bazel:", "@belljar//bazel:")
        )
        self.write("", BUILD)

    def write(self, package: str, build: str) -> None:
        """Writes a package with a BUILD file and the test."""
        folder = self.root / package
        folder.mkdir(exist_ok=True)
        (folder / "BUILD.bazel").write_text(build, encoding="utf-8")
        (folder / "few_test.py").write_text(TEST, encoding="utf-8")

    def bazel(self, *arguments: str) -> str:
        """Gives what Bazel printed; stops the benchmark when it failed."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
        }
        done = subprocess.run(
            ["./bazelw", f"--output_base={self.root.parent / 'base'}", *arguments],
            cwd=self.root,
            env={**environment, "BELLJAR_QUIET": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"overhead: bazel {' '.join(arguments)} failed:\n{done.stdout}")
        return done.stdout

    def test(self, *arguments: str) -> str:
        """Runs tests that are never taken from a cache."""
        return self.bazel("test", "--nocache_test_results", "--noshow_progress", *arguments)


def bare(root: Path, site: Path, *, keeping: bool = False) -> None:
    """Runs the test file in a bare pytest process; `keeping`: what it compiles, for the next time."""
    usual = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    if not keeping:
        usual["PYTHONDONTWRITEBYTECODE"] = "1"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-c",
            os.devnull,
            str(root / "few_test.py"),
        ],
        cwd=root,
        env={**usual, "PYTHONPATH": str(site)},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def bare_folder(folder: Path, tools: str, belljar: Path) -> Path:
    """Installs every wheel of the lock into one folder, with bytecode."""
    uv = Path(re.sub(r"^external/", "../", tools)).absolute() / "bin" / "uv"
    subprocess.run(
        [
            uv,
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "--python",
            sys.executable,
            "--target",
            folder,
            "-r",
            belljar / "requirements_lock.txt",
        ],
        check=True,
    )
    subprocess.run(
        [sys.executable, "-m", "compileall", "-q", "-j0", folder],
        check=False,
        stdout=subprocess.DEVNULL,
    )
    return folder


def one_target(report: Report, workspace: Workspace, site: Path, rounds: int) -> None:
    """A single target beside a bare process."""
    flag = "--@belljar//bazel:remote_exec"
    workspace.bazel("build", "//:few_test", "//:all_test")
    kept = site.with_name("kept")
    shutil.copytree(site, kept)
    bare(workspace.root, kept, keeping=True)
    medians = interleaved(
        {
            "bare": lambda: bare(workspace.root, site),
            "kept": lambda: bare(workspace.root, kept, keeping=True),
            "few": lambda: workspace.test("//:few_test"),
            "all": lambda: workspace.test("//:all_test"),
        },
        rounds,
    )
    # A change of the flag discards the analysis, so this side has rounds of its own, beside bare again.
    workspace.bazel("build", flag, "//:all_test")
    workspace.test(flag, "//:all_test")
    files = interleaved(
        {
            "bare": lambda: bare(workspace.root, site),
            "files": lambda: workspace.test(flag, "//:all_test"),
        },
        max(rounds // 2, 1),
    )
    workspace.bazel("build", "//:all_test")
    workspace.bazel("test", "//:all_test")
    noop = interleaved({"noop": lambda: workspace.bazel("test", "//:all_test")}, rounds)
    report.add(Figure("bare pytest process", medians["bare"], "s"))
    report.add(Figure("bare pytest process, keeping what it compiles", medians["kept"], "s"))
    for name, words in (
        ("few", "its two wheels declared"),
        ("all", "every wheel of the lock declared"),
    ):
        report.add(Figure(f"target, {words}", medians[name], "s", medians["bare"], "bare"))
        report.add(
            Figure(
                f"  over the bare process, {words}",
                medians[name] - medians["bare"],
                "s",
                limit=0.25,
            )
        )
        report.add(
            Figure(
                "  over the one that keeps what it compiles", medians[name] - medians["kept"], "s"
            )
        )
    report.add(Figure("target, every wheel as files", files["files"], "s", files["bare"], "bare"))
    report.add(
        Figure("  over the bare process, every wheel as files", files["files"] - files["bare"], "s")
    )
    report.add(Figure("no-op of a cached target", noop["noop"], "s", limit=1.0))


def many_targets(report: Report, workspace: Workspace, site: Path, count: int, jobs: int) -> None:
    """`count` targets beside as many bare processes, on as many jobs."""
    package = f"many{count}"
    workspace.write(package, MANY.format(count=count))
    workspace.bazel("shutdown")
    analysis = re.search(
        r"Elapsed time: ([\d.]+)s", workspace.bazel("build", "--nobuild", f"//{package}:all")
    )
    start = time.perf_counter()
    workspace.test(f"--jobs={jobs}", f"--local_test_jobs={jobs}", f"//{package}:all")
    ours = time.perf_counter() - start
    start = time.perf_counter()
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(lambda _number: bare(workspace.root, site), range(count)))
    beside = time.perf_counter() - start
    heap = re.search(r"(\d+)MB", workspace.bazel("info", "used-heap-size-after-gc"))
    report.add(
        Figure(
            f"{count} targets, {jobs} jobs",
            ours,
            "s",
            beside,
            "bare processes",
            1.3 if count >= 1000 else None,
            "ratio",
        )
    )
    report.add(
        Figure("  cold server to analysed", float(analysis.group(1)) if analysis else 0.0, "s")
    )
    report.add(
        Figure(
            "  server's heap after garbage collection, MB",
            float(heap.group(1)) if heap else 0.0,
            "",
        )
    )


def main() -> int:
    """Gives 1 when a limit is missed."""
    options = parser(__doc__ or "")
    options.add_argument("tools", help="folder of the build tools; given by the target")
    options.add_argument(
        "--targets", default="10,100,1000", help="how many targets (default: %(default)s)"
    )
    options.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 2, help="jobs (default: %(default)s)"
    )
    chosen = options.parse_args()
    belljar = Path(os.environ["BUILD_WORKSPACE_DIRECTORY"])
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache.mkdir(parents=True, exist_ok=True)
    report = Report("overhead")
    # Not under /tmp, which a test has for itself.
    with tempfile.TemporaryDirectory(prefix="belljar-bench-", dir=cache) as folder:
        root = Path(folder, "workspace")
        root.mkdir()
        workspace = Workspace(root, belljar)
        try:
            site = bare_folder(Path(folder, "site-packages"), chosen.tools, belljar)
            one_target(report, workspace, site, chosen.rounds)
            for count in filter(None, chosen.targets.split(",")):
                many_targets(report, workspace, site, int(count), chosen.jobs)
        finally:
            workspace.bazel("shutdown")
            # What Bazel makes read-only would stop the clean-up.
            subprocess.run(["chmod", "-R", "u+w", folder], check=False)
    return report.finish(chosen.json)


if __name__ == "__main__":
    sys.exit(main())
