"""`main`: a mock of an OpenAPI document as a process of its own, or only a check of the document.

    python -m belljar.mocks.openapi petshop.yaml --port 8080
    python -m belljar.mocks.openapi petshop.yaml --check

The exit status is 0 after SIGTERM and for a document that is right, 1 for one that is not, 2 for
a wrong command line.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from belljar.mocks.openapi.errors import OpenApiError
from belljar.mocks.openapi.loading import bundle_of, load_document

__all__ = ["main"]

FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m belljar.mocks.openapi",
        description="a mock of an HTTP service, from its OpenAPI document",
        epilog="--fd, --port and --host say where it listens",
    )
    parser.add_argument("spec", type=Path, help="the document: .yaml, .yml or .json")
    parser.add_argument("--name", help="its name in fault plans; the document's by default")
    parser.add_argument("--check", action="store_true", help="only tell what is wrong with it")
    parser.add_argument("--bundle", type=Path, help="only check it, and write it into one file")
    options, listening = parser.parse_known_args(arguments)
    try:
        document = load_document(options.spec)
    except OpenApiError as error:
        print(f"openapi: {error}", file=sys.stderr)
        return FAILED
    for warning in document.warnings:
        print(f"openapi: {warning}", file=sys.stderr)
    if options.bundle is not None:
        options.bundle.write_text(bundle_of(document), encoding="utf-8")
    if options.check or options.bundle is not None:
        return 0
    from belljar.mocks.control import controlled_server
    from belljar.mocks.http.main import run
    from belljar.mocks.openapi.service import OpenApiService

    name = options.name or options.spec.stem
    service = OpenApiService(document, name)
    return run(name, lambda: controlled_server(service), listening)
