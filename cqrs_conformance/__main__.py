"""The command line: ``cqrs-conformance``, or ``python -m cqrs_conformance``.

Two things come before anything else is imported: packages of common names mean ours, and the
process does not hold the secrets of whoever runs it where functions run in it.
"""

import sys
from collections.abc import Sequence

from cqrs_conformance.own_packages import claim
from cqrs_conformance.own_secrets import start_without_secrets

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    if arguments is None:
        start_without_secrets(sys.argv[1:])
    claim()
    from harness.entry.cli import main as run

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
