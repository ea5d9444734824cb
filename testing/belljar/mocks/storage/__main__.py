"""`python -m belljar.mocks.storage --port 9000`: the storage mock as a process."""

from __future__ import annotations

import sys

from belljar.mocks.storage.serving import main

if __name__ == "__main__":
    sys.exit(main())
