"""`./bazelw run //testing:sweep -- LABEL...`: sweeps tests of Bazel targets, and makes one report of all.

    ./bazelw run //testing:sweep -- //services/orders/tests/e2e:checkout_test
    ./bazelw run //testing:sweep -- LABEL [LABEL...] [--test NAME] [--kinds timeout,lose_answer]
                                    [--boundaries payments,orders_db] [--html FILE] [--jobs N]

Exit status: 0 when no cell is hung or corrupted, 1 when one is, 2 when something can't be swept.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from belljar.sweep.bazel_runs import BazelRuns
from belljar.sweep.errors import SweepError
from belljar.sweep.matrix import Matrix
from belljar.sweep.reporting import write_report
from belljar.sweep.terminal import Style, drawn

__all__ = ["main"]

BAD, WRONG = 1, 2
# As shells have it: 128 and the signal's number.
INTERRUPTED = 130
FOLDER = ".out/sweep"
# Each has servers of its own.
MOST_JOBS = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Give the exit status."""
    options = _parser().parse_args(arguments)
    here = Path(os.environ.get("BUILD_WORKING_DIRECTORY") or Path.cwd())
    workspace = Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY") or here)
    runs = BazelRuns(workspace, options.flag)
    passed_on = [
        f"--sweep-{name}={text}"
        for name in ("kinds", "boundaries", "settle", "limit")
        if (text := getattr(options, name))
    ]
    try:
        labels = runs.check([_absolute(label, here, workspace) for label in options.labels])
        matrices = runs.sweep(labels, jobs=options.jobs, arguments=passed_on, test=options.test)
        html = here / options.html if options.html else None
        report = write_report(matrices, workspace / FOLDER, html)
    except (SweepError, OSError) as error:
        print(f"sweep: {error}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print("sweep: interrupted", file=sys.stderr)
        return INTERRUPTED
    return _shown(matrices, report)


def _shown(matrices: Sequence[Matrix], report: Path) -> int:
    style = Style(sys.stdout.isatty(), _width())
    swept = [matrix for matrix in matrices if not matrix.trouble]
    for matrix in matrices:
        print(drawn(matrix, style), end="\n\n")
    print(f"report: {report}")
    if not swept or any(matrix.failed for matrix in matrices):
        return WRONG
    return BAD if any(matrix.bad for matrix in matrices) else 0


def _width() -> int:
    try:
        return os.get_terminal_size().columns
    except OSError:
        return 140


def _absolute(label: str, here: Path, workspace: Path) -> str:
    """Give a label as the workspace has it: `:checkout_test` is of the folder where one stands."""
    if "//" in label or not here.is_relative_to(workspace):
        return label
    package = here.relative_to(workspace).as_posix().removeprefix(".")
    if label.startswith(":"):
        return f"//{package}{label}"
    return f"//{package}/{label}" if package else f"//{label}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sweep",
        description="Run tests again and again, with one of their outside calls going wrong each time.",
    )
    parser.add_argument("labels", nargs="+", metavar="LABEL", help="test targets")
    parser.add_argument("--test", default="", metavar="NAME", help="the tests to keep to, by name")
    parser.add_argument("--kinds", default="", help="kinds of faults to keep to: timeout,reset")
    parser.add_argument(
        "--boundaries", default="", help="boundaries to keep to: payments,orders_db"
    )
    parser.add_argument("--settle", default="", help="seconds that effects are waited for (2)")
    parser.add_argument("--limit", default="", help="seconds after which a test hangs")
    parser.add_argument("--html", default="", metavar="FILE", help=f"the report (in {FOLDER})")
    parser.add_argument(
        "--jobs",
        type=_jobs,
        default=min(MOST_JOBS, 2 * (os.cpu_count() or 1)),
        help="processes that share the cells (two for each processor)",
    )
    # Set by the target: the same flag has another name in a workspace that depends on this one.
    parser.add_argument("--flag", default="--//bazel:sweep", help=argparse.SUPPRESS)
    return parser


def _jobs(text: str) -> int:
    if text.isdigit() and 1 <= int(text) <= 64:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 64")


if __name__ == "__main__":
    sys.exit(main())
