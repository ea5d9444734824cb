"""`metrics`: what went through, in the form and by the names that Toxiproxy gives to Prometheus."""

from __future__ import annotations

from collections.abc import Sequence

from belljar.mocks.proxy.proxy import Proxy

__all__ = ["metrics"]

_NAME = "toxiproxy_proxy_received_bytes_total"


def metrics(proxies: Sequence[Proxy]) -> str:
    """Return the text of `/metrics`."""
    lines = [f"# HELP {_NAME} The total number of bytes received.", f"# TYPE {_NAME} counter"]
    for proxy in proxies:
        for stream, passed in proxy.passed.items():
            labels = {
                "direction": stream,
                "listener": proxy.listen,
                "proxy": proxy.name,
                "upstream": proxy.upstream,
            }
            said = ",".join(f'{name}="{_quoted(value)}"' for name, value in labels.items())
            lines.append(f"{_NAME}{{{said}}} {passed}")
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
