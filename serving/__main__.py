"""`python -m serving` is `metaedu-serving`."""

import sys

from serving.cli import main

if __name__ == "__main__":  # the workers import this file, too
    sys.exit(main())
