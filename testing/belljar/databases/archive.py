"""`pack` and `unpack`: a data directory as one tar file, and back in the time that writing it takes.

The tar has the same bytes whenever the directory has: sorted, without times and owners. Before the
directory, under `data/`, comes a `Stamp`: which servers can run on it.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from belljar.databases.errors import BadCluster

if TYPE_CHECKING:
    import tarfile

if sys.platform == "linux":
    from mmap import MAP_POPULATE, MAP_SHARED, PROT_READ

__all__ = ["Stamp", "pack", "read_stamp", "unpack"]

STAMP = "belljar.json"
DATA = "data"
# The folder itself is there before.
DATABASES = f"{DATA}/base/"
BLOCK = 512
Member: TypeAlias = tuple[str, int, int, bool]
# Its header too.
LONGEST_STAMP = 64 * 1024


@dataclass(frozen=True)
class Stamp:
    """What a server has to have in common with the one that made the directory.

    `key` is a digest of what a template's database contains; empty for a plain cluster.
    """

    version: int
    catalog: str
    platform: str
    key: str = ""


def pack(data: Path, stamp: Stamp, archive: Path) -> None:
    """Write the directory into one file, readable by its owner only when unpacked."""
    import tarfile  # not needed for reading, which has to be quick

    with tarfile.open(archive, "w", format=tarfile.USTAR_FORMAT) as tar:
        text = json.dumps(asdict(stamp), sort_keys=True).encode() + b"\n"
        _add(tar, tarfile.TarInfo(STAMP), text)
        for path in sorted(data.rglob("*")):
            member = tarfile.TarInfo(f"{DATA}/{path.relative_to(data).as_posix()}")
            if path.is_dir():
                member.type = tarfile.DIRTYPE
                member.mode = 0o700
                tar.addfile(member)
            else:
                _add(tar, member, path.read_bytes())


def _add(tar: tarfile.TarFile, member: tarfile.TarInfo, content: bytes) -> None:
    member.mode = 0o600
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def read_stamp(archive: Path) -> Stamp:
    """Return what the archive says about itself. Raises `BadCluster`."""
    with archive.open("rb") as file:
        begun = memoryview(file.read(LONGEST_STAMP))
        try:
            name, begin, size, _ = next(_members(begun, archive), ("", 0, 0, True))
            if name != STAMP:
                raise ValueError("not ours")
            return Stamp(**json.loads(bytes(begun[begin : begin + size])))
        except (BadCluster, TypeError, ValueError):
            raise _broken(archive, f"it does not begin with {STAMP}") from None


def unpack(
    archive: Path, folder: Path, before_databases: Callable[[], None] = lambda: None
) -> None:
    """Make the data directory `folder` from what `pack` wrote. Raises `BadCluster`.

    `before_databases` is called when all is there but what the databases consist of: a server can
    start then, and takes as long as they do. A loop of our own, because `tarfile` takes five times
    as long, nearly all of it in its own code.
    """
    folder.mkdir(0o700)
    with _mapped(archive) as content:
        databases: list[Member] = []
        others: list[Member] = []
        for member in _members(content, archive):
            (databases if member[0].startswith(DATABASES) else others).append(member)
        _write(content, others, folder)
        before_databases()
        _write(content, databases, folder)


def _write(content: memoryview, members: Iterable[Member], folder: Path) -> None:
    root = os.fspath(folder)
    for name, begin, size, is_folder in members:
        place = f"{root}/{name.removeprefix(f'{DATA}/')}"
        if is_folder:
            os.mkdir(place, 0o700)  # noqa: PTH102 (a Path for each would double the time)
        elif name != STAMP:
            target = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                while size:
                    written = os.write(target, content[begin : begin + size])
                    begin, size = begin + written, size - written
            finally:
                os.close(target)


@contextmanager
def _mapped(archive: Path) -> Iterator[memoryview]:
    """Yield what is in the file, all of it at once: each byte is copied but once that way."""
    with archive.open("rb") as file:
        if not os.fstat(file.fileno()).st_size:
            raise _broken(archive, "it is empty")
        if sys.platform == "linux":
            mapping = mmap(file.fileno(), 0, flags=MAP_SHARED | MAP_POPULATE, prot=PROT_READ)
        else:
            mapping = mmap(file.fileno(), 0, access=ACCESS_READ)
    with mapping, memoryview(mapping) as content:
        yield content


def _members(content: memoryview, archive: Path) -> Iterator[Member]:
    """Each member's name, where its content begins, its size, and whether it is a folder."""
    begin = 0
    while True:
        header = bytes(content[begin : begin + BLOCK])
        if len(header) == BLOCK and not any(header):
            return
        place = f"at byte {begin}"
        if len(header) != BLOCK:
            raise _broken(archive, f"it ends {place}, without an end mark")
        if header[257:262] != b"ustar" or header[156:157] not in b"05":
            raise _broken(archive, f"{place} it has no header of a file or folder")
        try:
            name = header[:100].rstrip(b"\0").decode()
            size = int(header[124:135], 8)
        except ValueError:
            raise _broken(archive, f"{place} it has a header that cannot be read") from None
        if ".." in name or not name.startswith((f"{DATA}/", STAMP)):
            raise _broken(archive, f"{place} it has a name that leads out of it: {name!r}")
        begin += BLOCK
        if begin + size > len(content):
            raise _broken(archive, f"it ends in the middle of {name}")
        yield name.rstrip("/"), begin, size, header[156:157] == b"5"
        begin += size + -size % BLOCK


def _broken(archive: Path, why: str) -> BadCluster:
    return BadCluster(
        f"the prepared cluster {archive} is broken: {why}\n"
        "  fix: make it again (//testing/belljar/databases:cluster)"
    )
