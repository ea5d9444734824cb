"""`redact_places`: files that others wrote, gone through when a run ends; they keep their bytes but for secrets.

In a text the secret's name stands in its place. A binary file (a database, a tar) gets as many "*" as
the secret had bytes, so that what follows stays where it was. Zip files and gzip streams are looked into.
"""

from __future__ import annotations

import gzip
import io
import mmap
import os
import re
import secrets
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from belljar.redaction.concealed import concealed, redact
from belljar.redaction.matching import Words

__all__ = ["redact_data", "redact_places"]

# What has a zero byte in so much of its begin is binary.
LOOKED_AT = 64 * 1024
# Archives in archives.
DEPTH = 3
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
GZIP = b"\x1f\x8b"
# A text between two tags, or the value of an attribute.
_XML_VALUE = re.compile(rb'>[^<]+|"[^"]*"')


def redact_places(places: Iterable[Path]) -> list[str]:
    """Go through files and folders; give a line for each file that could not be redacted."""
    if not concealed:
        return []
    words = concealed.whole()
    places = list(places)
    told = []
    for path in dict.fromkeys(_files(places)):
        try:
            _redact_file(path, words)
        except (OSError, zipfile.BadZipFile, ValueError, zlib.error, EOFError) as error:
            told.append(f"{path.name} was not redacted: {error}; it may show a secret")
    for place in places:
        told += _rename_below(place)
    return told


def redact_data(data: bytes, words: Words, depth: int = DEPTH) -> bytes:
    """Give the bytes of a file without secrets: the same ones when there is none."""
    if depth and data.startswith(ZIP):
        return _zip(data, words, depth)
    if depth and data.startswith(GZIP):
        inside = gzip.decompress(data)
        clean = redact_data(inside, words, depth - 1)
        return data if clean == inside else gzip.compress(clean, mtime=0)
    shown = None if _binary(data[:LOOKED_AT]) else words.shown_bytes
    return words.pattern_bytes.sub(lambda found: _instead(found[0], shown), data)


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
            if begin.startswith((*ZIP, GZIP)):
                data = bytes(content)
                clean = redact_data(data, words)
                if clean != data:
                    _replace(path, [clean])
            elif words.pattern_bytes.search(content):
                if begin.lstrip()[:5] in (b"<?xml", b"<test"):
                    _replace(path, [_of_xml(bytes(content), words)])
                else:
                    _replace(path, _parts(content, words, binary=_binary(begin)))


def _parts(content: mmap.mmap, words: Words, *, binary: bool) -> Iterator[bytes]:
    """Give a file's bytes, piece by piece: it may be larger than the memory."""
    shown = None if binary else words.shown_bytes
    done = 0
    for found in words.pattern_bytes.finditer(content):
        while done < found.start():
            yield content[done : min(found.start(), done + 16 * LOOKED_AT)]
            done = min(found.start(), done + 16 * LOOKED_AT)
        yield _instead(found[0], shown)
        done = found.end()
    while done < len(content):
        yield content[done : done + 16 * LOOKED_AT]
        done += 16 * LOOKED_AT


def _instead(secret: bytes, shown: dict[bytes, bytes] | None) -> bytes:
    return shown[secret] if shown is not None else b"*" * len(secret)


def _of_xml(data: bytes, words: Words) -> bytes:
    # A secret like "failure" is the name of an element, too.
    return _XML_VALUE.sub(lambda found: words.replace_bytes(found[0]), data)


def _zip(data: bytes, words: Words, depth: int) -> bytes:
    fresh, changed = io.BytesIO(), False
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(fresh, "w") as new:
        new.comment = words.replace_bytes(old.comment)
        for member in old.infolist():
            inside = old.read(member)
            clean = redact_data(inside, words, depth - 1)
            name = redact(member.filename)
            changed = changed or clean != inside or name != member.filename
            member.filename = name
            new.writestr(member, clean, member.compress_type)
    return fresh.getvalue() if changed else data


def _binary(begin: bytes) -> bool:
    # UTF-16, as a program on Windows writes its log, has a mark.
    return b"\0" in begin and not begin.startswith((b"\xff\xfe", b"\xfe\xff"))


def _replace(path: Path, parts: Iterable[bytes]) -> None:
    """Put another content in a file's place, all or nothing."""
    fresh = path.with_name(f".{secrets.token_hex(4)}")
    try:
        with fresh.open("xb") as file:
            _write(file, parts)
        fresh.chmod(path.stat().st_mode & 0o7777)
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
            if clean != name:
                try:
                    if target.exists():
                        target = Path(folder, f"{clean}-{secrets.token_hex(4)}")
                    Path(folder, name).rename(target)
                except OSError as error:
                    yield f"{clean} keeps its name, which has a secret: {error.strerror}"
