"""Resources that killed runs left on AWS, found by marks that only they have.

A stack of a run's own carries the tag ``cqrs-conformance`` with its own name as the value, and
what was made with it or beside it carries the same tag (CloudFormation passes a stack's tags on to
its resources: CloudFormation User Guide, "Resource tag"). So does what a run made without a stack,
for functions that it hosted itself, at an emulator. A run on somebody else's stack has noted its
ids in a file; see ``own``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from botocore.exceptions import ClientError

from harness.stages.aws.run_data import Manifest, Removed, place_of, remove_own
from harness.stages.deployed.cloud import Cloud
from harness.stages.deployed.pool import side_by_side
from harness.stages.deployed.stack import TAG, remove, remove_bucket
from harness.stages.deployed.stack import read as read_stack

NAME = re.compile(r"cqrs-[0-9a-f]{8}")
"""How runs name their stacks."""
REMOVAL_SECONDS = 900.0
WORKERS = 8


@dataclass(frozen=True, slots=True)
class Other:
    """A resource that a run made without a stack."""

    kind: str
    name: str


@dataclass
class RunLeftovers:
    """The leftovers of one run: its stack, its buckets, and resources without a stack."""

    name: str
    created: datetime
    stack: bool = False
    buckets: list[str] = field(default_factory=list)
    others: list[Other] = field(default_factory=list)

    def __str__(self) -> str:
        parts = [f"stack {self.name}"] if self.stack else []
        return ", ".join([*parts, *(f"bucket {bucket}" for bucket in sorted(self.buckets)),
                          *(f"{other.kind} {other.name}" for other in self.others)])


def own_stacks(cloud: Cloud) -> list[RunLeftovers]:
    """The leftovers of runs' own stacks, by name."""
    found: dict[str, RunLeftovers] = {}
    for name, created in _stacks(cloud):
        found[name] = RunLeftovers(name, created, stack=True)
    for bucket, name, created in _buckets(cloud):
        found.setdefault(name, RunLeftovers(name, created)).buckets.append(bucket)
    for other, name, moment in _others(cloud) if cloud.endpoint else ():
        own = found.setdefault(name, RunLeftovers(name, moment or datetime.fromtimestamp(0, UTC)))
        if not own.stack:  # a stack's resources go with it
            own.others.append(other)
    return sorted(found.values(), key=lambda own: own.name)


def _others(cloud: Cloud) -> Iterator[tuple[Other, str, datetime | None]]:
    """Resources with a run's tag, that run's name, and their age where it is known."""
    for other, tags, created in (*_queues(cloud), *_tables(cloud), *_buses(cloud)):
        owner = tags.get(TAG, "")
        if NAME.fullmatch(owner):
            yield other, owner, created


Tagged = tuple[Other, dict[str, str], datetime | None]


def _queues(cloud: Cloud) -> Iterator[Tagged]:
    client = cloud.client("sqs")
    for page in client.get_paginator("list_queues").paginate():
        for url in page.get("QueueUrls", ()):
            asked = client.get_queue_attributes(QueueUrl=url, AttributeNames=["CreatedTimestamp"])
            created = datetime.fromtimestamp(float(asked["Attributes"]["CreatedTimestamp"]), UTC)
            yield Other("queue", url), client.list_queue_tags(QueueUrl=url).get("Tags", {}), created


def _tables(cloud: Cloud) -> Iterator[Tagged]:
    client = cloud.client("dynamodb")
    for page in client.get_paginator("list_tables").paginate():
        for name in page["TableNames"]:
            table = client.describe_table(TableName=name)["Table"]
            tags = client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
            yield Other("table", name), _read(tags), table["CreationDateTime"]


def _buses(cloud: Cloud) -> Iterator[Tagged]:
    """Buses, and rules of the default bus, which is nobody's own."""
    client = cloud.client("events")
    found = [("rule", rule["Name"], rule["Arn"]) for rule in client.list_rules()["Rules"]]
    found += [("bus", bus["Name"], bus["Arn"]) for bus in client.list_event_buses()["EventBuses"]
              if bus["Name"] != "default"]
    for kind, name, arn in found:
        tags = client.list_tags_for_resource(ResourceARN=arn)["Tags"]
        yield Other(kind, name), _read(tags), None


