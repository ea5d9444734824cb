"""`Certificates`: an authority made at start, and a server's certificate for localhost from it."""

from __future__ import annotations

import ssl

__all__ = ["NAMES", "Certificates"]

NAMES = ("localhost", "127.0.0.1", "::1")


class Certificates:
    """`authority` is what clients are to trust, in PEM; `context` is for the server, by these names."""

    def __init__(self, names: tuple[str, ...] = NAMES) -> None:
        import trustme  # only who speaks TLS needs it

        authority = trustme.CA(organization_name="Belljar email mock")
        self.authority: bytes = authority.cert_pem.bytes()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(self.context)
