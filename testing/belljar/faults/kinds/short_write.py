"""`short_write`: a part of the bytes gets into the file, and no more, as on a disk that is full now."""

from __future__ import annotations

from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Parameter

__all__: list[str] = []

register(
    Kind(
        name="short_write",
        summary="writes a part, and fails at the next write",
        fits=("file",),
        implied={"operation": "write"},
        parameters=(
            Parameter("size", int, meaning="bytes that are written", low=0),
            Parameter(
                "then",
                str,
                "ENOSPC",
                "the error of the next write; `none` lets it go on",
                choices=("ENOSPC", "EIO", "EDQUOT", "EFBIG", "none"),
            ),
        ),
    )
)
