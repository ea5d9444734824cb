"""Runs every linter over the whole checkout and prints one table: `./bazelw run //tools:lint`.

    ./bazelw run //tools:lint                    all of them, changing nothing
    ./bazelw run //tools:lint -- --fix           and mends what they can mend themselves
    ./bazelw run //tools:lint -- ruff mypy       just these

Exits with 1 on any finding. A linter that this machine does not have is a warning that says how
to get it, and a failure where the environment variable CI is set.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.buildifier import NotFoundError, find_buildifier, find_program

# Folders that hold no source of ours.
_SKIPPED = frozenset([".git", ".out", ".venv", "__pycache__", "node_modules"])

# buildifier's exit code for a file that is not formatted or has a warning.
_UNFORMATTED = 4


@dataclass(frozen=True)
class Linter:
    """One row of the table: what it looks at, and how it is called to check and to mend."""

    name: str
    files: Callable[[Path], list[str]]
    check: Callable[[], list[str]]
    fix: Callable[[], list[str]] | None = None
    """None: it can only report."""


@dataclass(frozen=True)
class Outcome:
    """What became of one linter."""

    name: str
    verdict: str
    failed: bool
    files: int
    seconds: float


def sources(root: Path, *patterns: str) -> list[str]:
    """Gives the files that match any pattern, relative to the checkout, in a stable order."""

    def walk(folder: Path) -> Iterator[Path]:
        for entry in sorted(folder.iterdir()):
            if entry.is_dir():
                # The bazel-* links lead out of the checkout.
                if entry.name not in _SKIPPED and not entry.is_symlink():
                    yield from walk(entry)
            elif any(entry.match(pattern) for pattern in patterns):
                yield entry

    return [file.relative_to(root).as_posix() for file in walk(root)]


def python_files(root: Path) -> list[str]:
    """Gives the Python files; the linters find them themselves, so this is for the table."""
    return sources(root, "*.py")


def starlark_files(root: Path) -> list[str]:
    """Gives the files that buildifier formats."""
    return sources(root, "BUILD", "BUILD.bazel", "*.BUILD", "*.bzl", "WORKSPACE", "MODULE.bazel")


def shell_files(root: Path) -> list[str]:
    """Gives the shell scripts: those of the wrapper, and whatever is called *.sh."""
    named = [name for name in ("bazelw", "tools/bazel", ".ci/run") if (root / name).is_file()]
    return named + sources(root, "*.sh")


def _module(name: str, *arguments: str) -> Callable[[], list[str]]:
    return lambda: [sys.executable, "-m", name, *arguments]


def linters(root: Path) -> list[Linter]:
    """Gives every linter, in the order in which they run: mending ones before checking ones."""
    shellcheck = "apt-get install shellcheck, brew install shellcheck"

    def buildifier(mode: str) -> Callable[[], list[str]]:
        return lambda: [
            str(find_buildifier()),
            f"-mode={mode}",
            f"-lint={'fix' if mode == 'fix' else 'warn'}",
            # The native rules are what both supported versions of Bazel have.
            "-warnings=-native-sh-binary,-native-sh-test",
            *starlark_files(root),
        ]

    return [
        Linter(
            "ruff",
            python_files,
            _module("ruff", "check", "--quiet", "--output-format=concise", "."),
            _module("ruff", "check", "--quiet", "--output-format=concise", "--fix", "."),
        ),
        Linter(
            "ruff format",
            python_files,
            _module("ruff", "format", "--quiet", "--diff", "."),
            _module("ruff", "format", "--quiet", "."),
        ),
        Linter(
            "mypy",
            python_files,
            _module("mypy", "--no-error-summary", f"--cache-dir={mypy_cache()}"),
        ),
        Linter("buildifier", starlark_files, buildifier("check"), buildifier("fix")),
        Linter(
            "shellcheck",
            shell_files,
            lambda: [str(find_program("shellcheck", shellcheck)), "-x", *shell_files(root)],
        ),
    ]


def run(linter: Linter, root: Path, *, fix: bool, strict: bool) -> Outcome:
    """Runs one linter and passes its output on. `strict`: one that is missing has failed."""
    start = time.monotonic()
    files = len(linter.files(root))
    print(f"== {linter.name}", flush=True)
    try:
        command = (linter.fix if fix and linter.fix else linter.check)()
    except NotFoundError as error:
        print(error, flush=True)
        verdict = "not found" if strict else "not found (a failure in CI)"
        return Outcome(linter.name, verdict, strict, files, 0)
    # The linters are modules among this program's own dependencies.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    status = subprocess.run(command, cwd=root, env=environment, check=False).returncode
    verdict = {0: "ok", 1: "findings", _UNFORMATTED: "findings"}.get(status, f"exit code {status}")
    return Outcome(linter.name, verdict, status != 0, files, time.monotonic() - start)


def table(outcomes: Iterable[Outcome]) -> str:
    """Gives the closing table, one line a linter."""
    rows = [f"{'linter':<12} {'files':>6} {'seconds':>8}  result"]
    rows += [f"{o.name:<12} {o.files:>6} {o.seconds:>8.1f}  {o.verdict}" for o in outcomes]
    return "\n".join(rows)


def cache_folder() -> Path:
    """Gives the folder, outside of the checkout, where results are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "belljar"


def mypy_cache() -> Path:
    """Gives mypy's folder for these wheels: it remembers which modules were missing among others."""
    wheels = hashlib.sha256("\n".join(sys.path).encode()).hexdigest()
    return cache_folder() / f"mypy-{wheels[:16]}"


def main(arguments: list[str] | None = None) -> int:
    """Runs the linters that were asked for; gives 1 when any has findings."""
    root = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY") or Path.cwd())
    every = linters(root)
    names = sorted({linter.name.split()[0] for linter in every})
    parser = argparse.ArgumentParser(prog="lint", description="Runs the linters.")
    parser.add_argument("--fix", action="store_true", help="mend what can be mended")
    parser.add_argument("name", nargs="*", help=f"just these of {', '.join(names)}")
    options = parser.parse_args(arguments)
    if unknown := sorted(set(options.name) - set(names)):
        parser.error(f"unknown linter {', '.join(unknown)}; there are {', '.join(names)}")
    chosen = [each for each in every if not options.name or each.name.split()[0] in options.name]
    strict = bool(os.environ.get("CI"))
    outcomes = [run(linter, root, fix=options.fix, strict=strict) for linter in chosen]
    print(f"\n{table(outcomes)}")
    return int(any(outcome.failed for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
