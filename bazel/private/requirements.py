"""Locks a requirements file with uv, or checks that its lock is current.

    requirements.py update IN LOCK TOOLS [OPTION...]     options of `uv pip compile`
    requirements.py check IN LOCK

The lock's first lines hold a digest of what was asked for: every requirement of IN, and of files
that it includes, without comments and order. So a changed specifier is noticed offline, even one
that the locked version still meets.
"""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
import subprocess
import sys

from belljar_uv import find_uv, uv_environment

_DIGEST = "# Inputs: sha256:"
_UPDATE = "./bazelw run //{package}:{name}.update"


def wanted(file: pathlib.Path) -> list[str]:
    """Gives the requirements of a file and those it includes, one a line, sorted, without comments."""
    lines = []
    text = re.sub(r"\\\n", " ", file.read_text(encoding="utf-8"))
    for raw in text.splitlines():
        line = re.sub(r"(^|\s)#.*$", "", raw).strip()
        included = re.match(r"(?:-r|-c|--requirement|--constraint)[ =]*(\S+)$", line)
        if included:
            lines += wanted(file.parent / included.group(1))
        elif line:
            lines.append("".join(line.split()))
    return sorted(lines)


def digest(file: pathlib.Path) -> str:
    """Gives the SHA-256 of what `file` asks for."""
    return hashlib.sha256("\n".join(wanted(file)).encode()).hexdigest()


def command_for(source: str) -> str:
    """Gives the command that locks `source` again."""
    path = pathlib.PurePosixPath(source)
    package = "" if path.parent == pathlib.PurePosixPath() else path.parent.as_posix()
    return _UPDATE.format(package=package, name=path.stem)


def update(source: str, lock: str, tools: str, options: list[str]) -> int:
    """Gives uv's exit code; writes the lock where it is 0."""
    root = os.environ.get("BUILD_WORKSPACE_DIRECTORY")
    if not root:
        print(f"requirements: run it through Bazel: {command_for(source)}", file=sys.stderr)
        return 2
    uv = find_uv(tools)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    target = pathlib.Path(root, lock)
    header = f"# Locked by {command_for(source)} for Python {version}; not edited by hand.\n"
    command = [
        uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-strip-extras",
        "--no-header", "--python-version", version, "--output-file", lock, source, *options,
    ]  # fmt: skip
    before = target.read_bytes() if target.exists() else b""
    done = _run(command, root)
    if done.returncode and lock in done.stderr and before:
        # A merge's leftovers, an edit by hand: uv reads the old lock for the versions to keep.
        print(
            f"requirements: {lock} can't be read, so every version is chosen anew", file=sys.stderr
        )
        target.unlink()
        done = _run(command, root)
    print(done.stderr, end="", file=sys.stderr)
    if done.returncode:
        target.write_bytes(before)
        print(f"requirements: uv failed; {lock} is as it was", file=sys.stderr)
        return done.returncode
    body = re.sub(r"\A(#[^\n]*\n)+", "", target.read_text(encoding="utf-8"))
    target.write_text(
        f"{header}{_DIGEST}{digest(pathlib.Path(root, source))}\n{body}", encoding="utf-8"
    )
    print(f"requirements: {lock} holds {len(re.findall(r'(?m)^[A-Za-z0-9]', body))} packages")
    return 0


def _run(command: list[str], root: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **uv_environment()}
    return subprocess.run(
        command, cwd=root, env=environment, stderr=subprocess.PIPE, text=True, check=False
    )


def check(source: str, lock: str) -> int:
    """Gives 1, with the way to lock again, when `lock` was made from other requirements."""
    found = re.search(
        rf"(?m)^{_DIGEST}([0-9a-f]*)$", pathlib.Path(lock).read_text(encoding="utf-8")
    )
    expected = digest(pathlib.Path(source))
    if found and found.group(1) == expected:
        print(
            f"{lock} is current: it was made from these {len(wanted(pathlib.Path(source)))} requirements"
        )
        return 0
    text = pathlib.Path(lock).read_text(encoding="utf-8")
    names = [re.split(r"[^A-Za-z0-9._-]", line)[0] for line in wanted(pathlib.Path(source))]
    missing = [name for name in names if not re.search(rf"(?mi)^{re.escape(name)}[\[=]", text)]
    more = f" (not in it at all: {', '.join(missing)})" if missing else ""
    print(
        f"{lock} is stale: {source} has changed since it was locked{more}.\n"
        f"Lock again: {command_for(source)}",
        file=sys.stderr,
    )
    return 1


def main(action: str, source: str, lock: str, *rest: str) -> int:
    """Gives the exit code of `action`."""
    # Bazel writes a file of the root package as ./NAME.
    source, lock = (pathlib.PurePosixPath(path).as_posix() for path in (source, lock))
    if action == "update":
        tools, *options = rest
        return update(source, lock, tools, options)
    return check(source, lock)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
