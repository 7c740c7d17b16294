"""Names that a template gives and that somebody's resource has already, at an emulator.

AWS refuses to create a resource whose name is taken. Emulators deploy over it, and the removal at
the end of a run would then remove what was there before. So names are looked up first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from botocore.exceptions import ClientError

from harness.core.errors import UserMistake
from harness.template import Template

ABSENT = ("NotFound", "NoSuch", "NonExistent", "404", "NotImplemented", "501", "Unknown")
"""Parts of the codes with which services say that nothing of a name is there, or could be."""


class NameTaken(UserMistake):
    """A resource has a name already that the template gives to one of its own."""


class Clients(Protocol):
    """Clients of services at one endpoint."""

    def client(self, service: str) -> Any:
        """The client of a service."""


class Lookup(NamedTuple):
    """The property that names a resource, and the operation that finds one of that name."""

    kind: str
    property: str
    service: str
    operation: str
    argument: str


LOOKUPS: Mapping[str, Lookup] = {
    "AWS::S3::Bucket": Lookup("bucket", "BucketName", "s3", "head_bucket", "Bucket"),
    "AWS::DynamoDB::Table": Lookup(
        "table", "TableName", "dynamodb", "describe_table", "TableName"),
    "AWS::SQS::Queue": Lookup("queue", "QueueName", "sqs", "get_queue_url", "QueueName"),
    "AWS::Events::EventBus": Lookup(
        "event bus", "Name", "events", "describe_event_bus", "Name"),
    "AWS::Events::Rule": Lookup("rule", "Name", "events", "describe_rule", "Name"),
    "AWS::Lambda::Function": Lookup(
        "function", "FunctionName", "lambda", "get_function", "FunctionName"),
    "AWS::IAM::Role": Lookup("role", "RoleName", "iam", "get_role", "RoleName"),
    "AWS::SSM::Parameter": Lookup("parameter", "Name", "ssm", "get_parameter", "Name"),
}
TOPIC = "AWS::SNS::Topic"
OUTSIDE = "BusFromOutside"
"""Buses that only moto creates; a template that does not has to find them where it is deployed."""


def refuse_taken_names(clients: Clients, template: Template, place: str) -> None:
    """Refuse a template whose names are taken at an emulator.

    Raises:
        NameTaken: one is.
    """
    resources: Mapping[str, Any] = template.body.get("Resources", {})
    for name, resource in resources.items():
        if not name.startswith(OUTSIDE):
            properties = resource.get("Properties", {})
            refuse_taken(clients, resource["Type"], _names(resource["Type"], properties), place,
                         bus=properties.get("EventBusName"))


def refuse_taken(
    clients: Clients, type_: str, names: Sequence[str], place: str, *, bus: Any = None
) -> None:
    """Refuse names of a type of resources that are taken.

    Raises:
        NameTaken: one is.
    """
    for name in names:
        if _exists(clients, type_, name, bus):
            kind = "topic" if type_ == TOPIC else LOOKUPS[type_].kind
            raise NameTaken(
                f"{kind} {name}", f"exists already at {place}, and the run would remove it",
                "let the template give no fixed name, or use an empty instance")


def _names(type_: str, properties: Mapping[str, Any]) -> list[str]:
    named = "TopicName" if type_ == TOPIC else LOOKUPS[type_].property if type_ in LOOKUPS else ""
    found = properties.get(named)
    return [found] if isinstance(found, str) else []


def _exists(clients: Clients, type_: str, name: str, bus: Any) -> bool:
    if type_ == TOPIC:
        pages = clients.client("sns").get_paginator("list_topics").paginate()
        return any(topic["TopicArn"].rpartition(":")[2] == name
                   for page in pages for topic in page["Topics"])
    if bus is not None and not isinstance(bus, str):
        return False  # a bus of the template's own, where nothing is yet
    lookup = LOOKUPS[type_]
    arguments = {lookup.argument: name, **({"EventBusName": bus} if bus else {})}
    try:
        getattr(clients.client(lookup.service), lookup.operation)(**arguments)
    except ClientError as error:
        code = str(error.response["Error"].get("Code"))
        if any(part in code for part in ABSENT):
            return False
        if code not in ("403", "AccessDenied"):
            raise
    return True
