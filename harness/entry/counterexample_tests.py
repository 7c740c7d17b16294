"""Counterexamples as tests for pytest, which a team keeps beside its other tests."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from harness.core.contract import Contract
from harness.core.errors import UserMistake
from harness.explore.counterexample_files import Saved

TEST = '''"""{id}: a counterexample that cqrs-conformance has found."""

from pathlib import Path

from cqrs_conformance.replays import replayed

HERE = Path(__file__).parent


def test_{name}() -> None:
    """{sentence}"""
    replayed(HERE / "{file}"{template})
'''


class TestNotWritten(UserMistake):
    """A test cannot be written."""


def write_test(folder: Path, path: Path, saved: Saved, contract: Contract) -> Path:
    """Write a test that plays a counterexample, with a copy of it beside; return the test's path.

    Raises:
        TestNotWritten: it cannot be written.
    """
    id, template = saved.origin.requirement, saved.origin.template
    name = re.sub(r"\W+", "_", path.stem).strip("_").lower()
    file = folder / f"test_{name}.py"
    seen = os.path.relpath(template, folder) if template else ""
    text = TEST.format(id=id, name=name, sentence=contract.requirement(id).sentence, file=path.name,
                       template=f', template=HERE / "{seen}"' if seen else "")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if path.resolve() != (folder / path.name).resolve():
            shutil.copyfile(path, folder / path.name)
        file.write_text(text, "utf-8")
    except OSError as error:
        raise TestNotWritten(f"test {file}", f"cannot be written: {error.strerror or error}",
                             "give a folder that you may write to") from error
    return file
