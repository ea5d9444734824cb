"""The TCP fault proxy as a process; see docs/proxy.md."""

from __future__ import annotations

import sys

from belljar.mocks.proxy.main import main

if __name__ == "__main__":
    sys.exit(main())
