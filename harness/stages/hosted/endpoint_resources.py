"""Resources that a hosted run makes at an endpoint, and removes in the end.

Nothing that the run has not made is touched: what exists already under a name it needs is an error.
All that it makes carries the run's tag, by which ``cleanup`` finds what a killed run left.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from harness.aws.calls import ACCOUNT, REGION
from harness.stages.controlled.bus import Rule
from harness.stages.controlled.provisioning import Deployment
from harness.stages.deployed.stack import TAG, new_name
from harness.stages.deployed.taken_names import refuse_taken

DELETED_AT_ONCE = 1000
"""Objects that DeleteObjects takes."""
INDEXES = ("GlobalSecondaryIndexes", "LocalSecondaryIndexes")


@dataclass
class EndpointResources:
    """Makes the resources of one run. ``removals``: what its end removes, latest first."""

    endpoint: str
    clients: Mapping[str, Any]
    removals: ExitStack
    _tags: dict[str, str] = field(default_factory=lambda: {TAG: new_name()})

    def client(self, service: str) -> Any:
        """The client of a service; see ``Clients``."""
        return self.clients[service]

    def create(self, deployment: Deployment, tables: Iterable[dict[str, Any]]) -> str:
        """Create what a template needs; gives the URL of the queue that all its rules feed.

        Raises:
            NameTaken: the endpoint has one of the names already.
            BotoCoreError, ClientError: a resource was refused.
        """
        self._refuse_taken(deployment)
        template = deployment.template
        for bucket in deployment.names(template.buckets):
            self._create_bucket(bucket)
        for table in tables:
            self.client("dynamodb").create_table(**table, Tags=_pairs(self._tags))
            self._remove_later(self.client("dynamodb").delete_table, TableName=table["TableName"])
        for queue in deployment.names(template.queues):
            self._create_queue(queue)
        name = f"conformance-{secrets.token_hex(6)}"
        url = self._create_queue(name)
        for bus in {rule.bus for rule in deployment.rules} - {"default"}:
            self.client("events").create_event_bus(Name=bus, Tags=_pairs(self._tags))
            self._remove_later(self.client("events").delete_event_bus, Name=bus)
        arn = f"arn:aws:sqs:{REGION}:{self._account(url)}:{name}"
        for number, rule in enumerate(deployment.rules):
            self._create_rule(f"{name}-{number}", rule, arn)
        return url

    def _refuse_taken(self, deployment: Deployment) -> None:
        template = deployment.template
        wanted = {"AWS::S3::Bucket": template.buckets, "AWS::DynamoDB::Table": template.tables,
                  "AWS::SQS::Queue": template.queues}
        for type_, logical in wanted.items():
            refuse_taken(self, type_, deployment.names(logical), self.endpoint)
        buses = sorted({rule.bus for rule in deployment.rules} - {"default"})
        refuse_taken(self, "AWS::Events::EventBus", buses, self.endpoint)

    def _create_bucket(self, bucket: str) -> None:
        s3 = self.client("s3")
        s3.create_bucket(Bucket=bucket)
        self._remove_later(s3.delete_bucket, Bucket=bucket)
        self._remove_later(empty_bucket, s3, bucket)
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": _pairs(self._tags)})

    def _create_queue(self, name: str) -> str:
        fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        url: str = self.client("sqs").create_queue(
            QueueName=name, Attributes=fifo, tags=self._tags)["QueueUrl"]
        self._remove_later(self.client("sqs").delete_queue, QueueUrl=url)
        return url

    def _create_rule(self, name: str, rule: Rule, queue_arn: str) -> None:
        events = self.client("events")
        named = {"Name": name, "EventBusName": rule.bus}
        events.put_rule(**named, EventPattern=rule.pattern.text, Tags=_pairs(self._tags))
        self._remove_later(events.delete_rule, **named)
        events.put_targets(Rule=name, EventBusName=rule.bus,
                           Targets=[{"Id": "conformance", "Arn": queue_arn}])
        self._remove_later(events.remove_targets, Rule=name, EventBusName=rule.bus,
                           Ids=["conformance"])

    def _account(self, queue: str) -> str:
        asked = self.client("sqs").get_queue_attributes(
            QueueUrl=queue, AttributeNames=["QueueArn"])
        return str(asked["Attributes"]["QueueArn"].split(":")[4] or ACCOUNT)

    def _remove_later(self, remove: Callable[..., Any], *arguments: Any, **named: Any) -> None:
        self.removals.callback(_removed, remove, *arguments, **named)


def keys_of(s3: Any, bucket: str) -> list[str]:
    """The keys of a bucket's objects."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [found["Key"] for page in pages for found in page.get("Contents", [])]


def empty_bucket(s3: Any, bucket: str) -> None:
    """Remove a bucket's objects."""
    keys = keys_of(s3, bucket)
    for at in range(0, len(keys), DELETED_AT_ONCE):
        found = [{"Key": key} for key in keys[at : at + DELETED_AT_ONCE]]
        s3.delete_objects(Bucket=bucket, Delete={"Objects": found})


def tables_again(names: Iterable[str]) -> list[dict[str, Any]]:
    """The requests that create tables again that moto has; capacity is on demand."""
    client = boto3.client("dynamodb", region_name=REGION)
    described = [client.describe_table(TableName=name)["Table"] for name in names]
    return [{
        **{key: table[key] for key in ("TableName", "KeySchema", "AttributeDefinitions")},
        **{key: [_index(index) for index in table[key]] for key in INDEXES if table.get(key)},
        "BillingMode": "PAY_PER_REQUEST",
    } for table in described]


def _index(index: dict[str, Any]) -> dict[str, Any]:
    return {key: index[key] for key in ("IndexName", "KeySchema", "Projection")}


def _pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _removed(remove: Callable[..., Any], *arguments: Any, **named: Any) -> None:
    """Remove a resource; one that is gone, or whose service is, needs no more of it."""
    with suppress(ClientError, BotoCoreError):
        remove(*arguments, **named)
