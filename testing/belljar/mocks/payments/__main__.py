"""The payments mock as a process: `python -m belljar.mocks.payments --port 0`."""

from __future__ import annotations

import sys

from belljar.mocks.http.main import run
from belljar.mocks.payments.mock import payments_server

__all__ = ["main"]


def main() -> int:
    """Run the process; returns its exit status."""
    return run("payments", payments_server)


if __name__ == "__main__":
    sys.exit(main())
