#!/usr/bin/env python3
"""Merges LCOV reports into one: what `bazel coverage` runs after each test and at the end.

    lcov_merger.py --coverage_dir=DIR --output_file=FILE [--filter_sources=REGEX ...]
                   [--source_file_manifest=FILE]
    lcov_merger.py --reports_file=FILE --output_file=FILE

The first form merges every *.dat file below a test's coverage folder, the second the reports
that a file lists. Hits are added up, so two tests that take different branches of a file give
their union, and the totals (LF, LH, BRF, ...) are counted anew. A Python file that no test
loaded, known from the manifest or from Bazel's baseline, shows its statements with zero hits.

It is one file over the standard library alone, for Python 3.8 and later, since Bazel runs it
with no runfiles beside it and with whatever `python3` the machine has.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterable, Iterator, NoReturn, Pattern

# Totals are counted anew; names of tests and versions of sources say nothing once merged.
_IGNORED = frozenset(["TN", "VER", "FNF", "FNH", "LF", "LH", "BRF", "BRH", "MCDC", "MCF", "MCH"])
_KNOWN = "SF, FN, FNDA, FNL, FNA, DA, BRDA, end_of_record"

# A path inside a test's folders, down to the part that is the same on every machine.
_INSIDE = re.compile(r".*(?:/execroot/[^/]+|\.runfiles/[^/]+)/(?P<path>.+)")
# Statements that coverage.py leaves out unless told otherwise, with all that is in them.
_NOT_COUNTED = re.compile(
    r"#\s*(?:pragma|PRAGMA)[:\s]?\s*(?:no|NO)\s*(?:cover|COVER)"
    r"|^\s*if (?:typing\.)?TYPE_CHECKING:"
)

# Stands in a test's report where the lines are the merger's own reading of a file that the test
# did not load. They give way to the lines of a test that did.
_UNTOUCHED = "# untouched"


class ReportError(Exception):
    """A report that cannot be merged; the message names the file and the line."""


@dataclass
class Function:
    """Where a function stands, and how often it was called."""

    start: int
    end: int | None = None
    hits: int = 0


@dataclass
class Source:
    """What all reports together say about one source file."""

    lines: dict[int, int] = field(default_factory=dict)
    checksums: dict[int, str] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    # (line, block, branch) -> times taken; None when its line was never reached.
    branches: dict[tuple[int, str, str], int | None] = field(default_factory=dict)
    # Lines of a file that was read here, not run: worth something where `lines` is empty.
    untouched: set[int] = field(default_factory=set)

    def add_line(self, line: int, hits: int, checksum: str) -> None:
        """Adds hits of a line; the first checksum of it stays."""
        self.lines[line] = self.lines.get(line, 0) + hits
        if checksum:
            self.checksums.setdefault(line, checksum)

    def add_function(self, name: str, start: int, end: int | None) -> None:
        """Adds where a function stands; a later report may know its end."""
        function = self.functions.setdefault(name, Function(start, end))
        if function.end is None and function.start == start:
            function.end = end

    def add_branch(self, key: tuple[int, str, str], taken: int | None) -> None:
        """Adds times taken; a line reached by one test is reached."""
        before = self.branches.get(key)
        if before is None or taken is None:
            self.branches[key] = before if taken is None else taken
        else:
            self.branches[key] = before + taken


def number(text: str) -> int:
    """A count or line number that LCOV allows: digits only."""
    if not text.isascii() or not text.isdigit():
        raise ValueError(f"{text!r} is not a whole number of zero or more")
    return int(text)


class Reader:
    """Adds the records of report after report to one dictionary of sources."""

    def __init__(self) -> None:
        """Starts with no source at all."""
        self.sources: dict[str, Source] = {}
        self._now: Source | None = None
        self._untouched = False
        # Calls may stand before the function they belong to, and lcov 2 numbers functions.
        self._calls: dict[str, int] = {}
        self._places: dict[str, tuple[int, int | None]] = {}

    def read(self, report: Path) -> None:
        """Adds one report; a record that makes no sense raises ReportError."""
        try:
            text = report.read_text(encoding="utf-8")
        except OSError as error:
            raise ReportError(f"{report}: cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ReportError(f"{report}: is not an LCOV report: not even UTF-8 text") from error
        self._now = None
        last = 0
        for last, line in enumerate(text.split("\n"), 1):
            record = line.strip()
            self._untouched |= record == _UNTOUCHED
            if record and not record.startswith("#"):
                try:
                    self._add(record)
                except ValueError as error:
                    raise ReportError(f"{report}:{last}: {error}, in {record!r}") from None
        if self._now is not None:
            raise ReportError(f"{report}:{last}: ends within a source file; is it cut short?")

    def _add(self, record: str) -> None:
        kind, _, value = record.partition(":")
        if kind in _IGNORED:
            return
        if kind == "SF":
            self._start(value)
        elif kind not in ("end_of_record", "FN", "FNDA", "FNL", "FNA", "DA", "BRDA"):
            raise ValueError(f"unknown record {kind!r}; an LCOV report has {_KNOWN}")
        elif self._now is None:
            raise ValueError(f"{kind} outside of a source file; an SF record has to come first")
        elif kind == "end_of_record":
            self._finish(self._now)
        else:
            self._add_to(self._now, kind, value)

    def _start(self, name: str) -> None:
        if self._now is not None:
            raise ValueError("SF within a source file; an end_of_record has to come first")
        if not name:
            raise ValueError("SF without a path")
        inside = _INSIDE.fullmatch(name)
        self._now = self.sources.setdefault(inside["path"] if inside else name, Source())
        self._untouched = False
        self._calls.clear()
        self._places.clear()

    def _add_to(self, source: Source, kind: str, value: str) -> None:
        fields = value.split(",")
        if kind == "DA":
            if len(fields) not in (2, 3):
                raise ValueError("DA is LINE,HITS or LINE,HITS,CHECKSUM")
            if self._untouched:
                source.untouched.add(number(fields[0]))
                return
            source.add_line(number(fields[0]), number(fields[1]), "".join(fields[2:]))
        elif kind == "BRDA":
            # coverage.py names a branch in words, which may have commas.
            if len(fields) < 4:
                raise ValueError("BRDA is LINE,BLOCK,BRANCH,TAKEN")
            key = (number(fields[0]), fields[1], ",".join(fields[2:-1]))
            source.add_branch(key, None if fields[-1] == "-" else number(fields[-1]))
        elif len(fields) < 2:
            raise ValueError(f"{kind} has at least two fields")
        elif kind == "FNDA":
            name = ",".join(fields[1:])
            self._calls[name] = self._calls.get(name, 0) + number(fields[0])
        elif kind == "FN":
            with_end = len(fields) > 2 and fields[1].isdigit()
            name = ",".join(fields[2 if with_end else 1 :])
            end = number(fields[1]) if with_end else None
            source.add_function(name, number(fields[0]), end)
        elif kind == "FNL":
            end = number(fields[2]) if len(fields) > 2 else None
            self._places[fields[0]] = (number(fields[1]), end)
        else:
            if fields[0] not in self._places:
                raise ValueError(f"FNA of function {fields[0]!r}, of which there is no FNL")
            name = ",".join(fields[2:])
            source.add_function(name, *self._places[fields[0]])
            self._calls[name] = self._calls.get(name, 0) + number(fields[1])

    def _finish(self, source: Source) -> None:
        for name, hits in self._calls.items():
            if name not in source.functions:
                raise ValueError(f"FNDA of function {name!r}, of which there is no FN")
            source.functions[name].hits += hits
        self._now = None


def statements(source: str) -> Iterator[int]:
    """The lines on which a Python file's statements begin, as coverage.py counts them."""
    lines = source.splitlines()

    def walk(body: Iterable[ast.AST]) -> Iterator[int]:
        for node in body:
            # A docstring or a bare "..." leaves nothing to run.
            idle = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            if isinstance(node, (ast.stmt, ast.ExceptHandler)):
                if _NOT_COUNTED.search(lines[node.lineno - 1]):
                    continue
                if not idle and not isinstance(node, (ast.Global, ast.Nonlocal)):
                    yield node.lineno
                yield from (each.lineno for each in getattr(node, "decorator_list", []))
            if not isinstance(node, ast.expr):
                yield from walk(ast.iter_child_nodes(node))

    yield from walk(ast.parse(source).body)


