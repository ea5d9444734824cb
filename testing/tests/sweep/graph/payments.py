"""The payments mock as a process of the tests' graph."""

from __future__ import annotations

import sys

from belljar.mocks.payments.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
