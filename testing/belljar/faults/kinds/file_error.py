"""`file_error`: the operating system refuses something about a file; nothing is done."""

from __future__ import annotations

from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Parameter

__all__: list[str] = []

ERRNOS = (
    "ENOSPC",
    "EACCES",
    "EIO",
    "EROFS",
    "EMFILE",
    "ENFILE",
    "ENOENT",
    "EPERM",
    "EDQUOT",
    "EFBIG",
    "EEXIST",
    "EINTR",
)

register(
    Kind(
        name="file_error",
        summary="lets an operation on a file fail with this error",
        fits=("file",),
        parameters=(Parameter("errno", str, meaning="which", choices=ERRNOS),),
        instead=True,
    )
)
