"""`Address`: where a call wants to go, read from a `sockaddr` or from a setting's text."""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import NamedTuple

from belljar.fence.errors import BadFenceSetting

__all__ = ["Address", "parse_address", "parse_sockaddr"]

_VSOCK = 40
_UNSPEC, _UNIX, _INET, _INET6 = 0, 1, 2, 10


class Address(NamedTuple):
    """`kind` is loopback, outside, path, abstract or other (which no fence is needed for)."""

    kind: str
    host: str = ""
    """Of loopback and outside; a v4-mapped address is written as the v4 address it is."""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        if self.kind in ("path", "abstract"):
            return self.path
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


_OTHER = Address("other")


def parse_sockaddr(data: bytes, *, sending: bool = False) -> Address:
    """Gives what `data`, a `struct sockaddr`, stands for; `sending`: to `sendto` and its like.

    What the kernel will refuse as malformed is "other".
    """
    if len(data) < 2:
        return _OTHER
    (family,) = struct.unpack_from("<H", data)
    # To connect to no family is to disconnect; but to send to it is to send to IPv4.
    if (family == _INET or (family == _UNSPEC and sending)) and len(data) >= 8:
        (port,) = struct.unpack_from(">H", data, 2)
        return internet(ipaddress.IPv4Address(data[4:8]), port)
    if family == _INET6 and len(data) >= 24:
        (port,) = struct.unpack_from(">H", data, 2)
        return internet(ipaddress.IPv6Address(data[8:24]), port)
    if family == _UNIX and len(data) > 2:
        if data[2] == 0:
            return Address("abstract", path="@" + data[3:].decode(errors="surrogateescape"))
        return Address("path", path=data[2:].split(b"\0")[0].decode(errors="surrogateescape"))
    if family == _VSOCK and len(data) >= 12:
        port, machine = struct.unpack_from("<II", data, 4)
        return Address("outside", f"vsock {machine}", port)
    return _OTHER


def internet(ip: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> Address:
    """Gives the address of an IP address; the unspecified one is loopback, as the kernel has it."""
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    kind = "loopback" if ip.is_loopback or ip.is_unspecified else "outside"
    return Address(kind, str(ip), port)


def parse_address(text: str) -> Address:
    """Gives the address that `text` names: "127.0.0.1:80", "[::1]:80", "host:80", or a path.

    A host's name stays a name, of kind "outside"; a port that is left out is 0. Raises
    `BadFenceSetting`.
    """
    if text.startswith("@"):
        return Address("abstract", path=text)
    if "/" in text:
        return Address("path", path=text)
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") > 1:  # an IPv6 address alone
        host, port = text, ""
    else:
        host, _, port = text.partition(":")
    if not host or (port and not (port.isdigit() and int(port) < 65536)):
        raise BadFenceSetting(
            f"{text!r} is not an address: give HOST:PORT, [IPv6]:PORT, HOST for all of its ports, "
            "or the path of a Unix socket."
        )
    if host == "localhost":
        host = "127.0.0.1"
    try:
        return internet(ipaddress.ip_address(host), int(port or 0))
    except ValueError:
        return Address("outside", host.lower(), int(port or 0))


def is_number(host: str) -> bool:
    """Whether `host` is an IP address and not a name."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except OSError:
            continue
        return True
    return False
