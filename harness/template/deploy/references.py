"""References in the template that moto's CloudFormation creates, made resolvable.

moto 5.2.5 fails on Ref and GetAtt of a resource or an attribute that it does not know. A reference
to a resource that is not created becomes a placeholder: an ARN, a URL or the logical id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from harness.functions.events import STREAM_LABEL
from harness.template.read.pseudo_parameters import ACCOUNT, PSEUDO, REGION
from harness.template.read.resources import (
    BUS,
    FUNCTION,
    KINESIS,
    QUALIFIERS,
    QUEUE,
    TOPIC,
    Resources,
)
from harness.template.read.tokens import token

RULE: Final = "AWS::Events::Rule"
ROLE: Final = "AWS::IAM::Role"
POLICIES: Final = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", ROLE)
_TABLE: Final = ("Arn", "StreamArn")
CREATED: Final[Mapping[str, tuple[str, ...]]] = {
    "AWS::S3::Bucket": (
        "Arn",
        "DomainName",
        "DualStackDomainName",
        "RegionalDomainName",
        "WebsiteURL",
    ),
    "AWS::DynamoDB::Table": _TABLE,
    "AWS::DynamoDB::GlobalTable": _TABLE,
    QUEUE: ("Arn", "QueueName"),
    TOPIC: ("TopicName",),
    KINESIS: ("Arn",),
    BUS: ("Arn", "Name"),
    RULE: ("Arn",),
    FUNCTION: ("Arn",),
    ROLE: ("Arn", "RoleId"),
    "AWS::IAM::Policy": (),
    "AWS::IAM::ManagedPolicy": (),
    "AWS::KMS::Key": ("Arn",),
    "AWS::SSM::Parameter": (),
}
"""The types that are created, and the attributes of each that moto knows."""
AS_REF: Final = frozenset(
    {
        (QUEUE, "QueueUrl"),
        (TOPIC, "TopicArn"),
        ("AWS::KMS::Key", "KeyId"),
        ("AWS::IAM::ManagedPolicy", "PolicyArn"),
    }
)
"""Attributes that moto does not know, and whose value is that of Ref."""


def resolvable(value: Any, resources: Resources) -> Any:
    """A rendered value with only such references as moto can resolve."""
    if isinstance(value, list):
        return [resolvable(item, resources) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Ref"}:
        return _ref(str(value["Ref"]), resources)
    if set(value) == {"Fn::GetAtt"}:
        return _attribute(str(value["Fn::GetAtt"][0]), str(value["Fn::GetAtt"][1]), resources)
    inner = {key: resolvable(item, resources) for key, item in value.items()}
    return _select(inner["Fn::Select"]) if set(inner) == {"Fn::Select"} else inner


def placeholder(name: str, attribute: str = "") -> str:
    """A text of about the right shape for a resource that is not created."""
    if attribute.endswith("Arn"):
        return f"arn:aws:not-created:{REGION}:{ACCOUNT}:{name}"
    if attribute.endswith(("Url", "URL", "Endpoint", "Uri")):
        return f"https://{name.lower()}.invalid/"
    return name.replace("::", "-")


def _ref(name: str, resources: Resources) -> Any:
    if resources.type(name) in QUALIFIERS:
        return _function_arn(name, resources)
    if resources.type(name) == BUS:
        return {"Fn::GetAtt": [name, "Name"]}  # moto's Ref gives no text here
    return {"Ref": name} if name in PSEUDO or resources.type(name) in CREATED else placeholder(name)


def _attribute(name: str, attribute: str, resources: Resources) -> Any:
    type_ = resources.type(name)
    if type_ in QUALIFIERS:
        return _function_arn(name, resources)
    if (type_, attribute) in AS_REF:
        return {"Ref": name}
    if attribute == "StreamArn" and attribute in CREATED.get(type_, ()):
        arn = {"Fn::GetAtt": [name, "Arn"]}  # moto's label is a time: no record would have it
        return {"Fn::Join": ["", [arn, f"/stream/{STREAM_LABEL}"]]}
    if attribute in CREATED.get(type_, ()):
        return {"Fn::GetAtt": [name, attribute]}
    return placeholder(name, attribute)


def _function_arn(name: str, resources: Resources) -> Any:
    """The ARN of the function in place of its alias: moto's CloudFormation has no aliases."""
    function = resources.function(token({"Ref": name}))
    return placeholder(name, "Arn") if function is None else {"Fn::GetAtt": [function, "Arn"]}


def _select(argument: Any) -> Any:
    """Fn::Select, resolved here where its text is a placeholder, which may have too few parts."""
    index, source = argument
    split = source.get("Fn::Split") if isinstance(source, dict) else source
    if isinstance(split, list) and isinstance(split[1], dict):
        return {"Fn::Select": argument}
    parts = split[1].split(split[0]) if isinstance(split, list) else []
    return parts[index] if 0 <= index < len(parts) else "not-created"
