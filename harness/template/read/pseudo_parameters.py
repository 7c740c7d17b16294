"""Pseudo parameters, with the values that they have here, and values as text.

Source: CloudFormation User Guide, "Pseudo parameters reference". References to them stay references
(see tokens.py) until a text is needed before deployment, as in a condition.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from harness.template.read.tokens import token

REGION: Final = "us-east-1"
ACCOUNT: Final = "123456789012"
PSEUDO: Final[Mapping[str, str]] = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/stack/1",
    "AWS::StackName": "stack",
    "AWS::URLSuffix": "amazonaws.com",
}


def as_text(value: Any) -> str:
    """A value as CloudFormation writes it into text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(as_text, value))
    return json.dumps(value) if isinstance(value, dict) else str(value)


def text_before_deployment(value: Any) -> str:
    """The value as text, with the values that pseudo parameters have here."""
    text = as_text(value)
    for name, known in PSEUDO.items():
        text = text.replace(token({"Ref": name}), known)
    return text
