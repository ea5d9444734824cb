"""`Declared`: the addresses outside that a target's environment names on purpose."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping

from belljar.fence.addresses import Address, internet, is_number, parse_address
from belljar.fence.errors import BadFenceSetting
from belljar.fence.starting import ALLOW

__all__ = ["Declared"]

_SERVERS = {"BELLJAR_POSTGRES_URL": 5432, "BELLJAR_VALKEY_URL": 6379}


class Declared:
    """`places` are host and port (0: any); `paths` Unix sockets; `names` what DNS may answer."""

    def __init__(
        self,
        places: Iterable[tuple[str, int]] = (),
        paths: Iterable[str] = (),
        names: Mapping[str, list[str]] | None = None,
    ) -> None:
        self.places = set(places)
        self.paths = set(paths)
        self.names = dict(names or {})

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> Declared:
        """Gives what BELLJAR_FENCE_ALLOW and the servers' URLs name; raises `BadFenceSetting`.

        Names are looked up now, while that is possible: to the test they mean what they mean here.
        """
        declared = cls()
        for word in environ.get(ALLOW, "").split(","):
            if word.strip():
                try:
                    declared.add([parse_address(word.strip())])
                except BadFenceSetting as error:
                    raise BadFenceSetting(f"{ALLOW}: {error}") from None
        for variable, port in _SERVERS.items():
            if environ.get(variable):
                declared.add(_of_url(environ[variable], port))
        return declared

    def add(self, addresses: Iterable[Address]) -> None:
        """Takes in some addresses; names are looked up."""
        for address in addresses:
            if address.path:
                self.paths.add(address.path)
            elif is_number(address.host):
                self.places.add((address.host, address.port))
            else:
                found = self.names[address.host] = _looked_up(address.host)
                self.places.update((host, address.port) for host in found)

    def has(self, address: Address) -> bool:
        """Whether `address` is named."""
        if address.path:
            return address.path in self.paths
        return not self.places.isdisjoint({(address.host, address.port), (address.host, 0)})

    def as_json(self) -> dict[str, object]:
        """Gives it in a form that goes through a connection."""
        return {
            "places": sorted(self.places),
            "paths": sorted(self.paths),
            "names": dict(self.names),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> Declared:
        """Gives what `as_json` gave."""
        places, paths = data.get("places", []), data.get("paths", [])
        names = data.get("names", {})
        assert isinstance(places, list) and isinstance(paths, list) and isinstance(names, dict)
        return cls([(str(host), int(port)) for host, port in places], paths, names)


def _looked_up(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []  # whoever wants to connect to it is told then
    return sorted({str(address[4][0]) for address in found})


def _of_url(url: str, port: int) -> list[Address]:
    """Gives the addresses of a server's URL; one that is malformed is for its reader to complain of."""
    from urllib.parse import parse_qs, unquote, urlsplit

    try:
        parts = urlsplit(url)
        port = parts.port or port
    except ValueError:
        return []
    if parts.scheme == "unix":
        return [Address("path", path=unquote(parts.path))]
    hosts = parse_qs(parts.query).get("host", [])
    if not hosts:
        hosts = [unquote(parts.hostname or "localhost")]
    found = []
    for host in hosts:
        if host.startswith("/"):
            found.append(Address("path", path=f"{host}/.s.PGSQL.{port}"))
        elif is_number(host):
            import ipaddress

            found.append(internet(ipaddress.ip_address(host), port))
        else:
            found.append(parse_address(f"{host}:{port}"))
    return found
