"""Counterexamples played again in a test of one's own.

``replayed`` plays the file that a failing run has written. ``replay FILE --as-test FOLDER`` writes
a test that calls it.
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from cqrs_conformance.own_packages import claim

__all__ = ["replayed"]


def replayed(file: Path | str, *, template: Path | str | None = None) -> None:
    """Play a counterexample again; come back if its requirement holds now.

    ``template``: the implementation, if it is not the one that the file names.

    Raises:
        AssertionError: the violation shows again; the text tells its story.
        RuntimeError: there is no verdict.
    """
    claim()
    from harness.core.errors import CONFORMS, DOES_NOT
    from harness.entry.replay import played_again
    from harness.explore.counterexample_files import read

    given = Namespace(stage=None, contract=None, template=template and str(template), dialect=None,
                      strict=False, debug=False)
    code, lines = played_again(Path(file), read(Path(file)), given)
    if code == DOES_NOT:
        raise AssertionError("\n".join(lines))
    if code != CONFORMS:
        raise RuntimeError("\n".join(lines))
