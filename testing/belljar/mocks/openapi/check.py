"""Checks an OpenAPI document and bundles it: `check.py LABEL DOCUMENT BUNDLE`, a build action."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from belljar.mocks.openapi.errors import OpenApiError
from belljar.mocks.openapi.loading import bundle_of, load_document

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Return 0 for a document that is right, whose bundle is written then, else 1."""
    label, document_name, bundle = arguments
    try:
        document = load_document(Path(document_name))
    except OpenApiError as error:
        print(f"{label}: {error}", file=sys.stderr)
        return 1
    for warning in document.warnings:
        print(f"{label}: {warning}", file=sys.stderr)
    Path(bundle).write_text(bundle_of(document), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
