"""`Shared`: the secrets of a run, seen by the process that watches it, which may outlive it.

They are in memory that both have, never in a file: a killed run leaves outputs that somebody has to
go through.
"""

from __future__ import annotations

import json
import mmap
import struct

from belljar.redaction.concealed import concealed

__all__ = ["Shared"]

SIZE = 1 << 20
_LENGTH = struct.Struct("<Q")


class Shared:
    """Made before the fork; the child calls `tell`, the parent `take` when it is gone."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, SIZE)

    def tell(self) -> None:
        """From now on note what this process conceals."""
        for secret, name in concealed.secrets().items():
            self._add(secret, name)
        concealed.listeners.append(self._add)

    def take(self) -> None:
        """Conceal in this process what the other did."""
        (size,) = _LENGTH.unpack_from(self._memory)
        lines = self._memory[_LENGTH.size : _LENGTH.size + size].decode().splitlines()
        for line in lines:
            concealed.add(*json.loads(line))

    def _add(self, secret: str, name: str) -> None:
        line = json.dumps([secret, name]).encode() + b"\n"
        (size,) = _LENGTH.unpack_from(self._memory)
        begin = _LENGTH.size + size
        # A thousand keys fit.
        if begin + len(line) <= SIZE:
            self._memory[begin : begin + len(line)] = line
            # Last: whoever is killed meanwhile has written nothing.
            _LENGTH.pack_into(self._memory, 0, size + len(line))
