"""Tests that fail, and show a secret in as many ways as there are; each has one of its own, from a variable.

`planting.py` copies this file to a folder of its own: here pytest does not find it.
"""

# ruff: noqa: D103  # tests, whose names say it
from __future__ import annotations

import base64
import html
import json
import logging
import os
import subprocess
import sys
import urllib.request
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

OUTPUTS = Path(os.environ["TEST_UNDECLARED_OUTPUTS_DIR"])
SERVED = "services" in os.environ["PLANTED"].split()


def secret(place: str) -> str:
    """The one that is planted there."""
    return os.environ[f"PLANTED_{place}"]


def test_environment() -> None:
    assert {
        name: value for name, value in os.environ.items() if name == "PLANTED_ENVIRONMENT"
    } == {}


def test_settings_file() -> None:
    settings = json.loads(Path(os.environ["SETTINGS"]).read_text(encoding="utf-8"))
    raise LookupError(f"no payments with {settings!r}")


def test_equal_strings() -> None:
    assert "x" * 300 + secret("EQUAL_STRINGS") == "x" * 300 + secret("EQUAL_STRINGS")[:-2] + "??"


def test_equal_structures() -> None:
    value = secret("EQUAL_STRUCTURES")
    assert {"deep": [{"token": value}] * 3, "more": value} == {"deep": [{"token": value[:-1]}]}


def test_equal_bytes() -> None:
    assert [b"." * 61 + secret("EQUAL_BYTES").encode() + b"." * 99] == [b""]


def test_cause() -> None:
    try:
        raise KeyError(secret("CAUSE"))
    except KeyError as error:
        raise RuntimeError("no such account") from error


def test_local_variable() -> None:
    token = [secret("LOCAL_VARIABLE")]
    assert not token, "too many"


def test_log() -> None:
    logging.getLogger("shop").warning("logged in with %s", secret("LOG"))
    raise AssertionError


def test_log_of_json() -> None:
    logging.getLogger("shop").error(
        json.dumps({"body": json.dumps({"key": secret("LOG_OF_JSON")})})
    )
    raise AssertionError


def test_print(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():  # as with -s
        print("printed", secret("PRINT"))
    print("in two", secret("PRINT")[:9], end="")
    print(secret("PRINT")[9:])
    raise AssertionError


@pytest.mark.skipif(
    os.environ["CAPTURED_BY"] == "-s", reason="the child writes to the terminal itself"
)
def test_subprocess() -> None:
    code = "import os; print(os.environ['PLANTED_SUBPROCESS'])"
    subprocess.run([sys.executable, "-c", code], check=True)
    raise AssertionError


def test_warning() -> None:
    warnings.warn(f"{secret('WARNING')} is going to expire", stacklevel=1)


def test_fault_plan(faults: Any) -> None:
    faults.on("client", path=f"/hooks/{secret('FAULT_PLAN')}/*").fail(status=503)
    raise AssertionError


@pytest.mark.parametrize("token", [secret("PARAMETER"), secret("PARAMETER") + "+"])
def test_parameter(token: str, tmp_path: Path) -> None:
    assert tmp_path.name != ""
    assert not token


def test_sql() -> None:
    import sqlalchemy

    with sqlalchemy.create_engine("sqlite://").connect() as connection:
        statement = "SELECT * FROM missing WHERE token = :token"
        connection.execute(sqlalchemy.text(statement), {"token": secret("SQL")})


def test_property(
    record_property: Callable[[str, object], None],
    record_testsuite_property: Callable[[str, object], None],
) -> None:
    record_property("token", secret("PROPERTY"))
    record_testsuite_property("tokens", secret("PROPERTY"))


def test_url() -> None:
    password = quote(secret("URL"), safe="")
    raise ConnectionError(f"postgresql://shop:{password}@db:5432/shop does not answer")


def test_basic_header() -> None:
    text = base64.b64encode(f"shop:{secret('BASIC_HEADER')}".encode()).decode()
    raise ConnectionError({"authorization": f"Basic {text}"})


def test_key() -> None:
    for line in secret("KEY").splitlines():
        print("|", line)
    raise ValueError(f"not a key: {secret('KEY')}")


def test_page() -> None:
    (OUTPUTS / "page.html").write_text(f"<p>{html.escape(secret('PAGE'))}</p>", encoding="utf-8")


def test_zip() -> None:
    with zipfile.ZipFile(OUTPUTS / "trace.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("trace/1.json", json.dumps([secret("ZIP")]))


def test_hex() -> None:
    print(secret("HEX").encode().hex(":").replace(":", ""))
    raise AssertionError


def test_skipped() -> None:
    pytest.skip(f"{secret('SKIPPED')} is no test account")


@pytest.fixture
def broken_at_the_end() -> Any:
    """Fail at teardown."""
    yield
    raise OSError(f"can't delete {secret('TEARDOWN')}")


def test_teardown(broken_at_the_end: None) -> None:
    pass


@pytest.mark.skipif(not SERVED, reason="only with services")
def test_service_log(request: pytest.FixtureRequest) -> None:
    services = request.getfixturevalue("services")
    urllib.request.urlopen(services["shop"].url + "/say", timeout=10).close()
    raise AssertionError


@pytest.mark.skipif(not SERVED, reason="only with services")
def test_service_secret(request: pytest.FixtureRequest) -> None:
    """Its value is made by the graph, which tells nobody: the server writes it to its log."""
    services = request.getfixturevalue("services")
    url = services["shop"].url + "/own"
    with urllib.request.urlopen(url, timeout=10) as answer:
        print("it said", answer.read().decode())
    raise AssertionError
