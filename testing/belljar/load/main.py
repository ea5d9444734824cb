"""`main`: the command line of a load test.

    python -m belljar.load SCENARIO [--duration 10s] [--warmup 1s] [--users N] [--rate R]
                           [--json FILE] [--log FILE]

Exit status: 0 when every threshold was kept, 1 when one was missed, nothing was measured or the
scenario's tasks raised, 2 when the command or the scenario is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from belljar.load.durations import parse_duration
from belljar.load.errors import BadDuration, LoadError
from belljar.load.run import run
from belljar.processes import ProcessError
from belljar.redaction import redact
from belljar.redaction.environment import conceal_variables
from belljar.redaction.files import redact_places

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the load test that the arguments ask for; returns the exit status."""
    options = _parser().parse_args(arguments)
    conceal_variables()
    try:
        outcome = run(
            options.scenario,
            users=options.users,
            seconds=options.duration,
            warmup=options.warmup,
            rate=options.rate,
            log=options.log,
        )
    except (LoadError, ProcessError) as error:
        print(redact(f"belljar.load: {error}"), file=sys.stderr)
        return 2
    finally:
        for line in redact_places(filter(None, [options.log])):
            print(f"belljar.load: {line}", file=sys.stderr)
    at_rate = "" if outcome.rate is None else f", at most {outcome.rate:g} tasks per second"
    print(f"{outcome.scenario}: {outcome.users} users, {outcome.results.seconds:.1f} s{at_rate}\n")
    print(redact(outcome.table()))
    if options.json is not None:
        text = json.dumps(outcome.as_json(), indent=2)
        options.json.write_text(redact(text) + "\n", encoding="utf-8")
    return 0 if outcome.passed else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="belljar.load", description="Drive a scenario with Locust and judge what it measured."
    )
    parser.add_argument("scenario", help="a module's dotted name, or the path of a .py file")
    parser.add_argument(
        "--duration", type=_duration, default=10.0, help="how long to measure (default: 10s)"
    )
    parser.add_argument(
        "--warmup", type=_duration, default=1.0, help="load before measuring (default: 1s)"
    )
    parser.add_argument(
        "--users", type=_positive(int), default=10, help="concurrent users (default: 10)"
    )
    parser.add_argument(
        "--rate", type=_positive(float), help="tasks that all users begin per second, at most"
    )
    parser.add_argument(
        "--json", type=_caller_path, metavar="FILE", help="write the figures here, too"
    )
    parser.add_argument(
        "--log", type=_caller_path, metavar="FILE", help="keep the driver's log here"
    )
    return parser


def _caller_path(text: str) -> Path:
    # `bazel run` starts us somewhere else, and says where the caller stands.
    return Path(os.environ.get("BUILD_WORKING_DIRECTORY", "")) / text


def _duration(text: str) -> float:
    try:
        return parse_duration(text)
    except BadDuration as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _positive(kind: type[int] | type[float]) -> Callable[[str], float]:
    def convert(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = kind(0)
        if not value > 0 or value == float("inf"):
            what = "whole number" if kind is int else "number"
            raise argparse.ArgumentTypeError(f"{text!r} is no {what} above zero")
        return value

    return convert
