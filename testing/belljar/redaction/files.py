"""`redact_places`: files that others wrote, gone through when a run ends; they keep their bytes but for secrets.

In a text the secret's name stands in its place. A binary file (a database, a tar) gets as many "*" as
the secret had bytes, so that what follows stays where it was. Archives are looked into.
"""

from __future__ import annotations

import mmap
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from belljar.redaction.archives import UNREADABLE, BrokenArchive, is_archive, redact_archive
from belljar.redaction.concealed import concealed, redact, redact_bytes
from belljar.redaction.fragments import redact_report_text
from belljar.redaction.journals import settle_journals
from belljar.redaction.matching import Words

__all__ = ["redact_data", "redact_places", "redact_reports"]

# What has a zero byte in so much of its begin is binary.
LOOKED_AT = 64 * 1024
# Archives in archives.
DEPTH = 3
# A larger text is read in pieces: what colours or line ends interrupt stays there.
WHOLE = 64 * 1024 * 1024
# A text between two tags, or the value of an attribute; those of JUnit that are numbers stay such.
_XML_VALUE = re.compile(
    rb'(?P<number> (?:time|timestamp|tests|failures|errors|skipped)="[-+.:\dTZ]*")|>[^<]+|"[^"]*"'
)


def redact_places(places: Iterable[Path]) -> list[str]:
    """Go through files and folders; give a line for each file that could not be redacted."""
    if not concealed:
        return []
    words = concealed.whole()
    places = list(places)
    told = []
    settle_journals(list(_files(places)))
    for path in dict.fromkeys(_files(places)):
        try:
            _redact_file(path, words)
        except UNREADABLE as error:
            told.append(f"{path.name} was not redacted: {error}; it may show a secret")
    for place in places:
        told += _rename_below(place)
    return told


def redact_reports(places: Iterable[Path]) -> list[str]:
    """The same for reports of failures that others have written: pieces of cut secrets count there, too."""
    places = list(places)
    told = redact_places(places)
    for path in _files(places) if concealed else ():
        try:
            data = path.read_bytes()
            if not _binary(data[:LOOKED_AT]) and not is_archive(data):
                text = data.decode("utf-8", "surrogateescape")
                clean = redact_report_text(text, failure=True)
                if clean != text:
                    _replace(path, [clean.encode("utf-8", "surrogateescape")])
        except UNREADABLE as error:
            told.append(f"{path.name} was not redacted: {error}; it may show pieces of a secret")
    return told


def redact_data(data: bytes, words: Words, depth: int = DEPTH) -> bytes:
    """Give the bytes of a file without secrets: the same ones when there is none."""
    if depth and is_archive(data):
        try:
            clean = redact_archive(data, lambda inside: redact_data(inside, words, depth - 1))
        except BrokenArchive:
            # One in another: what can be seen from outside is taken out.
            clean = None
        if clean is not None:
            return clean
    if _binary(data[:LOOKED_AT]):
        return b"".join(_with_stars(data, words))
    return redact_bytes(data)


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_file() and not place.is_symlink():
            yield place
        elif place.is_dir():
            for folder, _, names in os.walk(place):
                for name in names:
                    path = Path(folder, name)
                    if path.is_file() and not path.is_symlink():
                        yield path


def _redact_file(path: Path, words: Words) -> None:
    with path.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            begin = content[:LOOKED_AT]
            binary = _binary(begin)
            if is_archive(begin):
                _redact_archive(path, bytes(content), words)
            elif begin.lstrip()[:5] in (b"<?xml", b"<test"):
                if words.pattern_bytes.search(content):
                    _replace(path, [_of_xml(bytes(content), words)])
            elif not binary and len(content) <= WHOLE:
                data = bytes(content)
                clean = redact_bytes(data)
                if clean != data:
                    _replace(path, [clean])
            elif words.pattern_bytes.search(content):
                _replace(path, _with_stars(content, words) if binary else _parts(content, words))


def _redact_archive(path: Path, data: bytes, words: Words) -> None:
    try:
        clean = redact_archive(data, lambda inside: redact_data(inside, words, DEPTH - 1))
    except BrokenArchive as error:
        # What can be read of it, else what can be seen from outside.
        clean = error.clean or b"".join(_with_stars(data, words))
        if clean != data:
            _replace(path, [clean])
        raise
    if clean is not None and clean != data:
        _replace(path, [clean])


def _parts(content: mmap.mmap, words: Words) -> Iterator[bytes]:
    """Give a file's bytes, piece by piece: it may be larger than the memory."""
    done = 0
    for begin, end, shown in words.spans_of_bytes(content):
        yield from _between(content, done, begin)
        yield shown
        done = end
    yield from _between(content, done, len(content))


def _with_stars(content: bytes | mmap.mmap, words: Words) -> Iterator[bytes]:
    done = 0
    for begin, end, _ in words.spans_of_bytes(content):
        yield from _between(content, done, begin)
        yield b"*" * (end - begin)
        done = end
    yield from _between(content, done, len(content))


def _between(content: bytes | mmap.mmap, begin: int, end: int) -> Iterator[bytes]:
    for at in range(begin, end, 16 * LOOKED_AT):
        yield content[at : min(end, at + 16 * LOOKED_AT)]


def _of_xml(data: bytes, words: Words) -> bytes:
    # A secret like "failure" is the name of an element, too.
    return _XML_VALUE.sub(
        lambda found: found[0] if found["number"] else words.replace_bytes(found[0]), data
    )


def _binary(begin: bytes) -> bool:
    # UTF-16, as a program on Windows writes its log, has a mark.
    return b"\0" in begin and not begin.startswith((b"\xff\xfe", b"\xfe\xff"))


def _replace(path: Path, parts: Iterable[bytes]) -> None:
    """Put another content in a file's place, all or nothing."""
    fresh = path.with_name(f".{secrets.token_hex(4)}")
    try:
        with fresh.open("xb") as file:
            _write(file, parts)
        before = path.stat()
        fresh.chmod(before.st_mode & 0o7777)
        os.utime(fresh, ns=(before.st_atime_ns, before.st_mtime_ns))
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _write(file: BinaryIO, parts: Iterable[bytes]) -> None:
    for part in parts:
        file.write(part)


def _rename_below(place: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(place, topdown=False):
        for name in [*names, *folders]:
            clean = redact(name)
            target = Path(folder, clean)
            if Path(folder, name).is_symlink():
                yield from _lead_on(Path(folder, name), clean)
            if clean != name:
                try:
                    if target.exists():
                        target = Path(folder, f"{clean}-{secrets.token_hex(4)}")
                    Path(folder, name).rename(target)
                except OSError as error:
                    yield f"{clean} keeps its name, which has a secret: {error.strerror}"


def _lead_on(link: Path, shown: str) -> Iterator[str]:
    """Let a link name no secret either: what it leads to has another name now, too."""
    leads = str(link.readlink())
    clean = redact(leads)
    if clean != leads:
        fresh = link.with_name(f".{secrets.token_hex(4)}")
        try:
            fresh.symlink_to(clean)
            fresh.replace(link)
        except OSError as error:
            yield f"{shown} leads to a name which has a secret: {error.strerror}"
