"""`python -m belljar.mocks.openapi SPEC`: see `belljar.mocks.openapi.main`."""

import sys

from belljar.mocks.openapi.main import main

if __name__ == "__main__":
    sys.exit(main())
