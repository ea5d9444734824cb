"""RESP, the protocol of Valkey and Redis, versions 2 and 3: whole commands and replies out of a stream."""

from __future__ import annotations

import binascii
from collections.abc import Iterator

__all__ = ["Frames", "NotResp", "elements", "error_reply", "key_slot"]

_LINES = b"+-:_#,("
_BULKS = b"$=!"
_LISTS = b"*~>"
_MAPS = b"%|"
# A command may come as a plain line, which is not of any length.
_MAX_LINE = 64 << 10


class NotResp(Exception):
    """The stream is not of this protocol: encrypted, or joined in the middle."""


class Frames:
    """Cuts a stream into frames: each a reply, or a command, whole."""

    def __init__(self, *, inline: bool) -> None:
        self._inline = inline
        self._buffer = bytearray()
        self._at = 0
        self._missing = 1  # elements of the frame that are still to come

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the frames that are complete; raises `NotResp`, and `rest` is what was not yielded."""
        self._buffer += data
        begin = 0
        try:
            while self._at < len(self._buffer):
                end = self._element()
                if end is None:
                    return
                self._at = end
                if not self._missing:
                    self._missing = 1
                    frame = bytes(self._buffer[begin:end])
                    begin = end
                    yield frame
        finally:
            del self._buffer[:begin]
            self._at -= begin

    @property
    def rest(self) -> bytes:
        """What came and is no whole frame yet."""
        return bytes(self._buffer)

    def _element(self) -> int | None:
        """Return where the element that begins here ends, or None: it is not complete."""
        kind = self._buffer[self._at]
        line = self._buffer.find(b"\n", self._at)
        if line < 0:
            if len(self._buffer) - self._at > _MAX_LINE:
                raise NotResp
            if kind not in _LINES + _BULKS + _LISTS + _MAPS and not self._inline:
                raise NotResp
            return None
        if kind in _LISTS or kind in _MAPS:
            count = max(self._number(line), 0)
            self._missing += count if kind in _LISTS else 2 * count
            if kind == ord("|"):
                self._missing += 1  # attributes stand before what they are of
        elif kind in _BULKS:
            size = self._number(line)
            if size >= 0:
                line += size + 2
                if line >= len(self._buffer):
                    return None
        elif kind not in _LINES and (not self._inline or self._missing > 1 or not _plain(kind)):
            raise NotResp
        self._missing -= 1
        return line + 1

    def _number(self, line: int) -> int:
        try:
            return int(self._buffer[self._at + 1 : line])
        except ValueError:
            raise NotResp from None


def _plain(byte: int) -> bool:
    return 32 <= byte < 127 or byte in b"\r\n\t"


def elements(frame: bytes, most: int = 64) -> list[str]:
    """Return the texts of a command, or of a list of texts; of others as much as is one."""
    if frame[:1] not in (b"*", b">"):
        return frame.decode("utf-8", "replace").split()[:most]
    found: list[str] = []
    at = frame.find(b"\n") + 1
    while at < len(frame) and len(found) < most:
        line = frame.find(b"\n", at)
        if frame[at : at + 1] in (b"$", b"="):
            size = int(frame[at + 1 : line])
            if size < 0:
                return found
            found.append(frame[line + 1 : line + 1 + size].decode("utf-8", "replace"))
            at = line + 1 + size + 2
        elif frame[at] in _LISTS or frame[at] in _MAPS:
            return found
        else:
            found.append(frame[at + 1 : line].decode("utf-8", "replace").rstrip("\r"))
            at = line + 1
    return found


def key_slot(key: str) -> int:
    """Return the cluster slot of a key: of what stands in its first braces, where there are any."""
    begin = key.find("{")
    end = key.find("}", begin + 1)
    if begin >= 0 and end > begin + 1:
        key = key[begin + 1 : end]
    return binascii.crc_hqx(key.encode(), 0) % 16384


def error_reply(text: str) -> bytes:
    """Return an error as the server sends it."""
    return b"-" + " ".join(text.split()).encode() + b"\r\n"
