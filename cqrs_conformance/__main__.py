"""The command line: ``cqrs-conformance``, or ``python -m cqrs_conformance``."""

import sys

from harness.entry.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
