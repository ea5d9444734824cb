"""`not_started`: a program can't be executed."""

from __future__ import annotations

from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Parameter

__all__: list[str] = []

register(
    Kind(
        name="not_started",
        summary="lets a program not be found, or not be executable",
        fits=("subprocess",),
        parameters=(
            Parameter(
                "errno",
                str,
                "ENOENT",
                "why",
                choices=("ENOENT", "EACCES", "ENOMEM", "EAGAIN", "ENOEXEC", "EMFILE"),
            ),
        ),
        instead=True,
    )
)
