"""`make_reproducible`: a data directory whose bytes are the same whenever it is made.

With fixed settings and full samples for its statistics, initdb writes the same tables each time,
and so do a team's migrations. What differs is the write-ahead log (which `pg_resetwal` replaces by
one fresh record), where in that log each page was changed, the counters of what was done, and four
things in `pg_control`: the system identifier, a nonce and two times. The identifier and a time are
in that record too.

None of them means anything to a server that nobody replicates from. The nonce hides from strangers
which users exist; a server that strangers can reach (TCP) gets a directory of its own.

Nothing is taken on trust: places are found by the values that must be there, every checksum is
tried on the old bytes first, and what does not look as expected is left as it is.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from io import BufferedRandom
from pathlib import Path

__all__ = ["UnknownLayout", "crc32c", "forget_places", "make_reproducible"]

# 2000-01-01, the day on which PostgreSQL's own calendar begins.
TIME = struct.pack("=q", 946_684_800)
IDENTIFIER = struct.pack("=Q", 946_684_800 << 32)
# In a segment of the log: the identifier in the header of the first page, then the first record.
SEGMENT_IDENTIFIER = 24
RECORD = 40
RECORD_HEADER = 24
RECORD_CHECKSUM = 20

# A file of a table or index, or of its free space or visibility.
PAGES = re.compile(r"\d+(_fsm|_vm|_init)?(\.\d+)?")
PAGE = 8192
# Where a page has the place in the log, and where its special space begins; a page of a GiST index
# has 16 bytes of that, which begin with the place of the last split and end with this.
PLACE = slice(0, 8)
SPECIAL = slice(16, 18)
GIST_SPECIAL = struct.pack("=H", PAGE - 16)
GIST = struct.pack("=H", 0xFF81)
SPLIT = slice(PAGE - 16, PAGE - 8)
# What PostgreSQL itself writes into an index that it has just built: GistBuildLSN.
BUILT = struct.pack("=II", 0, 1)


class UnknownLayout(Exception):
    """The files of this PostgreSQL do not look like those that we know; nothing was changed."""


def make_reproducible(data: Path, nonce: bytes, times: range) -> None:
    """Replace what differs from run to run in a directory that `pg_resetwal` has just reset.

    `nonce` is the one in it, `times` the seconds in which it was reset.
    """
    control_file = data / "global" / "pg_control"
    segments = [path for path in (data / "pg_wal").iterdir() if path.is_file()]
    if len(segments) != 1:
        raise UnknownLayout(f"the log has {len(segments)} segments, not one")
    control = control_file.read_bytes()
    known = {value for value in _integers(control) if value in times}
    fixed_control = _fixed_control(control, nonce, times)
    fixed_segment = _fixed_segment(segments[0].read_bytes(), control[:8], known)
    control_file.write_bytes(fixed_control)
    segments[0].write_bytes(fixed_segment)
    (data / "pg_stat" / "pgstat.stat").unlink(missing_ok=True)


def forget_places(data: Path) -> None:
    """Clear in each page where in the log it was changed last: that log is gone.

    Whoever fills an index by throwing dice writes a log of another length each time, and all that
    comes after it stands elsewhere. For directories without data checksums.
    """
    for folder in (data / "global", *(data / "base").iterdir()):
        for path in folder.iterdir():
            if PAGES.fullmatch(path.name):
                _forget_places_in(path)


def _forget_places_in(path: Path) -> None:
    with path.open("r+b") as file:
        place = bytes(8)
        page = file.read(PAGE)
        if _is_gist(page):
            # There the place tells whether a page was split after its parent was read. That does
            # not matter only where no page was ever split.
            segmented = "." in path.name or path.with_name(f"{path.name}.1").exists()
            if segmented or any(any(page[SPLIT]) for page in _pages(file)):
                return
            place = BUILT
        for number, page in enumerate(_pages(file)):
            if any(page[PLACE]):
                file.seek(number * PAGE)
                file.write(place)


def _pages(file: BufferedRandom) -> Iterator[bytes]:
    number = 0
    while True:
        file.seek(number * PAGE)
        page = file.read(PAGE)
        if len(page) != PAGE:
            return
        yield page
        number += 1


def _is_gist(page: bytes) -> bool:
    return len(page) == PAGE and page[SPECIAL] == GIST_SPECIAL and page.endswith(GIST)


def crc32c(data: bytes) -> int:
    """Return the checksum that PostgreSQL uses (Castagnoli), which the standard library lacks."""
    value = 0xFFFFFFFF
    for byte in data:
        value = TABLE[(value ^ byte) & 0xFF] ^ (value >> 8)
    return value ^ 0xFFFFFFFF


def _fixed_control(control: bytes, nonce: bytes, times: range) -> bytes:
    end = _checksum_place(control)
    fixed = bytearray(control)
    fixed[:8] = IDENTIFIER
    places = [index * 8 for index, value in enumerate(_integers(control[:end])) if value in times]
    if len(places) != 2:  # when the file was written, when the checkpoint was
        raise UnknownLayout(f"pg_control has {len(places)} times, not 2")
    for place in places:
        fixed[place : place + 8] = TIME
    if any(nonce):  # else the directory was made from one that is fixed already
        if control.count(nonce, 0, end) != 1:
            raise UnknownLayout("pg_control has no nonce")
        place = control.index(nonce)
        fixed[place : place + len(nonce)] = bytes(len(nonce))
    fixed[end : end + 4] = struct.pack("=I", crc32c(bytes(fixed[:end])))
    return bytes(fixed)


def _fixed_segment(segment: bytes, identifier: bytes, times: set[int]) -> bytes:
    fixed = bytearray(segment)
    if segment[SEGMENT_IDENTIFIER : SEGMENT_IDENTIFIER + 8] != identifier:
        raise UnknownLayout("the log's first page has no system identifier")
    fixed[SEGMENT_IDENTIFIER : SEGMENT_IDENTIFIER + 8] = IDENTIFIER
    (length,) = struct.unpack_from("=I", segment, RECORD)
    record = segment[RECORD : RECORD + length]
    if length <= RECORD_HEADER or _record_checksum(record) != record[RECORD_CHECKSUM:RECORD_HEADER]:
        raise UnknownLayout("the log's first record has another checksum")
    found = [time for time in times if record.count(struct.pack("=q", time)) == 1]
    if len(found) != 1:
        raise UnknownLayout(f"the log's first record has {len(found)} times, not one")
    changed = bytearray(record.replace(struct.pack("=q", found[0]), TIME))
    changed[RECORD_CHECKSUM:RECORD_HEADER] = _record_checksum(bytes(changed))
    fixed[RECORD : RECORD + length] = changed
    return bytes(fixed)


def _record_checksum(record: bytes) -> bytes:
    """Over what the record says, then over its header, as far as the checksum."""
    return struct.pack("=I", crc32c(record[RECORD_HEADER:] + record[:RECORD_CHECKSUM]))


def _checksum_place(control: bytes) -> int:
    """Where the bytes before give the checksum that stands there."""
    for place in range(64, 1024, 4):
        if crc32c(control[:place]) == struct.unpack_from("=I", control, place)[0]:
            return place
    raise UnknownLayout("pg_control has no checksum")


def _integers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"={len(data) // 8}q", data[: len(data) // 8 * 8])


def _table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


TABLE = _table()
