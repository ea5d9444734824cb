"""What Bazel passes for one test, and at the end, gives the report that one expects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from coverage import Coverage

_SIGN = """\
def sign(number):
    if number > 0:
        return "plus"
    return "minus"
"""
_IDLE = '''\
"""Never loaded."""

from __future__ import annotations

import os


class Idle:
    """Does nothing."""

    def name(self):
        """A name."""
        global kept
        kept = (
            os.name
        )

    def never(self):  # pragma: no cover
        return 1
'''
_UNTOUCHED = "SF:lib/idle.py\nDA:3,0\nDA:5,0\nDA:8,0\nDA:11,0\nDA:14,0\nLF:5\nLH:0\nend_of_record\n"


def _measure(merger: Any, number: int) -> str:
    """Gives coverage.py's own LCOV report of one run of `sign`."""
    source = merger.write("lib/sign.py", _SIGN)
    measured = Coverage(data_file=None, branch=True, config_file=False, include=[str(source)])
    names: dict[str, Any] = {}
    with measured.collect():
        exec(compile(_SIGN, str(source), "exec"), names)
        names["sign"](number)
    report = merger.folder / "raw.dat"
    measured.lcov_report(outfile=str(report))
    # The runner names sources by their place in the checkout; here that is done by hand.
    records = report.read_text().splitlines(keepends=True)
    report.unlink()
    return "".join(["SF:lib/sign.py\n", *records[1:]])


def _lines(report: str, kind: str) -> list[str]:
    return [line for line in report.splitlines() if line.startswith(f"{kind}:")]


def test_two_tests_over_different_branches_merge_to_the_union(merger: Any) -> None:
    plus, minus = _measure(merger, 1), _measure(merger, -1)
    for one in (plus, minus):
        assert _lines(one, "BRH") == ["BRH:1"]
        assert _lines(one, "LH") == ["LH:3"]
    merged = merger.merge(plus, minus)
    assert _lines(merged, "BRF") + _lines(merged, "BRH") == ["BRF:2", "BRH:2"]
    assert _lines(merged, "LF") + _lines(merged, "LH") == ["LF:4", "LH:4"]
    assert _lines(merged, "FNDA") == ["FNDA:2,sign"]


def test_every_report_below_the_tests_folder_counts_but_the_output(merger: Any) -> None:
    merger.write("coverage/a.dat", "SF:a.py\nDA:1,1\nend_of_record\n")
    merger.write("coverage/worker/b.dat", "SF:a.py\nDA:1,1\nend_of_record\n")
    merger.write("coverage/notes.txt", "not a report")
    assert "DA:1,2\n" in merger.merge_test()
    assert "DA:1,2\n" in merger.merge_test(), "a second run counts its own output"


def test_filters_match_whole_paths(merger: Any) -> None:
    for name in ("/usr/lib/x.py", "lib/usr/lib/x.py", "external/y.py"):
        merger.write(
            f"coverage/{name}.dat".replace("//", "/"), f"SF:{name}\nDA:1,1\nend_of_record\n"
        )
    merged = merger.merge_test("--filter_sources=/usr/lib/.+", "--filter_sources=.*external/.+")
    assert _lines(merged, "SF") == ["SF:lib/usr/lib/x.py"]


def test_only_sources_of_the_manifest_stay(merger: Any) -> None:
    merger.write(
        "coverage/a.dat", "SF:a.py\nDA:1,1\nend_of_record\nSF:b.py\nDA:1,1\nend_of_record\n"
    )
    manifest = merger.write("manifest", "a.py\nlib.gcno\n")
    assert _lines(merger.merge_test(f"--source_file_manifest={manifest}"), "SF") == ["SF:a.py"]


def test_a_source_under_its_resolved_path_gets_its_name_in_the_manifest(
    merger: Any, tmp_path: Path
) -> None:
    """In a sandbox every source is a link, and coverage.py reports where it leads."""
    real = merger.write("elsewhere/sign.py", _SIGN)
    link = merger.folder / "x_test.runfiles/main/lib/sign.py"
    link.parent.mkdir(parents=True)
    link.symlink_to(real)
    merger.write("coverage/a.dat", f"SF:{real}\nDA:1,1\nend_of_record\n")
    manifest = merger.write("manifest", "lib/sign.py\n")
    merged = merger.merge_test(
        f"--source_file_manifest={manifest}",
        TEST_SRCDIR=str(merger.folder / "x_test.runfiles"),
        TEST_WORKSPACE="main",
    )
    assert _lines(merged, "SF") + _lines(merged, "DA") == ["SF:lib/sign.py", "DA:1,1"]


def test_a_file_that_no_test_loads_shows_its_statements_with_zero_hits(merger: Any) -> None:
    merger.write("runfiles/main/lib/idle.py", _IDLE)
    manifest = merger.write("manifest", "lib/idle.py\n")
    ours = merger.merge_test(
        f"--source_file_manifest={manifest}",
        TEST_SRCDIR=str(merger.folder / "runfiles"),
        TEST_WORKSPACE="main",
    )
    assert merger.merge(ours) == _UNTOUCHED


def test_statements_are_those_that_coverage_counts(merger: Any) -> None:
    source = merger.write("lib/idle.py", _IDLE)
    counted = Coverage(data_file=None, config_file=False).analysis2(str(source))[1]
    assert _lines(_UNTOUCHED, "DA") == [f"DA:{line},0" for line in counted]


def test_lines_of_a_test_that_loads_the_file_replace_those_that_were_only_read(merger: Any) -> None:
    """A team may tell coverage.py to leave out more than the merger knows of."""
    untouched = "SF:lib/a.py\n# untouched\nDA:1,0\nDA:2,0\nend_of_record\n"
    measured = "SF:lib/a.py\nDA:1,1\nend_of_record\n"
    for order in ((untouched, measured), (measured, untouched)):
        assert _lines(merger.merge(*order), "DA") == ["DA:1,1"]


def test_bazels_baseline_brings_in_files_that_no_test_depends_on(merger: Any) -> None:
    """It names the source and nothing else."""
    merger.write("lib/idle.py", _IDLE)
    assert merger.merge("SF:lib/idle.py\nend_of_record\n") == _UNTOUCHED


def test_a_source_that_cannot_be_read_stays_without_lines(merger: Any) -> None:
    merger.write("bad.py", "not python at all")
    merged = merger.merge("SF:bad.py\nend_of_record\nSF:gone.py\nend_of_record\n")
    assert _lines(merged, "SF") == ["SF:bad.py", "SF:gone.py"]
    assert _lines(merged, "LF") == ["LF:0", "LF:0"]


def test_options_for_other_languages_are_no_error(merger: Any) -> None:
    assert merger.merge_test("--sources_to_replace_file=/none") == ""
