"""The parts of an implementation, as its template names them."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.contract_registry import find_contract
from harness.core.history import Role
from harness.dialect import read_dialect
from harness.stages.participants import participants
from harness.template import RoleNotFound, load


def test_all_missing_roles_are_named(tmp_path: Path) -> None:
    """One message names every role that no function has."""
    path = tmp_path / "template.yaml"
    path.write_text("Resources:\n  Queue: {Type: AWS::SQS::Queue}\n", "utf-8")
    with pytest.raises(RoleNotFound) as found:
        participants(load(path), "/orders")
    assert found.value.expected == (
        "a function behind POST /orders and a function behind GET /orders/{id}")


QUEUED = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.13, Handler: index.handler}}
Resources:
  Intake:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: pass
      Events: {Post: {Type: HttpApi, Properties: {Method: POST, Path: /orders}}}
  Jobs:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: pass
      Events: {Get: {Type: HttpApi, Properties: {Method: GET, Path: "/jobs/{job}"}}}
  Show:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: pass
      Events: {Get: {Type: HttpApi, Properties: {Method: GET, Path: "/orders/{id}"}}}
"""


def test_results_elsewhere(tmp_path: Path) -> None:
    """The function that tells the result of a command takes part, on the side of commands."""
    path = tmp_path / "template.yaml"
    path.write_text(QUEUED, "utf-8")
    dialect = read_dialect({
        "commands": {"*": {"route": "POST /orders", "body": "$sent"}},
        "query": {"route": "GET /orders/{id}"}, "projection": [],
        "replies": {"later": {"route": "GET /jobs/{job}", "at": "state", "pending": ["OPEN"]}},
    }, find_contract("orders"), "a test's dialect")
    assert participants(load(path), "/orders", dialect).roles == {
        "Intake": Role.COMMAND, "Jobs": Role.COMMAND, "Show": Role.QUERY}
