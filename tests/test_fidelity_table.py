"""The table of what agrees with AWS is made from a folder of fetched repositories."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.fidelity.__main__ import main
from benchmarks.fidelity.comparison import LOCALSTACK

PATTERN = """// a comment
{
  "Event": {"source": "s"}, // another
  "EventPattern": {"source": ["s", "t",],},
}
"""
ERROR = {"Error": {"Code": "PreconditionFailed", "Condition": "If-None-Match", "Message":
                   "At least one of the pre-conditions you specified did not hold"},
         "ResponseMetadata": {"HTTPStatusCode": 412}}
TEMPLATE = "Resources: {F: {Type: AWS::Lambda::Function}}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as fetched repositories make it, with a case for some subjects."""
    services = tmp_path / LOCALSTACK
    patterns = services / "events/event_pattern_templates"
    for place in (patterns, services / "s3", tmp_path / "templates"):
        place.mkdir(parents=True)
    (patterns / "list.json5").write_text(PATTERN)
    (patterns / "list_NEG.json5").write_text(PATTERN)
    (services / "s3/test_s3_api.snapshot.json").write_text(json.dumps({
        "a.py::T::test_put_object_if_none_match": {
            "recorded-content": {"put-obj-if-none-match": ERROR}}}))
    (tmp_path / "templates/good.yaml").write_text(TEMPLATE)
    (tmp_path / "templates/bad.yaml").write_text(TEMPLATE + "\n- AWSTemplateFormatVersion")
    return tmp_path


@pytest.mark.parametrize(("subject", "row"), [
    ("event patterns", "| event patterns | 1 of 2 |"),
    ("conditional writes of S3", "| conditional writes of S3 | 1 of 1 |"),
    ("environment variables", "| environment variables | 0 of 0 |"),
    ("templates", "| templates | 2 of 2 |")])
def test_row(
    folder: Path, subject: str, row: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A row says how many cases agree, of how many there are."""
    assert main([str(folder), "--only", subject]) == 0
    assert row in capsys.readouterr().out


def test_differences(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A case that differs is shown with both answers."""
    main([str(folder), "--only", "event patterns", "--differences"])
    assert "list_NEG\n    AWS:  False\n    here: True" in capsys.readouterr().out
