"""The mock as a process of its own, and its command line."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from belljar.mocks.openapi import OpenApiClient, check, load_document
from belljar.mocks.openapi.main import main
from belljar.processes import bind_socket


def command(*arguments: str) -> list[str]:
    path = [entry for entry in sys.path if entry]
    code = f"import sys; sys.path[:0] = {path!r}; from belljar.mocks.openapi.main import main; sys.exit(main())"
    return [sys.executable, "-c", code, *arguments]


@pytest.fixture
def process(documents: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Give a running mock and its address."""
    with bind_socket() as bound:
        number = bound.fileno()
        process = subprocess.Popen(
            command(str(documents / "petshop.yaml"), "--fd", str(number)),
            pass_fds=[number],
            stdout=subprocess.PIPE,
            text=True,
        )
    assert process.stdout is not None
    with process:
        line = process.stdout.readline()
        found = re.search(r"petshop: listening on (http://\S+)", line)
        assert found, line
        yield process, found[1]
        process.kill()


def test_expectations_work_from_another_process(
    process: tuple[subprocess.Popen[str], str],
) -> None:
    running, url = process
    mock = OpenApiClient(url, "mine")
    assert httpx.get(f"{url}/_belljar/ready").status_code == 200
    mock.expect("GET", "/pets/{petId}", headers={"X-Api-Key": "k"}).respond(404)
    answer = httpx.get(f"{mock.url}/v1/pets/1", headers={"X-Api-Key": "k"})
    assert answer.status_code == 404
    mock.verify()
    running.send_signal(signal.SIGTERM)
    assert running.wait(10) == 0


def test_a_document_with_errors_ends_it_with_the_reasons(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "bad.yaml"
    spec.write_text("openapi: 3.0.3\npaths: {}\n")
    assert main([str(spec)]) == 1
    said = capsys.readouterr().err
    assert "bad.yaml:1: #: the document has no info" in said
    assert "Traceback" not in said


def test_a_check_says_only_what_is_wrong(
    documents: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(documents / "petshop.yaml"), "--check"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_file_that_is_not_there_is_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"nowhere{os.sep}a.yaml"]) == 1
    assert "there is no OpenAPI document" in capsys.readouterr().err


def test_the_build_action_bundles_a_right_document_and_names_the_target_of_a_wrong_one(
    documents: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "bundle.json"
    assert check.main(["//shop:tree", str(documents / "tree/tree.yaml"), str(bundle)]) == 0
    assert len(load_document(bundle).files) == 4
    spec = tmp_path / "bad.yaml"
    spec.write_text("swagger: '2.0'\n")
    assert check.main(["//shop:bad", str(spec), str(bundle)]) == 1
    assert capsys.readouterr().err.startswith("//shop:bad: bad.yaml has 1 error\n  bad.yaml:1: ")
