"""The storage mock as a process; see docs/storage.md."""

from __future__ import annotations

import sys

from belljar.mocks.storage import main

if __name__ == "__main__":
    sys.exit(main())
