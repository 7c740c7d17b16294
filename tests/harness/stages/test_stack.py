"""Stacks made, read and removed through CloudFormation, with moto in the place of AWS."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from harness.core.bus_entry import BusEntry
from harness.core.clock import FakeClock
from harness.core.errors import StageError
from harness.core.history import Role
from harness.core.scenario import Poison, Rebuild, Redeliver
from harness.stages.deployed.cloud import Cloud
from harness.stages.deployed.stack import TAG, Stack, deploy, read, remove
from harness.stages.deployed.stack_evidence import DeployedEvidence
from harness.stages.participants import Participants
from harness.template import Template, load
from scenarios.domains.orders import CONTRACT
from tests.harness.histories import CREATED, UPDATED, event

TABLE = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
         "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
         "BillingMode": "PAY_PER_REQUEST"}
ROLE = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {
    "Version": "2012-10-17", "Statement": []}}}
FUNCTION = {"Type": "AWS::Lambda::Function", "Properties": {
    "Runtime": "python3.13", "Handler": "app.handler", "Code": "src",
    "Role": {"Fn::GetAtt": ["Role", "Arn"]}}}
RESOURCES: dict[str, Any] = {
    "Events": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"},
    "Views": {"Type": "AWS::DynamoDB::Table", "Properties": TABLE},
    "Queue": {"Type": "AWS::SQS::Queue"},
    "Role": ROLE,
    "Project": FUNCTION,
    "Rule": {"Type": "AWS::Events::Rule", "Properties": {
        "EventPattern": {"source": ["orders"]},
        "Targets": [{"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}]}},
    "Feed": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {
        "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "FunctionName": {"Ref": "Project"}}},
}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """An AWS of nobody's."""
    with mock_aws():
        yield Cloud(keys=("testing", "testing"))


def template(folder: Path, resources: dict[str, Any] | None = None) -> Template:
    """A projection behind a queue, and what it needs."""
    (folder / "src").mkdir()
    (folder / "src" / "app.py").write_text("def handler(event, context): ...\n", "utf-8")
    path = folder / "template.json"
    path.write_text(json.dumps({"Resources": resources or RESOURCES}), "utf-8")
    return load(path)


def buckets(cloud: Cloud) -> list[str]:
    return [bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]]


