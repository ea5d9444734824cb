"""Reads a lock file; prints {"entries": ..., "options": ..., "cycles": ...} as JSON.

    python read_lock.py FILE NAME

NAME is how messages call the file. The format is pip's requirements file, as uv and pip-tools write
it: one `name==version` an entry, with extras, a marker and at least one hash. Whatever is wrong is
reported at once, a line each, with what was expected.
"""

from __future__ import annotations

import json
import pathlib
import re
import sys
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

_RELOCK = "lock again with ./bazelw run //:requirements.update"
_HASH = re.compile(r"--hash=(\S+)")
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
# Options of a lock that say where wheels are; they go to the installer as they are.
_INDEX_OPTIONS = ("--index-url", "--extra-index-url", "--find-links", "--trusted-host", "-i", "-f")
# Options that say what is installed: wheels only, whatever the lock says.
_IGNORED_OPTIONS = ("--no-binary", "--only-binary")


def logical_lines(text: str) -> list[tuple[int, str]]:
    """Gives (number of the first line, line) with continuations joined and comments gone."""
    lines: list[tuple[int, str]] = []
    start, parts = 0, []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = re.sub(r"(^|\s)#.*$", "", raw).rstrip()
        if not parts:
            start = number
        if line.endswith("\\"):
            parts.append(line[:-1])
            continue
        # uv puts comments between an entry's lines; they end nothing.
        if parts and not line and raw.strip().startswith("#"):
            continue
        parts.append(line)
        joined = " ".join(part.strip() for part in parts).strip()
        if joined:
            lines.append((start, joined))
        parts = []
    if parts:
        lines.append((start, " ".join(part.strip() for part in parts).strip()))
    return lines


def entry(line: str) -> tuple[dict[str, Any] | None, str]:
    """Gives one entry and "", or None and what is wrong with it."""
    hashes = _HASH.findall(line)
    text = _HASH.sub("", line).strip()
    if text.startswith(("-e ", "--editable", "-r ", "-c ")):
        return None, f"{text!r}: a lock holds only name==version entries; {_RELOCK}"
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        return (
            None,
            f"{text!r} is no requirement ({reason}); expected name==version --hash=sha256:...; {_RELOCK}",
        )
    name = requirement.name
    pins = [s for s in requirement.specifier if s.operator == "==" and "*" not in s.version]
    if requirement.url or len(pins) != 1 or len(requirement.specifier) != 1:
        return None, f"{name}: found {text!r}, expected one exact version ({name}==...); {_RELOCK}"
    if not hashes:
        return (
            None,
            f"{name}: no hash; expected at least one --hash=sha256:... after {text!r}; {_RELOCK}",
        )
    for digest in hashes:
        if not _SHA256.fullmatch(digest):
            return (
                None,
                f"{name}: hash {digest!r} is not sha256: and 64 hexadecimal digits; {_RELOCK}",
            )
    return {
        "name": canonicalize_name(name).replace("-", "_"),
        "requirement": f"{name}=={pins[0].version}",
        "extras": sorted(canonicalize_name(extra) for extra in requirement.extras),
        "hashes": hashes,
        "here": requirement.marker is None or requirement.marker.evaluate(),
    }, ""


def dependents(text: str) -> dict[str, set[str]]:
    """Gives who needs each package, from the `# via` comments that uv and pip-tools write."""
    found: dict[str, set[str]] = {}
    name, listing = "", False
    for line in text.splitlines():
        start = re.match(r"([A-Za-z0-9][\w.-]*)(?:\[[^]]*\])?==", line)
        if start:
            name, listing = canonicalize_name(start.group(1)), False
            continue
        comment = re.match(r"\s+#\s+(via\b)?\s*(.*)$", line)
        if not (name and comment):
            continue
        listing = listing or bool(comment.group(1))
        user = comment.group(2).split("[")[0].strip()
        if listing and user and not user.startswith("-"):
            found.setdefault(canonicalize_name(user), set()).add(name)
    return found


def cycles(needs: dict[str, set[str]]) -> list[list[str]]:
    """Gives the groups of packages that need each other, by whatever way round."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        pending = [start]
        while pending:
            for other in needs.get(pending.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    pending.append(other)
        return seen

    reach = {name: reached(name) for name in needs}
    groups = {
        tuple(sorted({other for other in reach[name] if name in reach.get(other, ())} | {name}))
        for name in needs
        if name in reach[name]
    }
    return [
        [name.replace("-", "_") for name in group] for group in sorted(groups) if len(group) > 1
    ]


def main(file: str, shown: str) -> int:
    """Gives 1, with every problem on standard error, or 0, with the lock as JSON."""
    text = pathlib.Path(file).read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = {}
    options: list[str] = []
    wrong: list[str] = []
    for number, line in logical_lines(text):
        words = line.replace("=", " ", 1).split() if line.startswith("-") else [""]
        if words[0] in _IGNORED_OPTIONS:
            continue
        if words[0] in _INDEX_OPTIONS:
            options += words
            continue
        item, problem = entry(line)
        if item is None:
            wrong.append(f"{shown}:{number}: {problem}")
            continue
        item["line"] = number
        earlier = found.get(item["name"])
        # A universal lock may hold one package twice, with markers that exclude each other.
        if earlier is not None and earlier["here"] and item["here"]:
            wrong.append(
                f"{shown}:{number}: {item['requirement']} is a duplicate: "
                f"line {earlier['line']} has {earlier['requirement']}; "
                f"expected one entry a package; {_RELOCK}"
            )
        elif earlier is None or item["here"]:
            found[item["name"]] = item
    if wrong:
        print("\n".join(["", *wrong]), file=sys.stderr)
        return 1
    lock = {"entries": list(found.values()), "options": options, "cycles": cycles(dependents(text))}
    print(json.dumps(lock))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
