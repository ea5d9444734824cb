"""The email mock as a process; see docs/email.md."""

from __future__ import annotations

import sys

from belljar.mocks.email import main

if __name__ == "__main__":
    sys.exit(main())
