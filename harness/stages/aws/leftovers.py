"""What killed runs left on AWS, found by what only they have.

A stack of a run's own carries the tag ``cqrs-conformance`` with its own name as the value, and
what was made with it or beside it carries the same tag (CloudFormation passes a stack's tags on to
its resources: CloudFormation User Guide, "Resource tag"). A run on somebody else's stack has noted
its ids in a file; see ``own``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from botocore.exceptions import ClientError

from harness.stages.aws.own import Manifest, Removed, place_of, remove_own
from harness.stages.cloud import Cloud
from harness.stages.deploying import TAG, remove, remove_bucket
from harness.stages.deploying import read as read_stack
from harness.stages.remote.pool import side_by_side

NAME = re.compile(r"cqrs-[0-9a-f]{8}")
"""How runs name their stacks."""
REMOVAL_SECONDS = 900.0
WORKERS = 8


@dataclass
class Own:
    """What is left of one run's own stack: the stack itself, and buckets."""

    name: str
    created: datetime
    stack: bool = False
    buckets: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        parts = [f"stack {self.name}"] if self.stack else []
        return ", ".join([*parts, *(f"bucket {bucket}" for bucket in sorted(self.buckets))])


def own_stacks(cloud: Cloud) -> list[Own]:
    """What is left of runs' own stacks, by name."""
    found: dict[str, Own] = {}
    for name, created in _stacks(cloud):
        found[name] = Own(name, created, stack=True)
    for bucket, name, created in _buckets(cloud):
        found.setdefault(name, Own(name, created)).buckets.append(bucket)
    return sorted(found.values(), key=lambda own: own.name)


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


def remove_stack(cloud: Cloud, own: Own) -> None:
    """Remove what is left of a run's own stack.

    Raises:
        StageError: something of it is left; the reason says what.
    """
    if own.stack:
        remove(cloud, own.name, seconds=REMOVAL_SECONDS)
    for bucket in own.buckets:
        remove_bucket(cloud, bucket)


def manifests(folder: Path) -> list[Path]:
    """The files that runs left."""
    return sorted(folder.glob("*.jsonl"))


def belongs(manifest: Manifest, cloud: Cloud) -> bool:
    """Whether a run was where we are."""
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
