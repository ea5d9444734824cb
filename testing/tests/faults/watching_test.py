"""Calls are noted at a boundary that is watched, with all that a fault can match, and cost nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from belljar.faults import (
    Call,
    ControlFailed,
    Engines,
    FaultEngine,
    Faults,
    Noted,
    Plan,
    Planner,
    UnknownBoundary,
    answer_control,
)
from belljar.faults.noted import MOST, noted_from_json, noted_to_json


def texts(noted: list[Noted]) -> list[str]:
    return [str(one.call) for one in noted]


def test_nothing_is_noted_before_somebody_watches() -> None:
    engine = FaultEngine(Plan(), "payments", "http")
    engine.decide(Call("GET", "/a"))
    assert engine.calls() == []


def test_calls_are_noted_in_order_and_by_the_clock_of_the_machine() -> None:
    engine = FaultEngine(Plan(), "payments", "http")
    before = time.monotonic()
    engine.watch()
    engine.decide(Call("GET", "/a"))
    engine.decide(Call("POST", "/b"))
    assert texts(engine.calls()) == ["GET /a", "POST /b"]
    times = [before, *(one.at for one in engine.calls()), time.monotonic()]
    assert times == sorted(times)


def test_who_watches_again_begins_anew() -> None:
    engine = FaultEngine(Plan(), "payments", "http")
    engine.watch()
    engine.decide(Call("GET", "/a"))
    engine.watch()
    engine.decide(Call("GET", "/b"))
    assert texts(engine.calls()) == ["GET /b"]


def test_calls_to_which_a_fault_happens_are_noted_too_and_a_new_plan_ends_nothing() -> None:
    engine = FaultEngine(Plan(), "payments", "http")
    engine.watch()
    planner = Planner()
    planner.on("payments").fail(calls=[2])
    engine.update(planner.plan)
    due = [len(engine.decide(Call("GET", path))) for path in ("/a", "/b", "/c")]
    assert due == [0, 1, 0]
    assert texts(engine.calls()) == ["GET /a", "GET /b", "GET /c"]


def test_of_very_many_calls_the_first_are_kept() -> None:
    engine = FaultEngine(Plan(), "payments", "http")
    engine.watch()
    for number in range(MOST + 5):
        engine.decide(Call("GET", f"/{number}"))
    assert texts(engine.calls())[-1] == f"GET /{MOST - 1}"


def test_calls_go_through_the_control_api_as_they_were() -> None:
    noted = [Noted(Call("PUT", "/b/k", {"operation": "PutObject", "bucket": "b"}), 12.25)]
    assert noted_from_json(noted_to_json(noted).encode(), "there") == noted


def test_an_answer_without_calls_is_told_with_the_place() -> None:
    with pytest.raises(ControlFailed, match=r"GET /there: the answer has no calls: KeyError"):
        noted_from_json(b'{"version": 1}', "GET /there")


def test_a_server_notes_for_each_namespace_by_itself_until_it_is_cleared() -> None:
    engines = Engines("payments", "http")
    boundaries = {"payments": engines}

    def asked(namespace: str) -> list[str]:
        _, answer = answer_control(boundaries, "GET", namespace, "calls=1", b"")
        return [one["path"] for one in json.loads(answer)["calls"]]

    assert answer_control(boundaries, "PUT", "one", "boundary=payments&calls=1", b"")[0] == 200
    engines.decide("one", Call("GET", "/a"))
    engines.decide("two", Call("GET", "/b"))
    assert (asked("one"), asked("two")) == (["/a"], [])
    answer_control(boundaries, "DELETE", "one", "calls=1", b"")
    assert asked("one") == []
    answer_control(boundaries, "PUT", "one", "calls=1", b"")
    answer_control(boundaries, "DELETE", "one", "", b"")
    engines.decide("one", Call("GET", "/c"))
    assert asked("one") == []
    assert answer_control(boundaries, "POST", "one", "calls=1", b"")[0] == 405


def test_requests_of_this_process_are_noted(faults: Faults, server: Any) -> None:
    client = faults.boundary("client")
    client.watch()
    urllib.request.urlopen(f"{server.url}/charges?limit=3").read()
    (noted,) = client.calls()
    assert (noted.call.method, noted.call.get("path")) == ("GET", "/charges")
    assert noted.call.get("host") == server.url.removeprefix("http://")


def test_programs_are_noted(faults: Faults) -> None:
    programs = faults.boundary("subprocess")
    programs.watch()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    assert [one.call.get("arguments") for one in programs.calls()] == [f"{sys.executable} -c pass"]


def test_files_are_noted_with_what_is_done_to_them(faults: Faults, tmp_path: Path) -> None:
    files = faults.boundary("file")
    files.watch()
    path = tmp_path / "a.txt"
    path.write_text("x")
    path.unlink()
    mine = [one.call.get("operation") for one in files.calls() if one.call.get("path") == str(path)]
    assert mine == ["open", "write", "unlink"]


def test_statements_are_noted(faults: Faults) -> None:
    sqlalchemy = pytest.importorskip("sqlalchemy")
    sql = faults.boundary("sql")
    sql.watch()
    engine = sqlalchemy.create_engine("sqlite://")
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("SELECT  1"))
    engine.dispose()
    noted = [(one.call.method, one.call.get("statement")) for one in sql.calls()]
    assert noted[-2:] == [("execute", "SELECT 1"), ("commit", "COMMIT")]


def test_a_fault_at_a_boundary_that_is_watched_happens_and_all_ends_with_the_test(
    server: Any,
) -> None:
    session = Faults(seed=7, test="x_test.py::test_one")
    client = session.boundary("client")
    client.watch()
    session.on("client").fail(status=503, calls=[1])
    with pytest.raises(urllib.request.HTTPError):
        urllib.request.urlopen(server.url)
    assert len(client.calls()) == 1
    session.close()
    urllib.request.urlopen(server.url).read()
    assert client.calls() == []


def test_a_boundary_is_asked_for_by_its_name_or_told_with_the_choices(faults: Faults) -> None:
    assert faults.boundary("sql") is faults.boundary("sql")
    with pytest.raises(UnknownBoundary, match=r"write 'client', or"):
        faults.boundary("clent")