def _read(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _remove_other(cloud: Cloud, other: Other) -> None:
    match other.kind:
        case "queue":
            cloud.client("sqs").delete_queue(QueueUrl=other.name)
        case "table":
            cloud.client("dynamodb").delete_table(TableName=other.name)
        case "rule":
            _remove_rule(cloud, "default", other.name)
        case "bus":
            for rule in cloud.client("events").list_rules(EventBusName=other.name)["Rules"]:
                _remove_rule(cloud, other.name, rule["Name"])
            cloud.client("events").delete_event_bus(Name=other.name)


def _remove_rule(cloud: Cloud, bus: str, rule: str) -> None:
    client = cloud.client("events")
    named = {"Rule": rule, "EventBusName": bus}
    targets = [target["Id"] for target in client.list_targets_by_rule(**named)["Targets"]]
    if targets:
        client.remove_targets(**named, Ids=targets)
    client.delete_rule(Name=rule, EventBusName=bus)


def _stacks(cloud: Cloud) -> Iterator[tuple[str, datetime]]:
    for page in cloud.client("cloudformation").get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", ())}
            name = stack["StackName"]
            gone = stack["StackStatus"] == "DELETE_COMPLETE"
            if tags.get(TAG) == name and NAME.fullmatch(name) and not gone:
                yield name, stack["CreationTime"]


def _buckets(cloud: Cloud) -> Iterator[tuple[str, str, datetime]]:
    """Bucket, the run's name in its tag, and when it was created."""
    listed = cloud.client("s3").list_buckets()["Buckets"]
    jobs = [partial(_owner, cloud, bucket["Name"]) for bucket in listed]
    for bucket, owner in zip(listed, side_by_side(jobs, WORKERS), strict=True):
        if owner is not None:
            yield bucket["Name"], owner, bucket["CreationDate"]


def _owner(cloud: Cloud, bucket: str) -> str | None:
    """The run whose bucket it is; none of ours if its tags are nobody's business of ours."""
    s3 = cloud.client("s3")
    try:
        tags = {tag["Key"]: tag["Value"]
                for tag in s3.get_bucket_tagging(Bucket=bucket)["TagSet"]}
        owner = tags.get(TAG, "")
        if not NAME.fullmatch(owner):
            return None
        region = s3.get_bucket_location(Bucket=bucket).get("LocationConstraint") or "us-east-1"
    except ClientError:  # no tags at all, or not ours to read
        return None
    return owner if region == cloud.region else None


def remove_stack(cloud: Cloud, own: RunLeftovers) -> None:
    """Remove what is left of a run's own stack.

    Raises:
        StageError: something of it is left; the reason says what.
    """
    if own.stack:
        remove(cloud, own.name, seconds=REMOVAL_SECONDS)
    for bucket in own.buckets:
        remove_bucket(cloud, bucket)
    for other in own.others:
        _remove_other(cloud, other)


def manifests(folder: Path) -> list[Path]:
    """The files that runs left."""
    return sorted(folder.glob("*.jsonl"))


def belongs(manifest: Manifest, cloud: Cloud) -> bool:
    """Tell if a run was where we are."""
    place = manifest.place
    return (place.region, place.endpoint) == (cloud.region, cloud.endpoint)


def remove_data(cloud: Cloud, manifest: Manifest, *, dry_run: bool) -> Removed:
    """Remove what a run left on somebody else's stack; nothing, if that is not there any more."""
    name = manifest.place.stack
    try:
        same = place_of(cloud, name).identity == manifest.place.identity
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        same = False
    stack = read_stack(cloud, name) if same else None
    removed = Removed(0, 0) if stack is None else remove_own(
        cloud, stack, manifest, dry_run=dry_run)
    if not dry_run:
        manifest.done()
    return removed
