"""`page`: what a person sees in a browser, from three files beside this one, and the authority to trust.

Nothing of a mail runs in it, and nothing is loaded from anywhere: the headers say so to the browser,
whatever the files or a mail may have.
"""

from __future__ import annotations

from pathlib import Path

from belljar.mocks.http import Request, Response

__all__ = ["SAFE", "page"]

SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
_FILES = {
    "/": ("page.html", "text/html; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page(request: Request, authority: bytes) -> Response:
    """The answer to a request that is none to the control API."""
    if request.method not in ("GET", "HEAD"):
        return _missing(request)
    if request.path == "/ca.pem":
        return Response(200, {"Content-Type": "application/x-pem-file"}, authority)
    if request.path == "/favicon.ico":
        return Response(204)  # browsers ask for one
    if request.path not in _FILES:
        return _missing(request)
    file, kind = _FILES[request.path]
    headers = {"Content-Type": kind, "Content-Security-Policy": _POLICY, **SAFE}
    return Response(200, headers, Path(__file__).with_name(file).read_bytes())


def _missing(request: Request) -> Response:
    fix = "use /, /ca.pem, /_belljar/ready, /_belljar/ns or /_belljar/ns/NAME/ROUTE"
    message = f"there is no {request.method} {request.path}"
    return Response.of_json({"error": {"message": message, "fix": fix}}, 404)