class TestDeploy:
    def test_read(self, cloud: Cloud, tmp_path: Path) -> None:
        """A stack is there with its resources, by logical id, and bears the run's tag."""
        stack = deploy(cloud, template(tmp_path), "cqrs-1", seconds=60)
        described = cloud.client("cloudformation").describe_stacks(StackName="cqrs-1")["Stacks"][0]
        assert (stack, described["Tags"]) == (
            read(cloud, "cqrs-1"), [{"Key": TAG, "Value": "cqrs-1"}])
        assert {"Events", "Views", "Queue", "Project"} <= stack.physical.keys()

    def test_code(self, cloud: Cloud, tmp_path: Path) -> None:
        """Functions have the code of the local folder."""
        stack = deploy(cloud, template(tmp_path), "cqrs-2", seconds=60)
        code = cloud.client("lambda").get_function(FunctionName=stack.physical["Project"])
        assert code["Configuration"]["CodeSize"] > 0

    def test_refused(self, cloud: Cloud, tmp_path: Path) -> None:
        """A stack that is refused is no verdict, and the reason is CloudFormation's."""
        broken = {"Events": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "x"}}}
        with pytest.raises(StageError, match=r"deploying .*template\.json|stack cqrs-3"):
            deploy(cloud, template(tmp_path, broken), "cqrs-3", seconds=60)

    def test_never_complete(
        self, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A stack that is never complete is given up after a while."""
        status = {"Stacks": [{"StackStatus": "CREATE_IN_PROGRESS"}]}
        client = cloud.client("cloudformation")
        monkeypatch.setattr(client, "describe_stacks", lambda **_: status)
        clock = FakeClock()
        with pytest.raises(StageError, match="still CREATE_IN_PROGRESS after 9 s"):
            deploy(cloud, template(tmp_path), "cqrs-4", seconds=9, clock=clock)
        assert sum(clock.waited) == pytest.approx(9, abs=0.5)

    def test_remove(self, cloud: Cloud, tmp_path: Path) -> None:
        """Nothing of a stack is left, not even the events that its template retains."""
        stack = deploy(cloud, template(tmp_path), "cqrs-5", seconds=60)
        cloud.client("s3").put_object(Bucket=stack.physical["Events"], Key="k", Body=b"x")
        remove(cloud, "cqrs-5", seconds=60)
        assert not {"cqrs-5", stack.physical["Events"]} & set(buckets(cloud))

    def test_remove_what_failed(self, cloud: Cloud, tmp_path: Path) -> None:
        """Of a stack that came to nothing its code is removed."""
        broken = {"Events": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "x"}}}
        with pytest.raises(StageError):
            deploy(cloud, template(tmp_path, broken), "cqrs-6", seconds=60)
        remove(cloud, "cqrs-6", seconds=60)
        assert "cqrs-6" not in buckets(cloud)


@dataclass
class Deployed:
    """A stack and what can be seen of it."""

    cloud: Cloud
    stack: Stack
    evidence: DeployedEvidence

    def store(self, key: str, document: dict[str, Any]) -> None:
        self.cloud.client("s3").put_object(
            Bucket=self.stack.physical["Events"], Key=key, Body=json.dumps(document).encode())

    def show(self, id: str) -> None:
        self.cloud.client("dynamodb").put_item(
            TableName=self.stack.physical["Views"], Item={"id": {"S": id}})

    def messages(self) -> list[dict[str, Any]]:
        found = self.cloud.client("sqs").receive_message(
            QueueUrl=self.stack.physical["Queue"], MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in found.get("Messages", [])]


@pytest.fixture(scope="module")
def deployed(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    read_ = template(tmp_path_factory.mktemp("deployed"))
    stack = deploy(cloud, read_, "cqrs-0", seconds=60)
    parts = Participants({"Project": Role.PROJECTION}, frozenset(), queued=False)
    return Deployed(cloud, stack, DeployedEvidence(cloud, stack, read_, CONTRACT, parts))


def stored(id: str, version: int) -> dict[str, Any]:
    return event((CREATED if version == 1 else UPDATED) | {"orderId": id}, version)


class TestEvidence:
    def test_capabilities(self, deployed: Deployed) -> None:
        """The capabilities of a stage follow from the resources of its stack."""
        evidence = deployed.evidence
        assert (evidence.capabilities, evidence.steps) == (
            {"log", "table", "bus"}, {Redeliver, Poison, Rebuild})

    def test_objects_of_a_play(self, deployed: Deployed) -> None:
        """A play's objects are those that name it, in their key or inside."""
        deployed.store("p1a/1.json", stored("p1a", 1))
        deployed.store("hidden", stored("p1b", 1))
        deployed.store("p2a/1.json", stored("p2a", 1))
        assert sorted(deployed.evidence.objects("p1")) == ["hidden", "p1a/1.json"]

    def test_changes_are_seen(self, deployed: Deployed) -> None:
        """An object that is overwritten or removed is seen to be."""
        deployed.store("c1a/1.json", stored("c1a", 1))
        deployed.store("c1a/2.json", stored("c1a", 2))
        deployed.evidence.objects("c1")
        deployed.store("c1a/1.json", {"orderId": "c1a"})
        deployed.cloud.client("s3").delete_object(
            Bucket=deployed.stack.physical["Events"], Key="c1a/2.json")
        assert deployed.evidence.objects("c1") == {"c1a/1.json": '{"orderId": "c1a"}'}

    def test_item(self, deployed: Deployed) -> None:
        """The item of an id is found, and no other."""
        deployed.show("i1a")
        assert [deployed.evidence.item(id) for id in ("i1a", "i1")] == [
            '{"id": {"S": "i1a"}}', None]

    def test_wipe(self, deployed: Deployed) -> None:
        """A play's items are removed, and nobody else's."""
        for id in ("w1a", "w1b", "w2a"):
            deployed.show(id)
        assert deployed.evidence.wipe("w1") == 2
        assert [deployed.evidence.item(id) is None for id in ("w1a", "w2a")] == [True, False]

    def test_publish(self, deployed: Deployed) -> None:
        """An entry goes to the targets of the rules that match it."""
        source, bus = deployed.evidence.event_origin()
        own, foreign = (BusEntry(s, "OrderCreated", "{}", bus=bus) for s in (source, "x"))
        assert [deployed.evidence.publish(entry) for entry in (own, foreign)] == [1, 0]

    def test_redeliver(self, deployed: Deployed) -> None:
        """A stored event reaches the projection's queue again, and whether it is late is told."""
        for version in (1, 2):
            deployed.store(f"r1a/{version}.json", stored("r1a", version))
        objects = deployed.evidence.objects("r1")
        told = [deployed.evidence.redeliver(objects, pick)[0] for pick in (0, 1)]
        assert [(d.function, d.again, d.late, d.ok) for d in told] == [
            ("Project", True, False, True), ("Project", True, True, True)]
        details = [message["detail"] for message in deployed.messages()]
        assert sorted(d["version"] for d in details if d.get("orderId") == "r1a") == [1, 2]

    def test_nothing_to_redeliver(self, deployed: Deployed) -> None:
        """Where nothing is stored nothing is delivered."""
        assert deployed.evidence.redeliver({}, 0) == ()