def places(name: str) -> Iterator[Path]:
    """Where a source file may be found, given its path in the report."""
    yield Path(name)
    if "TEST_SRCDIR" in os.environ:
        runfiles = Path(os.environ["TEST_SRCDIR"])
        if name.startswith("external/"):
            yield runfiles / name[len("external/") :]
        else:
            yield runfiles / os.environ.get("TEST_WORKSPACE", "") / name
    # The final merge gets no sources in its sandbox; they can be read beside it.
    sandbox = re.fullmatch(r"(.+)/sandbox/[^/]+/\d+(/execroot/.+)", str(Path.cwd()))
    if sandbox:
        yield Path(sandbox[1] + sandbox[2], name)


def read_untouched(sources: dict[str, Source]) -> None:
    """Notes the statements of Python files for which no report has any line."""
    for name, source in sources.items():
        if source.lines or source.untouched or not name.endswith(".py"):
            continue
        found = next((place for place in places(name) if place.is_file()), None)
        if found is not None:
            # Written for another version of Python, say: it stays in the report without lines.
            with contextlib.suppress(SyntaxError, ValueError):
                source.untouched.update(statements(found.read_text(encoding="utf-8")))


def render(sources: dict[str, Source], final: bool) -> Iterator[str]:
    """The records of the merged report, the same for the same data in any order."""
    for name, source in sorted(sources.items()):
        lines = source.lines or dict.fromkeys(source.untouched, 0)
        yield f"SF:{name}"
        if lines and not source.lines and not final:
            yield _UNTOUCHED
        functions = sorted(source.functions.items(), key=lambda item: (item[1].start, item[0]))
        for function, place in functions:
            end = "" if place.end is None else f"{place.end},"
            yield f"FN:{place.start},{end}{function}"
        for function, place in functions:
            yield f"FNDA:{place.hits},{function}"
        if functions:
            yield f"FNF:{len(functions)}"
            yield f"FNH:{sum(place.hits > 0 for _, place in functions)}"
        for (line, block, branch), taken in sorted(source.branches.items(), key=_branch_order):
            yield f"BRDA:{line},{block},{branch},{'-' if taken is None else taken}"
        if source.branches:
            yield f"BRF:{len(source.branches)}"
            yield f"BRH:{sum(bool(taken) for taken in source.branches.values())}"
        for line, hits in sorted(lines.items()):
            checksum = f",{source.checksums[line]}" if line in source.checksums else ""
            yield f"DA:{line},{hits}{checksum}"
        yield f"LF:{len(lines)}"
        yield f"LH:{sum(hits > 0 for hits in lines.values())}"
        yield "end_of_record"


