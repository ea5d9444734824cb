"""`sockets_at`: the sockets of this network namespace that a packet to an address would reach.

The kernel looks them up as it would for the packet, in microseconds, where /proc/net/tcp has a line for
every connection of the machine. Source: sock_diag(7).
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import struct

__all__ = ["sockets_at"]

_SOCK_DIAG, _BY_FAMILY, _REQUEST, _ERROR = 4, 20, 1, 2
_HEADER = struct.Struct("=IHHII")
_INODE = _HEADER.size + 4 + 48 + 16  # in struct inet_diag_msg: the socket's id, and four counters
_ANY = b"\xff" * 8  # no cookie


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
