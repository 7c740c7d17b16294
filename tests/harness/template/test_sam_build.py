"""Code that sam build has built is run in place of older source."""

import os
from pathlib import Path

import pytest

from harness.template import load

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {Runtime: nodejs20.x, Handler: app.handler, CodeUri: %s}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A template with source and build, both of the same time."""
    for place, code in (("", "src"), (".aws-sam/build", "F")):
        made = tmp_path / place
        (made / code).mkdir(parents=True)
        (made / code / "app.js").write_text("", "utf-8")
        (made / "template.yaml").write_text(TEMPLATE % code, "utf-8")
    _touch(tmp_path / "src" / "app.js", 1000)
    _touch(tmp_path / ".aws-sam" / "build" / "template.yaml", 1000)
    return tmp_path


def _touch(path: Path, when: float) -> None:
    os.utime(path, (when, when))


def _code(folder: Path) -> object:
    return load(folder).functions[0].code


def test_built(folder: Path) -> None:
    """Built code is taken where the source has not changed since."""
    assert _code(folder) == folder / ".aws-sam" / "build" / "F"


def test_changed_since(folder: Path) -> None:
    """Source that was changed after the build is taken itself."""
    _touch(folder / "src" / "app.js", 2000)
    assert _code(folder) == folder / "src"


@pytest.mark.parametrize("name", ["node_modules", "__pycache__"])
def test_not_source(folder: Path, name: str) -> None:
    """Files that tools write beside the source do not make it newer."""
    (folder / "src" / name).mkdir()
    (folder / "src" / name / "x").write_text("", "utf-8")
    assert _code(folder) == folder / ".aws-sam" / "build" / "F"


def test_built_code_gone(folder: Path) -> None:
    """A build that is not there any more is not used."""
    (folder / ".aws-sam" / "build" / "F" / "app.js").unlink()
    (folder / ".aws-sam" / "build" / "F").rmdir()
    assert _code(folder) == folder / "src"


def test_not_built(folder: Path) -> None:
    """Without a build the source is taken."""
    (folder / ".aws-sam" / "build" / "template.yaml").unlink()
    assert _code(folder) == folder / "src"
