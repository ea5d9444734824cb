"""`query_name`, `answer`: as much of DNS as it takes to note a question and to answer it at once.

Source: RFC 1035, sections 4.1 and 3.3.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["answer", "is_own", "query_name", "without_search"]

_A, _AAAA = 1, 28
_RESPONSE, _NO_SUCH_NAME = 0x8180, 3
_HEADER = 12
_SECONDS = 60


def query_name(message: bytes) -> str:
    """Gives the name that a query asks for; "" when it is no query."""
    if len(message) < _HEADER + 5 or message[2] & 0x80:
        return ""
    labels, place = [], _HEADER
    while place < len(message) and (length := message[place]):
        if length > 63 or place + 1 + length > len(message):
            return ""
        labels.append(message[place + 1 : place + 1 + length].decode(errors="replace"))
        place += 1 + length
    return ".".join(labels).lower()


def answer(message: bytes, names: Mapping[str, Sequence[str]]) -> bytes:
    """Gives the reply: the addresses that `names` has for the name, or "no such name".

    A name that has addresses of the other family only exists, without any of this one.
    """
    end = message.index(0, _HEADER) + 5
    question = message[_HEADER:end]
    (kind,) = struct.unpack(">H", question[-4:-2])
    name = query_name(message)
    if name == "localhost" or name.endswith(".localhost"):
        known: Sequence[str] | None = ("127.0.0.1", "::1")
    else:
        known = names.get(name)
    records = b""
    count = 0
    for address in map(ipaddress.ip_address, known or ()):
        if kind == (_A if address.version == 4 else _AAAA):
            # A pointer to the name in the question.
            records += struct.pack(">HHHIH", 0xC00C, kind, 1, _SECONDS, len(address.packed))
            records += address.packed
            count += 1
    flags = _RESPONSE | (0 if known else _NO_SUCH_NAME)
    return message[:2] + struct.pack(">HHHHH", flags, 1, count, 0, 0) + question + records


def is_own(name: str) -> bool:
    """Whether `name` is this machine's own, asks for a loopback address's, or is nobody's on purpose.

    No name under `.invalid` exists anywhere (RFC 6761): what a test of a failure looks up.
    """
    host = socket.gethostname().lower()
    reverse = name.endswith(".127.in-addr.arpa") or name.endswith("0.0.0.0.0.0.ip6.arpa")
    return (
        name in ("localhost", host, host.partition(".")[0])
        or name.endswith((".localhost", ".invalid"))
        or reverse
    )


def without_search(name: str, config: Path = Path("/etc/resolv.conf")) -> str:
    """Gives `name` as the program wrote it: without a domain that the resolver has tried."""
    try:
        lines = config.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return name
    domains = [
        word.lower().strip(".")
        for line in lines
        if line.startswith(("search", "domain"))
        for word in line.split()[1:]
    ]
    for domain in domains:
        if domain and name.endswith("." + domain):
            return name.removesuffix("." + domain)
    return name
