"""`run_planted`: a run of tests that show secrets wherever they can, and where each of them was found.

    leaks = run_planted(folder)
    leaks.found                            # {} unless something was written with a secret in it
    run_planted(folder, redacting=False).found     # each place, with the files: the control

What is looked for is made here, without anything of belljar.redaction, and in everything that was
written: the terminal's text, the JUnit file, the log, the outputs, pytest's temporary folders.
"""

from __future__ import annotations

import base64
import html
import json
import os
import secrets
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

__all__ = ["PLACES", "SERVICE_PLACES", "Leaks", "run_planted"]

HERE = Path(__file__).parent
PLACES = (
    *("ENVIRONMENT", "SETTINGS_FILE", "EQUAL_STRINGS", "EQUAL_STRUCTURES", "EQUAL_BYTES", "CAUSE"),
    *("LOCAL_VARIABLE", "LOG", "LOG_OF_JSON", "PRINT", "SUBPROCESS", "WARNING", "FAULT_PLAN"),
    *("PARAMETER", "SQL", "PROPERTY", "URL", "BASIC_HEADER", "KEY", "PAGE", "ZIP", "HEX"),
    *("SKIPPED", "TEARDOWN"),
)
# With `services` only; the second is a value that the graph makes.
SERVICE_PLACES = ("SERVICE_LOG", "SERVICE_SECRET")
# A piece of a secret is a leak from so many characters on.
PIECE = 10
SECONDS = 300


@dataclass(frozen=True)
class Leaks:
    """`found` has, for each place whose secret was written, the names of the files; `output` is the terminal's."""

    found: dict[str, list[str]]
    output: str
    code: int


def run_planted(
    folder: Path, *arguments: str, redacting: bool = True, services: bool = False
) -> Leaks:
    """Run the tests in an empty folder, and look for each secret in all that was written there."""
    suite, written = folder / "suite", folder / "written"
    outputs = written / "outputs"
    outputs.mkdir(parents=True)
    suite.mkdir()
    for name, copy in (
        ("suite", "test_planted"),
        ("conftest", "conftest"),
        ("server", "planted_server"),
    ):
        shutil.copy(HERE / f"planted_{name}.py", suite / f"{copy}.py")
    planted = {place: _made(place) for place in (*PLACES, "SERVICE_LOG")}
    settings = suite / "settings.json"
    settings.write_text(json.dumps({"key": planted["SETTINGS_FILE"]}), encoding="utf-8")
    without = [] if redacting else ["-p", "no:belljar.redaction.plugin"]
    with (written / "terminal.txt").open("wb") as terminal:
        code = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-c", os.devnull, f"--rootdir={suite}"),
                *("-p", "belljar.plugin", "-p", "no:randomly", "-o", "belljar_secrets=PLANTED_*"),
                *(f"--basetemp={written / 'temp'}", f"--junitxml={written / 'junit.xml'}"),
                *("-o", "junit_logging=all", f"--log-file={written / 'pytest.log'}"),
                *("-o", f"cache_dir={written / 'cache'}", *without, *arguments, str(suite)),
            ],
            cwd=suite,
            env=_environment(planted, outputs, settings, arguments, services=services),
            stdout=terminal,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=SECONDS,
        ).returncode
    own = suite / "own_secret"
    if own.exists():
        planted["SERVICE_SECRET"] = own.read_text(encoding="utf-8")
    return Leaks(_found(planted, written), (written / "terminal.txt").read_text("utf-8"), code)


def _made(place: str) -> str:
    if place == "KEY":
        body = base64.encodebytes(secrets.token_bytes(300)).decode()
        return f"-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----"
    # With what each encoding changes, in its middle; its ends are found in any of them.
    return f"{secrets.token_hex(8)}/+ \"'é<&%\\={secrets.token_hex(8)}"


def _environment(
    planted: dict[str, str],
    outputs: Path,
    settings: Path,
    arguments: Sequence[str],
    *,
    services: bool,
) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BELLJAR_", "PYTEST_", "TEST_", "XML_"))
    }
    return {
        **inherited,
        **{f"PLANTED_{place}": value for place, value in planted.items()},
        "PLANTED": "services" if services else "none",
        "CAPTURED_BY": "-s" if "-s" in arguments else "",
        "SETTINGS": str(settings),
        "TEST_UNDECLARED_OUTPUTS_DIR": str(outputs),
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONUTF8": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "" if "-n2" in arguments else "1",
        "COLUMNS": "100",
    }


def _found(planted: dict[str, str], written: Path) -> dict[str, list[str]]:
    contents = list(_contents(written))
    result: dict[str, list[str]] = {}
    for place, value in planted.items():
        forms = _forms(value)
        for name, data in contents:
            if any(form in data for form in forms):
                result.setdefault(place, []).append(name)
    return result


def _contents(written: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(written.rglob("*")):
        name = path.relative_to(written).as_posix()
        yield f"the name {name}", os.fsencode(name)
        if path.is_file():
            yield name, path.read_bytes()
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as file:
                for member in file.namelist():
                    yield f"{name}: {member}", file.read(member)


def _forms(value: str) -> set[bytes]:
    """Both ends of it, which no escape changes, and each way of writing all of it as something else."""
    lines = [line for line in value.splitlines() if len(line) > PIECE and "-----" not in line]
    ends = {end for line in lines for end in (line[:PIECE], line[-PIECE:])}
    data = value.encode()
    texts = {
        value,
        *ends,
        quote(value),
        quote_plus(value),
        json.dumps(value)[1:-1],
        html.escape(value),
    }
    texts |= {data.hex(), data.hex().upper(), *(end.encode().hex() for end in ends)}
    for end in ends:
        for before in range(3):
            # Without the characters that neighbours share.
            text = base64.b64encode(b"." * before + end.encode()).decode().rstrip("=")
            texts.add(text[2 if before else 0 : -2][before // 2 :])
    return {text.encode() for text in texts}
