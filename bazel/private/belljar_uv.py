"""uv for programs that Bazel runs: where it is, and which certificates it trusts."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import sys

# The same list as in uv_environment.bzl.
BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def find_uv(tools: str) -> str:
    """Gives the path of uv: that of the build tools in `tools`, a runfiles path, or one on PATH.

    Stops the program, with what to do, where there is none.
    """
    # Other repositories lie beside this one.
    folder = pathlib.Path(re.sub(r"^external/", "../", tools)).absolute() / "bin"
    pinned = [folder / name for name in ("uv", "uv.exe")]
    found = next((str(uv) for uv in pinned if uv.exists()), None) or shutil.which("uv")
    if found is None:
        sys.exit(f"no uv among the build tools in {folder}, nor on PATH; put it on PATH")
    return found


def uv_environment() -> dict[str, str]:
    """Gives variables that make uv trust the machine's certificates, as pip does.

    Empty where somebody chose, or there is nothing to choose: told to use a list that is not
    there, uv would stop.
    """
    chosen = ("SSL_CERT_FILE", "SSL_CERT_DIR", "UV_SYSTEM_CERTS", "UV_NATIVE_TLS")
    if any(os.environ.get(name) for name in chosen):
        return {}
    if os.environ.get("PIP_CERT"):
        return {"SSL_CERT_FILE": os.environ["PIP_CERT"]}
    known = sys.platform != "linux" or any(pathlib.Path(file).exists() for file in BUNDLES)
    return {"UV_SYSTEM_CERTS": "1"} if known else {}
