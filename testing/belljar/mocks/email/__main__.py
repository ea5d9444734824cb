"""`python -m belljar.mocks.email --port 8025 --smtp-port 2525`: the email mock as a process."""

from __future__ import annotations

import sys

from belljar.mocks.email.serving import main

if __name__ == "__main__":
    sys.exit(main())
