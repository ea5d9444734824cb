"""Seal: what really keeps this test apart from the machine, found out and not assumed."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path

__all__ = ["Seal", "inspect", "is_private", "private_folders"]

_ENGINES = (
    "/run/docker.sock",
    "/var/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/podman/podman.sock",
    "/run/crio/crio.sock",
)
_PRIVATE = ("/tmp", "/dev/shm", "/run")


@dataclass(frozen=True)
class Seal:
    """`level` is sealed, partial or open; `missing` says what is not closed, one phrase each."""

    level: str
    missing: tuple[str, ...]
    own_network: bool = False
    """Whether nobody else is in the network, which is a loopback then."""

    def __str__(self) -> str:
        return f"{self.level} ({'; '.join(self.missing)})" if self.missing else self.level

    def lacking(self, phrase: str) -> Seal:
        """Gives the seal when `phrase` is missing, too; itself when that is empty."""
        if not phrase:
            return self
        level = "partial" if self.level == "sealed" else self.level
        return replace(self, level=level, missing=(*self.missing, phrase))


def inspect(*, sandboxed: bool) -> Seal:
    """Gives the seal that holds in this process now; `sandboxed` says whether Bazel ran it as a test.

    Sealed: no network but the process's own loopback, a file system that can't be written outside
    the test's own folders, no container engine in sight, private scratch folders. Open: neither
    network nor file system is closed. Partial: anything between. Of the fence it knows nothing:
    that goes up later, and `lacking` takes in what it can't hold.
    """
    if not sandboxed:
        return Seal("open", ("only `bazel test` runs in a sandbox",))
    if not sys.platform.startswith("linux"):
        # Their sandboxes can't be asked from inside what they enforce.
        return Seal("partial", (f"on {sys.platform} the sandbox's limits can't be verified",))
    network = _other_interfaces()
    writable = not os.statvfs("/").f_flag & os.ST_RDONLY
    missing = []
    if network:
        missing.append(f"network reachable through {', '.join(network)}")
    if writable:
        missing.append("file system writable: not in a sandbox")
    missing += [
        f"container engine in sight: {engine}" for engine in _ENGINES if Path(engine).exists()
    ]
    if os.environ.get("DOCKER_HOST"):
        missing.append("container engine named by DOCKER_HOST")
    missing += [
        f"{folder} shared with the machine" for folder in _PRIVATE if not is_private(Path(folder))
    ]
    if network and writable:
        return Seal("open", tuple(missing))
    own_network = not network and not writable
    return Seal("partial" if missing else "sealed", tuple(missing), own_network)


def _other_interfaces() -> list[str]:
    """Gives the names of network interfaces besides loopback."""
    lines = Path("/proc/self/net/dev").read_text(encoding="ascii").splitlines()[2:]
    # tunnels that the kernel shows in every namespace, without an address or a route
    idle = ("lo", "tunl", "sit", "ip6tnl", "gre", "erspan", "ip_vti", "ip6_vti", "ip6gre")
    names = [line.partition(":")[0].strip() for line in lines]
    return [name for name in names if not name.startswith(idle)]


def is_private(folder: Path) -> bool:
    """Whether `folder` is missing, or a file system in memory that is this test's own."""
    if not folder.is_dir():
        return True
    # The last mount on a place is the one that is seen.
    kinds = [
        fields[fields.index("-") + 1]
        for fields in map(
            str.split, Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()
        )
        if fields[4] == str(folder)
    ]
    if not kinds or kinds[-1] != "tmpfs":
        return False
    return all(_mine(entry) for entry in folder.iterdir())


def private_folders() -> list[str]:
    """Gives the scratch folders that are this test's own, of those that a machine shares."""
    return [folder for folder in _PRIVATE if is_private(Path(folder))]


def _mine(entry: Path) -> bool:
    """Whether `entry` came after this test's start: a machine's own entries are older."""
    try:
        return (
            entry.lstat().st_mtime >= Path("/proc/self").lstat().st_mtime - 60 or entry.is_mount()
        )
    except OSError:
        return True
