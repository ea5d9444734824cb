"""`redact_archive`: an archive whose members have no secret: zip, and streams of gzip, bzip2 and xz.

    clean = redact_archive(data, redact_member)    # None: it is no archive; the same: it has no secret

One that is cut off, as a killed process leaves it, is read as far as it goes.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

from belljar.redaction.concealed import redact, redact_bytes

__all__ = ["UNREADABLE", "BrokenArchive", "is_archive", "redact_archive"]

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
# What the readers raise for one that is broken, encrypted, or packed in a way that they don't know.
UNREADABLE = (
    OSError,
    EOFError,
    KeyError,
    MemoryError,
    RuntimeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


class _Packing(NamedTuple):
    begin: bytes
    reader: Callable[[], Any]
    pack: Callable[[bytes], bytes]


_PACKINGS = (
    _Packing(
        b"\x1f\x8b", lambda: zlib.decompressobj(wbits=31), lambda data: gzip.compress(data, mtime=0)
    ),
    _Packing(b"BZh", bz2.BZ2Decompressor, bz2.compress),
    _Packing(b"\xfd7zXZ\x00", lzma.LZMADecompressor, lzma.compress),
)


class BrokenArchive(ValueError):
    """An archive that can't be read; `clean` is what could be made of it."""

    def __init__(self, reason: object, clean: bytes | None = None) -> None:
        super().__init__(str(reason))
        self.clean = clean


def is_archive(begin: bytes) -> bool:
    """Tell whether a file that begins so is one."""
    return begin.startswith((*ZIP, *(packing.begin for packing in _PACKINGS)))


def redact_archive(data: bytes, member: Callable[[bytes], bytes]) -> bytes | None:
    """Give the archive with `member` done to all that is in it: None when it is none; raise BrokenArchive."""
    if data.startswith(ZIP):
        try:
            return _zip(data, member)
        except UNREADABLE as error:
            raise BrokenArchive(error) from error
    for packing in _PACKINGS:
        if data.startswith(packing.begin):
            return _stream(data, packing, member)
    return None


def _zip(data: bytes, member: Callable[[bytes], bytes]) -> bytes:
    fresh, changed = io.BytesIO(), False
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(fresh, "w") as new:
        new.comment = redact_bytes(old.comment)
        changed = new.comment != old.comment
        for info in old.infolist():
            inside = old.read(info)
            clean = member(inside)
            name = redact(info.filename)
            changed = changed or clean != inside or name != info.filename
            info.filename = name
            new.writestr(info, clean, info.compress_type)
    return fresh.getvalue() if changed else data


def _stream(data: bytes, packing: _Packing, member: Callable[[bytes], bytes]) -> bytes:
    parts: list[bytes] = []
    rest, broken = data, ""
    # Several may follow each other, as when a log is appended to.
    while rest.startswith(packing.begin):
        reader = packing.reader()
        try:
            parts.append(reader.decompress(rest))
        except UNREADABLE as error:
            broken = str(error)
            break
        if not reader.eof:
            broken = "it is cut off"
            break
        rest = reader.unused_data
    inside = b"".join(parts)
    clean = member(inside)
    packed = data if clean == inside else packing.pack(clean)
    if broken:
        raise BrokenArchive(broken, None if packed is data else packed)
    # What follows, such as padding, is no archive.
    after = redact_bytes(rest)
    if packed is data:
        return data if after == rest else data[: len(data) - len(rest)] + after
    return packed + after
