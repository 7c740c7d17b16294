"""Functions that others invoke are found, and how they are invoked."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.carriers import Carrier
from harness.template import Template, cast, load, ways
from harness.template.describe.chains import Way

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {{Function: {{Runtime: python3.12, Handler: app.handler, CodeUri: code}}}}
Resources:
  Command:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {{Variables: {{NAME: !Ref Callee, HOW: "{how}"}}}}
      Policies: [{{LambdaInvokePolicy: {{FunctionName: !Ref Callee}}}}]
  Query:
    Type: AWS::Serverless::Function
    Properties: {{Policies: [{{DynamoDBReadPolicy: {{TableName: !Ref Views}}}}]}}
  Callee:
    Type: AWS::Serverless::Function
    Properties: {{Policies: [{{DynamoDBCrudPolicy: {{TableName: !Ref {table}}}}}]}}
  Views: &table
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
  Others: *table
"""


def _loaded(folder: Path, code: str = "", how: str = "", table: str = "Views",
            name: str = "app.py") -> Template:
    (folder / "code").mkdir()
    (folder / "code" / name).write_text(code)
    (folder / "template.yaml").write_text(TEMPLATE.format(how=how, table=table))
    return load(folder)


def _is_event(template: Template) -> bool:
    return "Command" in template.invocations.events


class TestHow:
    @pytest.mark.parametrize("code", [
        'client.invoke(FunctionName=n, InvocationType="Event")',
        "client.invoke(FunctionName=n, InvocationType='Event')",
        "new InvokeCommand({FunctionName: n, InvocationType: 'Event'})",
        "{ InvocationType: InvocationType.Event }",
        "InvocationType: types.InvocationTypeEvent",
        "request.invocationType(InvocationType.EVENT)"])
    def test_event(self, code: str, tmp_path: Path) -> None:
        """Code that asks for it invokes a function asynchronously."""
        assert _is_event(_loaded(tmp_path, code))

    @pytest.mark.parametrize("code", [
        "client.invoke(FunctionName=n)",
        'client.invoke(FunctionName=n, InvocationType="RequestResponse", Payload=Event())',
        "Event = dict"])
    def test_call(self, code: str, tmp_path: Path) -> None:
        """Other code waits for the answer."""
        assert not _is_event(_loaded(tmp_path, code))

    def test_variable(self, tmp_path: Path) -> None:
        """A variable may say how."""
        assert _is_event(_loaded(tmp_path, how="Event"))

    def test_compiled(self, tmp_path: Path) -> None:
        """Compiled code may ask for either."""
        assert _is_event(_loaded(tmp_path, name="bootstrap"))


class TestChain:
    def test_way(self, tmp_path: Path) -> None:
        """An asynchronous invocation leads to the function, which projects."""
        found = _loaded(tmp_path, how="Event")
        assert ways(found) == (Way((Carrier.INVOCATION,), "Callee", "Callee"),)
        assert cast(found, frozenset({"Command"}), "Query").projections == ("Callee",)

    def test_literal_name(self, tmp_path: Path) -> None:
        """A policy may name a function by its literal name."""
        text = TEMPLATE.replace("!Ref Callee, HOW", "callee-dev, HOW").replace(
            "{{FunctionName: !Ref Callee}}", "{{FunctionName: callee-dev}}").replace(
            "  Callee:\n    Type: AWS::Serverless::Function\n    Properties: {{",
            "  Callee:\n    Type: AWS::Serverless::Function\n    Properties: {{"
            "FunctionName: callee-dev, ")
        (tmp_path / "code").mkdir()
        (tmp_path / "template.yaml").write_text(text.format(how="Event", table="Views"))
        assert load(tmp_path).invocations.events == {"Command": frozenset({"Callee"})}

    def test_called_projection(self, tmp_path: Path) -> None:
        """A function that a command calls, and that writes what is read, projects."""
        found = _loaded(tmp_path)
        assert ways(found) == ()
        assert cast(found, frozenset({"Command"}), "Query").projections == ("Callee",)

    def test_helper(self, tmp_path: Path) -> None:
        """A function that is called otherwise helps its caller, which uses its resources."""
        found = _loaded(tmp_path, table="Others")
        assert found.invocations.helpers(["Command"]) == ("Callee",)
        assert "Others" in found.uses["Command"]