def _branch_order(item: tuple[tuple[int, str, str], int | None]) -> tuple[object, ...]:
    (line, block, branch), _ = item
    # Numbered blocks and branches count up; those named in words follow in their own order.
    return (line, *(part for text in (block, branch) for part in _natural(text)))


def _natural(text: str) -> tuple[int, int, str]:
    return (0, int(text), "") if text.isdigit() else (1, 0, text)


def inputs(options: argparse.Namespace) -> list[Path]:
    """The reports to merge, by name, without the one that is about to be written."""
    if options.reports_file:
        listed = options.reports_file.read_text(encoding="utf-8").splitlines()
        return [Path(line.strip()) for line in listed if line.strip()]
    output = options.output_file.resolve()
    found = sorted(options.coverage_dir.rglob("*.dat"))
    return [path for path in found if path.resolve() != output]


def follow_manifest(sources: dict[str, Source], manifest: Path) -> dict[str, Source]:
    """Just the sources that the manifest lists, under its names; those never loaded are empty."""
    listed = [line.strip() for line in manifest.read_text(encoding="utf-8").splitlines()]
    # A tool that resolves links names a file by its place in the checkout.
    names = {}
    for name in filter(None, listed):
        names[name] = name
        names.update((str(place.resolve()), name) for place in places(name) if place.is_file())
    kept: dict[str, Source] = {}
    for reported, source in sources.items():
        known = names.get(reported) or names.get(str(Path(reported).resolve()))
        if known is not None:
            # One file under two names, from two processes of the test, say.
            kept[known] = source if known not in kept else merged(kept[known], source)
    for name in names.values():
        if name.endswith(".py"):
            kept.setdefault(name, Source())
    return kept


def merged(one: Source, other: Source) -> Source:
    """Both together, in the first."""
    for line, hits in other.lines.items():
        one.add_line(line, hits, other.checksums.get(line, ""))
    for name, function in other.functions.items():
        one.add_function(name, function.start, function.end)
        one.functions[name].hits += function.hits
    for key, taken in other.branches.items():
        one.add_branch(key, taken)
    one.untouched |= other.untouched
    return one


def fail(message: object) -> NoReturn:
    """Ends the program with a message and no traceback."""
    sys.exit(f"lcov_merger: {message}")


def regex(text: str) -> Pattern[str]:
    """A compiled filter; argparse makes a usage error of a bad one."""
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no regular expression: {error}") from error


def main(arguments: list[str] | None = None) -> None:
    """Writes the merged report, or ends with a message that names the faulty file and line."""
    parser = argparse.ArgumentParser(description="Merges LCOV reports into one.")
    origin = parser.add_mutually_exclusive_group(required=True)
    origin.add_argument("--coverage_dir", type=Path, help="folder with the reports of one test")
    origin.add_argument("--reports_file", type=Path, help="file that lists the reports")
    parser.add_argument("--output_file", type=Path, required=True)
    parser.add_argument("--filter_sources", type=regex, action="append", default=[])
    parser.add_argument("--source_file_manifest", type=Path)
    # Bazel has more options for other languages, e.g. --sources_to_replace_file.
    options, _ = parser.parse_known_args(arguments)
    reader = Reader()
    try:
        for report in inputs(options):
            reader.read(report)
        sources = {
            name: source
            for name, source in reader.sources.items()
            if not any(pattern.fullmatch(name) for pattern in options.filter_sources)
        }
        if options.source_file_manifest:
            sources = follow_manifest(sources, options.source_file_manifest)
        read_untouched(sources)
        final = options.reports_file is not None
        text = "".join(f"{line}\n" for line in render(sources, final))
        options.output_file.write_text(text, encoding="utf-8")
    except ReportError as error:
        fail(error)
    except OSError as error:
        fail(f"{error.filename}: {error.strerror}")


if __name__ == "__main__":
    main()
