"""What the kernel knows of this network namespace, asked over netlink: in microseconds, and no packet.

`sockets_at` gives the sockets that a packet to an address would reach; /proc/net/tcp would have a line
for every connection of the machine. `is_here` is about its interfaces. Sources: sock_diag(7), rtnetlink(7).
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import struct

__all__ = ["is_here", "sockets_at"]

_SOCK_DIAG, _BY_FAMILY, _REQUEST, _ERROR = 4, 20, 1, 2
_HEADER = struct.Struct("=IHHII")
_INODE = _HEADER.size + 4 + 48 + 16  # in struct inet_diag_msg: the socket's id, and four counters
_ANY = b"\xff" * 8  # no cookie

_ROUTING, _GET_ADDRESS, _DUMP, _DONE = 0, 22, 0x300, 3
_ADDRESS, _LOCAL = 1, 2
_ATTRIBUTES = _HEADER.size + 8  # after struct ifaddrmsg


def is_here(host: str) -> bool:
    """Whether `host`, a number, is an address of one of this machine's interfaces."""
    try:
        return ipaddress.ip_address(host).packed in _own_addresses()
    except (OSError, ValueError):
        return False


def _own_addresses() -> set[bytes]:
    found: set[bytes] = set()
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _ROUTING) as netlink:
        netlink.send(
            _HEADER.pack(_HEADER.size + 4, _GET_ADDRESS, _REQUEST | _DUMP, 1, 0) + bytes(4)
        )
        while data := netlink.recv(65536):
            while data:
                size, kind = struct.unpack_from("=IH", data)
                if kind in (_ERROR, _DONE):
                    return found
                given = _attributes(data[_ATTRIBUTES:size])
                # Of a link between two machines the one is the other's.
                found.add(given.get(_LOCAL) or given.get(_ADDRESS, b""))
                data = data[(size + 3) & ~3 :]
    return found


def _attributes(data: bytes) -> dict[int, bytes]:
    found = {}
    while len(data) >= 4:
        size, kind = struct.unpack_from("=HH", data)
        found[kind] = data[4:size]
        data = data[max(4, (size + 3) & ~3) :]
    return found


def sockets_at(host: str, port: int) -> set[str]:
    """Gives the inodes of the TCP and UDP sockets at a loopback address; raises `OSError`."""
    ip = ipaddress.ip_address(host)
    if ip.is_unspecified:
        ip = ipaddress.ip_address("127.0.0.1" if ip.version == 4 else "::1")
    family = socket.AF_INET if ip.version == 4 else socket.AF_INET6
    place = struct.pack(">H", port), ip.packed.ljust(16, b"\0")
    # From the machine itself, from no port.
    peer = bytes(2), place[1]
    found = set()
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG) as netlink:
        for protocol in (socket.IPPROTO_TCP, socket.IPPROTO_UDP):
            # UDP's lookup takes the two ends the other way round.
            near, far = (place, peer) if protocol == socket.IPPROTO_TCP else (peer, place)
            request = struct.pack("=BBxxI", family, protocol, 0xFFFFFFFF)
            request += near[0] + far[0] + near[1] + far[1] + bytes(4) + _ANY
            size = _HEADER.size + len(request)
            netlink.send(_HEADER.pack(size, _BY_FAMILY, _REQUEST, 1, 0) + request)
            found |= _inode(netlink.recv(4096))
    return found


def _inode(reply: bytes) -> set[str]:
    kind = struct.unpack_from("=H", reply, 4)[0]
    if kind == _ERROR:
        code = -struct.unpack_from("=i", reply, _HEADER.size)[0]
        if code == errno.ENOENT:
            return set()
        raise OSError(code, os.strerror(code))
    return {str(struct.unpack_from("=I", reply, _INODE)[0])}
