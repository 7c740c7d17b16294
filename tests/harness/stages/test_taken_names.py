"""Names at an emulator: what is there already is neither used nor removed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from harness.stages.deployed.taken_names import NameTaken, refuse_taken_names
from harness.template import Template, load

NAMED: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "bucket": ("AWS::S3::Bucket", "BucketName", "s3.create_bucket", {"Bucket": "mine"}),
    "table": ("AWS::DynamoDB::Table", "TableName", "dynamodb.create_table", {
        "TableName": "mine", "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}),
    "queue": ("AWS::SQS::Queue", "QueueName", "sqs.create_queue", {"QueueName": "mine"}),
    "topic": ("AWS::SNS::Topic", "TopicName", "sns.create_topic", {"Name": "mine"}),
    "event bus": ("AWS::Events::EventBus", "Name", "events.create_event_bus", {"Name": "mine"}),
    "rule": ("AWS::Events::Rule", "Name", "events.put_rule", {
        "Name": "mine", "EventPattern": '{"source": ["x"]}'}),
    "role": ("AWS::IAM::Role", "RoleName", "iam.create_role", {
        "RoleName": "mine", "AssumeRolePolicyDocument": "{}"}),
}


@dataclass
class Moto:
    """Clients of moto."""

    def client(self, service: str) -> Any:
        return boto3.client(service, region_name="us-east-1", aws_access_key_id="testing",
                            aws_secret_access_key="testing")


@pytest.fixture
def clients() -> Iterator[Moto]:
    with mock_aws():
        yield Moto()


def template(folder: Path, kind: str) -> Template:
    """A template with one resource, whose name is ``mine``."""
    type_, named, _, _ = NAMED[kind]
    properties = {named: "mine", "EventPattern": {"source": ["x"]}} if kind == "rule" else {
        named: "mine"}
    path = folder / "template.json"
    path.write_text(json.dumps({"Resources": {"It": {"Type": type_, "Properties": properties}}}))
    return load(path)


@pytest.mark.parametrize("kind", NAMED)
class TestTaken:
    def test_taken(self, clients: Moto, tmp_path: Path, kind: str) -> None:
        """A name that something has already is refused."""
        service, _, operation = NAMED[kind][2].partition(".")
        getattr(clients.client(service), operation)(**NAMED[kind][3])
        with pytest.raises(NameTaken, match=f"{kind} mine: exists already at the emulator"):
            refuse_taken_names(clients, template(tmp_path, kind), "the emulator")

    def test_free(self, clients: Moto, tmp_path: Path, kind: str) -> None:
        """A free name is not."""
        refuse_taken_names(clients, template(tmp_path, kind), "the emulator")
