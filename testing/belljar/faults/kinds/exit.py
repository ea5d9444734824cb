"""`exit`: a program ends with this code at once; its work is not done."""

from __future__ import annotations

from belljar.faults.kind import Kind, register
from belljar.faults.parameters import Parameter

__all__: list[str] = []

register(
    Kind(
        name="exit",
        summary="starts a program in its place that ends with this code",
        fits=("subprocess",),
        parameters=(
            Parameter("code", int, 1, "exit code; below 0 the signal that ends it", -64, 255),
            Parameter("stdout", str, "", "what it writes"),
            Parameter("stderr", str, "", "what it writes there"),
        ),
        instead=True,
    )
)
