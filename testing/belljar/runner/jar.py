"""close_jar(): private scratch folders for a sandboxed test, where the sandbox left shared ones.

Bazel's `--sandbox_tmpfs_path` gives each test its own /tmp, /dev/shm and /run, but lives in a .bazelrc
that an adopting workspace does not have, and can't be used for a /tmp that holds the checkout. So the
runner does what is left, in a mount namespace of its own: an empty file system in memory over
each of the three, with those folders of /tmp shown again that the test's own files are in.

Linux only; elsewhere, and where user namespaces are forbidden, nothing happens and the seal says so.
Sources: mount_namespaces(7), user_namespaces(7).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ctypes

__all__ = ["close_jar"]

_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_MS_NOSUID, _MS_NODEV = 2, 4
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18

_FOLDERS = ("/tmp", "/dev/shm", "/run")


def close_jar() -> None:
    """Mounts an empty, private file system over each scratch folder that is shared so far."""
    if not sys.platform.startswith("linux"):
        return
    from belljar.runner.seal import is_private

    shared = [folder for folder in _FOLDERS if not is_private(Path(folder))]
    # Outside a sandbox nothing is closed, and a closed /tmp alone would only surprise.
    if not shared or not os.statvfs("/").f_flag & os.ST_RDONLY:
        return
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    if not _own_mounts(libc):
        return
    for folder in shared:
        _cover(libc, folder, _needed(folder))


def _own_mounts(libc: ctypes.CDLL) -> bool:
    """Enters a mount namespace, in a user namespace too where that takes a privilege we lack."""
    uid, gid = os.getuid(), os.getgid()
    if libc.unshare(_CLONE_NEWNS) != 0:
        if libc.unshare(_CLONE_NEWNS | _CLONE_NEWUSER) != 0:
            return False
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{uid} {uid} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{gid} {gid} 1", encoding="ascii")
    return bool(libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None) == 0)


def _needed(folder: str) -> set[str]:
    """Gives the entries of `folder` in which files of this test lie."""
    places = [str(Path.cwd()), sys.prefix, *os.environ.values(), *sys.path, *sys.argv]
    places += [os.path.realpath(place) for place in places if place.startswith("/")]
    places += _links_of(os.environ.get("TEST_SRCDIR", ""))
    prefix = folder + "/"
    inside = [place for place in places if place.startswith(prefix)]
    return {place[len(prefix) :].split("/")[0] for place in inside} - {""}


def _links_of(runfiles: str) -> list[str]:
    """Gives where runfiles lead to: a checkout's files are links to the checkout."""
    found = []
    for top, folders, files in os.walk(runfiles):
        # A linked folder is one input; what is in it lies with it.
        found += [os.path.realpath(f"{top}/{name}") for name in (*folders, *files)]
    return found


def _cover(libc: ctypes.CDLL, folder: str, needed: set[str]) -> None:
    kept = {}
    for place in sorted(Path(folder, name) for name in needed):
        if place.is_dir():
            kept[place] = os.open(place, os.O_PATH)
    options = _MS_NOSUID | _MS_NODEV
    if libc.mount(b"tmpfs", folder.encode(), b"tmpfs", options, b"mode=1777") != 0:
        return
    for place, descriptor in kept.items():
        place.mkdir()
        source = f"/proc/self/fd/{descriptor}".encode()
        libc.mount(source, str(place).encode(), None, _MS_BIND | _MS_REC, None)
        os.close(descriptor)
