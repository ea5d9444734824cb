"""`python -m belljar.load`: see `belljar.load.main`."""

import sys

from belljar.load.main import main

if __name__ == "__main__":
    sys.exit(main())
