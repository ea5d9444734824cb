"""WireMock, the peer of the mocks: where it is, how it is got, and the stub that it answers with.

It is the npm package of that name, got by npm itself into a folder of the cache, by the hashes below;
and a Java to run it with. `find` says what is missing rather than measuring something else.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

__all__ = ["VERSION", "PeerMissing", "command", "find", "write_stub"]

VERSION = "3.13.2"
JAVA = 17
PACKAGES = {
    "npm-java-runner": (
        "2.0.0",
        "sha512-vYkU45l0J6rNoXJdHHSPzmW9mpbBDR/RmO0w60tnJOmlW3Tki6J9lNK/OQq8EQZSsBe1U3NL9TgJKWL+2YeXxw==",
    ),
    "wiremock": (
        VERSION,
        "sha512-YkqP6qQhVS45/SjG1sz5rQXQp19NCWkEKygb2OJ5zGKsS5DYZTLYodkH6x5IFG43QtVyeSv1C5oes4Whg31flg==",
    ),
}


class PeerMissing(Exception):
    """Why it can't be run here."""


def find(*, get: bool, cache: Path | None = None) -> Path:
    """Gives its jar, got by npm where it isn't there yet and `get` is set. Raises `PeerMissing`."""
    _check_java()
    folder = (cache or _cache()) / f"wiremock-{VERSION}"
    jar = folder / f"node_modules/wiremock/build/wiremock-standalone-{VERSION}.jar"
    if jar.exists():
        return jar
    if not get:
        raise PeerMissing("it is not in the cache; --peer gets it by npm")
    npm = shutil.which("npm")
    if npm is None:
        raise PeerMissing("there is no npm on the PATH to get it with")
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {"dependencies": {"wiremock": VERSION}}
    lock = {"lockfileVersion": 3, "packages": {"": wanted, **_locked()}}
    for name, content in (("package.json", wanted), ("package-lock.json", lock)):
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    done = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode or not jar.exists():
        raise PeerMissing(f"npm ci failed in {folder}: {done.stdout.strip()[-300:]}")
    return jar


def command(jar: Path, root: Path) -> list[str]:
    """Gives its command line, as quick as it can be: it keeps no journal, while ours does."""
    options = ["--port", "0", "--root-dir", str(root), "--no-request-journal"]
    return ["java", "-jar", str(jar), *options]


def write_stub(root: Path, path: str, body: str) -> None:
    """Writes the one stub that it has: POST of a path, answered with JSON."""
    (root / "mappings").mkdir(parents=True, exist_ok=True)
    answer = {"status": 200, "headers": {"Content-Type": "application/json"}, "body": body}
    stub = {"request": {"method": "POST", "urlPath": path}, "response": answer}
    (root / "mappings" / "stub.json").write_text(json.dumps(stub), encoding="utf-8")


def java_version(text: str) -> int:
    """Gives the 17 of what `java -version` says, 0 when it isn't in there."""
    found = re.search(r'version "(?:1\.)?(\d+)', text)
    return int(found[1]) if found else 0


def _check_java() -> None:
    if shutil.which("java") is None:
        raise PeerMissing(f"there is no java on the PATH; it needs {JAVA} or later")
    shown = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    if java_version(shown) < JAVA:
        first = shown.splitlines()[0] if shown else "nothing"
        raise PeerMissing(f"java -version says {first}; it needs {JAVA} or later")


def _locked() -> dict[str, object]:
    locked: dict[str, object] = {}
    for name, (version, integrity) in PACKAGES.items():
        # No address: npm asks the registry that it is set to, and the hash says what it may get.
        entry = {"version": version, "integrity": integrity}
        needs = {} if name != "wiremock" else {"dependencies": {"npm-java-runner": "^2.0.0"}}
        locked[f"node_modules/{name}"] = {**entry, **needs}
    return locked


def _cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "belljar" / "peers"
