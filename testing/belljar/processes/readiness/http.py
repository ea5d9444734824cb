"""`HttpReady`: ready when a URL answers with a good status."""

from __future__ import annotations

from urllib.parse import urlsplit

from belljar.processes.readiness.protocol import Watched

__all__ = ["HttpReady"]


class HttpReady:
    """Waits until a GET of `url` gives `status` (default: any 2xx).

    Redirects are not followed and proxies from the environment are not used.
    """

    def __init__(self, url: str, *, status: int | None = None) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"HttpReady needs an http:// URL with a host, not {url!r}")
        self.url = url
        self.status = status
        self._host = parts.hostname
        self._port = parts.port or 80
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    @property
    def what(self) -> str:
        """The status and the URL."""
        return f"HTTP {self.status or '2xx'} from {self.url}"

    def pending(self, process: Watched) -> str | None:
        """Return None once the status is right, else the status or the system's reason."""
        import http.client  # here, because it would double the import time of this library

        connection = http.client.HTTPConnection(self._host, self._port, timeout=1.0)
        try:
            connection.request("GET", self._target)
            status = connection.getresponse().status
        except OSError as error:
            return (error.strerror or str(error)).lower()
        except http.client.HTTPException as error:
            return f"not an HTTP answer ({type(error).__name__})"
        finally:
            connection.close()
        good = status == self.status if self.status else 200 <= status < 300
        return None if good else f"HTTP {status}"
