"""LCOV records are added up, totals are counted anew, and nonsense is named by file and line."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest


def _report(*records: str, source: str = "a.py") -> str:
    return "\n".join([f"SF:{source}", *records, "end_of_record", ""])


def _records(report: str, kind: str) -> list[str]:
    return [line.partition(":")[2] for line in report.splitlines() if line.startswith(f"{kind}:")]


def test_hits_of_a_line_are_added(merger: Any) -> None:
    merged = merger.merge(_report("DA:1,2", "DA:2,0"), _report("DA:1,3", "DA:3,0"))
    assert _records(merged, "DA") == ["1,5", "2,0", "3,0"]
    assert (_records(merged, "LF"), _records(merged, "LH")) == (["3"], ["1"])


def test_branches_taken_by_different_tests_are_both_taken(merger: Any) -> None:
    merged = merger.merge(
        _report("BRDA:1,0,0,1", "BRDA:1,0,1,0"), _report("BRDA:1,0,0,0", "BRDA:1,0,1,2")
    )
    assert _records(merged, "BRDA") == ["1,0,0,1", "1,0,1,2"]
    assert (_records(merged, "BRF"), _records(merged, "BRH")) == (["2"], ["2"])


@pytest.mark.parametrize(
    ("one", "other", "expected"), [("-", "-", "-"), ("-", "0", "0"), ("2", "-", "2")]
)
def test_a_branch_never_reached_gives_way_to_a_count(
    merger: Any, one: str, other: str, expected: str
) -> None:
    merged = merger.merge(_report(f"BRDA:1,0,0,{one}"), _report(f"BRDA:1,0,0,{other}"))
    assert _records(merged, "BRDA") == [f"1,0,0,{expected}"]


def test_branches_may_be_named_in_words_with_commas(merger: Any) -> None:
    record = "4,e0,jump to line 5, or out,1"
    assert _records(merger.merge(_report(f"BRDA:{record}")), "BRDA") == [record]


def test_functions_are_matched_by_name_and_keep_their_end(merger: Any) -> None:
    """Only lcov 2 writes where a function ends."""
    merged = merger.merge(
        _report("FN:1,f", "FN:5,g", "FNDA:1,f", "FNDA:0,g"),
        _report("FN:1,4,f", "FNDA:2,f"),
    )
    assert _records(merged, "FN") == ["1,4,f", "5,g"]
    assert _records(merged, "FNDA") == ["3,f", "0,g"]
    assert (_records(merged, "FNF"), _records(merged, "FNH")) == (["2"], ["1"])


def test_numbered_functions_of_lcov_2_are_understood(merger: Any) -> None:
    merged = merger.merge(_report("FNL:0,1,4", "FNA:0,2,f"), _report("FN:1,4,f", "FNDA:1,f"))
    assert _records(merged, "FN") == ["1,4,f"]
    assert _records(merged, "FNDA") == ["3,f"]


def test_a_function_may_have_commas_in_its_name(merger: Any) -> None:
    merged = merger.merge(_report("FN:1,f(int, int)", "FNDA:1,f(int, int)"))
    assert _records(merged, "FNDA") == ["1,f(int, int)"]


def test_checksums_are_kept(merger: Any) -> None:
    merged = merger.merge(_report("DA:1,1"), _report("DA:1,1,abc"))
    assert _records(merged, "DA") == ["1,2,abc"]


def test_the_order_of_reports_changes_nothing(merger: Any) -> None:
    one = _report("DA:10,1", "DA:9,1", "BRDA:9,0,10,1", "BRDA:9,0,9,-", source="b.py")
    other = _report("FN:2,g", "FN:2,f", "FNDA:1,g", "FNDA:1,f")
    assert merger.merge(one, other) == merger.merge(other, one)


def test_a_report_reads_like_this(merger: Any) -> None:
    report = _report("TN:x", "DA:1,1", "FN:1,2,f", "FNDA:1,f", "BRDA:1,0,0,-", "LF:99")
    assert merger.merge(report) == dedent("""\
        SF:a.py
        FN:1,2,f
        FNDA:1,f
        FNF:1
        FNH:1
        BRDA:1,0,0,-
        BRF:1
        BRH:0
        DA:1,1
        LF:1
        LH:1
        end_of_record
        """)


def test_a_merged_report_merges_to_itself(merger: Any) -> None:
    report = _report("FN:1,2,f", "FNDA:1,f", "BRDA:1,0,0,-", "DA:1,1,sum")
    once = merger.merge(report)
    assert merger.merge(once) == once


def test_a_path_in_a_tests_folders_becomes_the_one_in_the_checkout(merger: Any) -> None:
    places = ("/x/sandbox/7/execroot/main/lib/a.py", "/y/bin/z.runfiles/main/lib/a.py", "lib/a.py")
    merged = merger.merge(*(_report("DA:1,1", source=place) for place in places))
    assert (_records(merged, "SF"), _records(merged, "DA")) == (["lib/a.py"], ["1,3"])


def test_no_reports_merge_to_an_empty_one(merger: Any) -> None:
    assert merger.merge() == ""
    assert merger.merge("", "") == ""


@pytest.mark.parametrize(
    ("report", "line", "reason"),
    [
        ("hello\n", 1, "unknown record 'hello'"),
        ("DA:1,1\n", 1, "outside of a source file"),
        ("SF:a.py\nSF:b.py\n", 2, "end_of_record has to come first"),
        ("SF:\n", 1, "without a path"),
        (_report("DA:1"), 2, "DA is LINE,HITS"),
        (_report("DA:1,x"), 2, "'x' is not a whole number"),
        (_report("DA:1,-1"), 2, "'-1' is not a whole number"),
        (_report("DA:1,1", "BRDA:1,0,0"), 3, "BRDA is LINE,BLOCK,BRANCH,TAKEN"),
        (_report("FN:1"), 2, "at least two fields"),
        (_report("FNDA:1,f"), 3, "of which there is no FN"),
        (_report("FNA:0,1,f"), 2, "of which there is no FNL"),
        ("SF:a.py\nDA:1,1\n", 3, "cut short"),
    ],
)
def test_nonsense_is_named_by_file_and_line(
    merger: Any, report: str, line: int, reason: str
) -> None:
    merger.write("bad.dat", report)
    merger.write("reports", "bad.dat")
    done = merger.run("--reports_file=reports", "--output_file=merged.dat")
    assert done.returncode == 1
    assert f"bad.dat:{line}: " in done.stderr
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_bytes_that_are_no_text_are_refused(merger: Any) -> None:
    (merger.folder / "bad.dat").write_bytes(b"\xff\xfe\x00")
    merger.write("reports", "bad.dat")
    done = merger.run("--reports_file=reports", "--output_file=merged.dat")
    assert done.returncode == 1
    assert "bad.dat: is not an LCOV report" in done.stderr


def test_a_missing_report_is_named(merger: Any) -> None:
    merger.write("reports", "gone.dat")
    done = merger.run("--reports_file=reports", "--output_file=merged.dat")
    assert done.returncode == 1
    assert "gone.dat: cannot be read" in done.stderr


def test_a_bad_filter_is_a_usage_error(merger: Any) -> None:
    done = merger.run("--coverage_dir=.", "--output_file=x", "--filter_sources=(")
    assert done.returncode == 2
    assert "is no regular expression" in done.stderr
