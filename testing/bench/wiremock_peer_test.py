"""The peer: found, or missing for a reason that is said."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from wiremock_peer import VERSION, PeerMissing, find, java_version, write_stub

# Programs here are shell scripts.
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it puts shell scripts on the PATH")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder that is all of the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_401"', 8),
        ('openjdk version "21" 2023-09-19', 21),
        ("command not found", 0),
    ],
)
def test_the_version_of_java_is_read(text: str, version: int) -> None:
    """Old ones say 1.8 for 8."""
    assert java_version(text) == version


def test_without_java_it_is_missing(programs: Path, tmp_path: Path) -> None:
    """Whether or not its jar is there."""
    with pytest.raises(PeerMissing, match="no java on the PATH; it needs 17"):
        find(get=True, cache=tmp_path)


def test_an_old_java_is_named(programs: Path, tmp_path: Path) -> None:
    """With what it says of itself."""
    program(programs, "java", "echo 'java version \"1.8.0_401\"' >&2")
    with pytest.raises(PeerMissing, match=r'says java version "1\.8\.0_401"; it needs 17'):
        find(get=True, cache=tmp_path)


def test_it_is_got_only_when_that_is_asked_for(programs: Path, tmp_path: Path) -> None:
    """And npm has to be there."""
    program(programs, "java", "echo 'openjdk version \"17.0.1\"' >&2")
    with pytest.raises(PeerMissing, match="--peer gets it by npm"):
        find(get=False, cache=tmp_path)
    with pytest.raises(PeerMissing, match="no npm"):
        find(get=True, cache=tmp_path)
    program(programs, "npm", "echo no network; exit 1")
    with pytest.raises(PeerMissing, match=r"npm ci failed in .*: no network"):
        find(get=True, cache=tmp_path)


def test_npm_may_get_nothing_but_what_its_hash_says(programs: Path, tmp_path: Path) -> None:
    """Once it is there, npm is not asked again."""
    program(programs, "java", "echo 'openjdk version \"17.0.1\"' >&2")
    jar = Path("node_modules/wiremock/build") / f"wiremock-standalone-{VERSION}.jar"
    program(programs, "npm", f"/bin/mkdir -p {jar.parent}; echo x > {jar}")
    found = find(get=True, cache=tmp_path)
    assert found.read_text() == "x\n"
    locked = json.loads((found.parents[3] / "package-lock.json").read_text())["packages"]
    assert all(entry["integrity"][:7] == "sha512-" for name, entry in locked.items() if name)
    program(programs, "npm", "exit 1")
    assert find(get=True, cache=tmp_path) == found


def test_its_stub_answers_a_post_with_the_body(tmp_path: Path) -> None:
    """It is all that it is told."""
    write_stub(tmp_path, "/v1/payment_intents", '{"id": "pi_1"}')
    stub = json.loads((tmp_path / "mappings" / "stub.json").read_text())
    assert stub["request"] == {"method": "POST", "urlPath": "/v1/payment_intents"}
    assert stub["response"]["body"] == '{"id": "pi_1"}'
