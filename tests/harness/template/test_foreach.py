"""Templates with loops (AWS::LanguageExtensions)."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.template import NotATemplate, load
from harness.template.read.foreach import expanded

TEMPLATE = """
Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]
Parameters: {Names: {Type: CommaDelimitedList, Default: "Command,Projection"}}
Resources:
  Fn::ForEach::Functions:
    - Name
    - !Ref Names
    - ${Name}Function:
        Type: AWS::Serverless::Function
        Properties:
          Runtime: python3.12
          CodeUri: .
          Handler: !Sub "${Name}.handler"
"""


class TestLoops:
    def test_functions(self, tmp_path: Path) -> None:
        """A loop makes a function for each value of a list parameter."""
        (tmp_path / "template.yaml").write_text(TEMPLATE)
        functions = load(tmp_path).functions
        assert [(f.logical_id, f.handler) for f in functions] == [
            ("CommandFunction", "Command.handler"), ("ProjectionFunction", "Projection.handler")]

    def test_nested(self) -> None:
        """A loop may be in another one's body, and use both identifiers."""
        inner = {"Fn::ForEach::Inner": ["B", ["x"], {"${A}${B}&{A}": {"Ref": "B"}}]}
        assert expanded({"Fn::ForEach::Outer": ["A", ["1-", "2"], inner]}, {}) == {
            "1-x1": "x", "2x2": "x"}

    @pytest.mark.parametrize("loop", [{}, ["A"], ["A", "x", {}], ["A", {"Ref": "B"}, {}]])
    def test_no_loop(self, loop: object, tmp_path: Path) -> None:
        """A loop that cannot be expanded is named in the error."""
        (tmp_path / "template.yaml").write_text(
            f'Resources: {{"Fn::ForEach::X": {str(loop).replace(chr(39), chr(34))}}}')
        with pytest.raises(NotATemplate, match="Fn::ForEach::X"):
            load(tmp_path)
