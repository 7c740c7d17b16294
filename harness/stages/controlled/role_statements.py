"""The statements of a function's role, as the deployed template has them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping
from typing import Any

from harness.core.history import Statement
from harness.seams import moto
from harness.template import Template

EXCEPTIONS = re.compile(r"\b(NotAction|NotResource)\b")
"""Statements that allow all but something: what they allow is not judged."""


def role_statements(
    client: Any, template: Template, physical: Mapping[str, str], role_arn: str
) -> tuple[Statement, ...] | None:
    """The statements of a function's role in the template; None if it does not say all.

    Policies of the path ``service-role/`` are AWS's own for a service's sake, and taken as
    they are. moto's CloudFormation leaves a role's managed policies out, so the template
    names them.
    """
    role = role_arn.rsplit("/", 1)[-1]
    logical = next((name for name, real in physical.items() if real == role), "")
    resource = template.body["Resources"].get(logical)
    if resource is None or logical.startswith("RoleFromOutside"):
        return None
    inline = client.list_role_policies(RoleName=role)["PolicyNames"]
    documents = [client.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
                 for name in inline]
    attached = client.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    named = _managed_policies(resource.get("Properties", {}), physical)
    for arn in dict.fromkeys([*(policy["PolicyArn"] for policy in attached), *named]):
        if ":policy/service-role/" not in arn:
            documents.append(_managed(client, arn))
    if any(document is None or EXCEPTIONS.search(str(document)) for document in documents):
        return None
    return tuple(s for document in documents for s in _allowed(document))


def _managed_policies(properties: Any, physical: Mapping[str, str]) -> list[str]:
    """The ARNs of a role's managed policies; the template's own by their physical name."""
    arns = []
    for arn in properties.get("ManagedPolicyArns", []):
        if isinstance(arn, dict) and "Ref" in arn:
            arns.append(physical.get(arn["Ref"], "?"))
        else:
            found = re.search(r":policy/[\w+=,.@/-]+", json.dumps(arn))
            arns.append(f"arn:aws:iam::aws{found.group()}" if found else "?")
    return arns


def _managed(client: Any, arn: str) -> Any:
    """The document of a managed policy, AWS's or the template's; None if it is not known."""
    if arn.startswith("arn:aws:iam::aws:policy/"):
        return moto.managed_policy(arn.rsplit("/", 1)[-1])
    try:
        version = client.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        found = client.get_policy_version(PolicyArn=arn, VersionId=version)
    except client.exceptions.ClientError:
        return None
    return found["PolicyVersion"]["Document"]


def _allowed(document: Any) -> list[Statement]:
    statements = _document(document) if isinstance(document, str) else document
    return [
        Statement(_texts(s.get("Action")), _texts(s.get("Resource")))
        for s in _list(statements.get("Statement", []))
        if s.get("Effect") == "Allow"
    ]


def _document(text: str) -> Any:
    """A policy's text; what moto's CloudFormation stores is written as Python."""
    return json.loads(text) if text.startswith('{"') else ast.literal_eval(text)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(text) for text in _list(value) if text is not None)
