"""The parts of an implementation, as its template names them."""

from __future__ import annotations

from pathlib import Path

import pytest

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
