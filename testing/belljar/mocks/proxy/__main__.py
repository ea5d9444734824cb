"""`python -m belljar.mocks.proxy`: see `belljar.mocks.proxy.main`."""

import sys

from belljar.mocks.proxy.main import main

if __name__ == "__main__":
    sys.exit(main())
