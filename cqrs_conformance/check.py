"""A saved history judged again, without a stage: ``check`` gives the violations in it.

The file is a counterexample that a failing run has written, or a history in JSON Lines.
"""

from __future__ import annotations

from pathlib import Path

import cqrs_conformance.claimed  # noqa: F401  # before harness is imported
from harness.core.errors import UserMistake
from harness.entry.check import Found, violations_in

__all__ = ["Found", "UserMistake", "check"]


def check(
    file: Path | str, *, contract: str | None = None, strict: bool = False
) -> tuple[Found, ...]:
    """Return the violations in a saved history; none if it is as the contract demands.

    ``contract``: its name or its file, if not the one that the file names. ``strict``: a violated
    SHOULD counts.

    Raises:
        UserMistake: the file or the contract cannot be used; the text says how to mend it.
    """
    return violations_in(Path(file), contract, strict=strict)
