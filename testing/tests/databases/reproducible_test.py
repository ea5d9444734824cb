"""What differs from one initdb to the next is found by its value, or left alone."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from belljar.databases.reproducible import UnknownLayout, crc32c, make_reproducible

NONCE = bytes(range(32))
TIMES = range(1_800_000_000, 1_800_000_010)
NOW = 1_800_000_003


def with_checksum(data: bytes) -> bytes:
    return data + struct.pack("=I", crc32c(data))


def control(identifier: int = 7, times: int = 2, nonce: bytes = NONCE) -> bytes:
    body = struct.pack("=Q", identifier) + b"version, and more things".ljust(64, b".")
    body += struct.pack("=q", NOW) * times + nonce
    return with_checksum(body).ljust(8192, b"\0")


def segment(identifier: int = 7, record: bytes | None = None) -> bytes:
    said = b"\xff\x58 redo and" + struct.pack("=q", NOW) + b"more"
    header = struct.pack("=IIQBBH", 24 + len(said), 0, 0, 0, 0, 0)
    checksum = struct.pack("=I", crc32c(said + header))
    page = b"header".ljust(24, b"\0") + struct.pack("=Q", identifier) + bytes(8)
    return (page + (record or header + checksum + said)).ljust(8192, b"\0")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Give a data directory in small."""
    for name, content in {
        "global/pg_control": control(),
        "pg_wal/00000001000000000000000D": segment(),
        "pg_stat/pgstat.stat": b"counters",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "pg_wal" / "archive_status").mkdir()
    return tmp_path


def contents(data: Path) -> dict[str, bytes]:
    return {str(p.relative_to(data)): p.read_bytes() for p in data.rglob("*") if p.is_file()}


def test_the_checksum_is_castagnolis() -> None:
    """Not the one of zlib: the value is that of the standard's own example."""
    assert crc32c(b"123456789") == 0xE3069283


def test_identifier_times_and_nonce_become_fixed_and_checksums_right(data: Path) -> None:
    make_reproducible(data, NONCE, TIMES)
    fixed = (data / "global" / "pg_control").read_bytes()
    assert NONCE not in fixed
    assert struct.pack("=q", NOW) not in fixed
    end = 8 + 64 + 16 + 32
    assert struct.unpack_from("=I", fixed, end)[0] == crc32c(fixed[:end])
    log = (data / "pg_wal" / "00000001000000000000000D").read_bytes()
    assert log[24:32] == fixed[:8]
    assert struct.pack("=q", NOW) not in log
    assert not (data / "pg_stat" / "pgstat.stat").exists()


def test_another_identifier_nonce_and_time_give_the_same(data: Path) -> None:
    make_reproducible(data, NONCE, TIMES)
    first = contents(data)
    other = bytes(reversed(NONCE))
    (data / "global" / "pg_control").write_bytes(control(8, nonce=other))
    (data / "pg_wal" / "00000001000000000000000D").write_bytes(segment(8))
    make_reproducible(data, other, TIMES)
    assert contents(data) == first


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("global/pg_control", bytes(100) + control(), "no checksum"),
        ("global/pg_control", control(times=1), "1 times, not 2"),
        ("global/pg_control", control(times=3), "3 times, not 2"),
        ("global/pg_control", control(nonce=bytes(32)), "no nonce"),
        ("pg_wal/00000001000000000000000D", segment(9), "no system identifier"),
        ("pg_wal/00000001000000000000000D", segment(record=b"x" * 60), "another checksum"),
        ("pg_wal/00000001000000000000000E", segment(), "2 segments, not one"),
    ],
)
def test_what_looks_otherwise_is_left_as_it_is(
    data: Path, name: str, content: bytes, why: str
) -> None:
    (data / name).write_bytes(content)
    before = contents(data)
    with pytest.raises(UnknownLayout, match=why):
        make_reproducible(data, NONCE, TIMES)
    assert contents(data) == before
