"""The data that a run wrote on a stack that others use as well, and its removal.

Every id that the run sends carries the random namespace of its play. The ids are kept in a file
before they are sent, so that a run that is killed can be cleaned up after. Data is the run's own
if it is about one of those ids, and younger than the run: an item whose partition key is the id;
an object with the id as a part of its key, or whose JSON names the id in a member of its own. What
only mentions it among others (an index of all orders, say) is not.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Self
from urllib.parse import unquote

from harness.core.compression import as_text
from harness.core.contract import Contract
from harness.core.errors import HarnessError, StageError
from harness.core.http import Request, Response
from harness.core.json_values import parse_object
from harness.stages.deployed.cloud import Cloud
from harness.stages.deployed.front_door import FrontDoor
from harness.stages.deployed.pool import side_by_side
from harness.stages.deployed.stack import BUCKET, Stack

FOLDER = Path(".cqrs-conformance/runs")
TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
SKEW = timedelta(minutes=5)
"""How much another clock may be behind ours."""
AT_ONCE = 1000
"""Objects that DeleteObjects takes."""
WORKERS = 8
LARGEST = 1_000_000
"""Bytes of an object that is looked into; no event is larger."""
PART = re.compile(r"[A-Za-z0-9._-]+")


class ManifestError(HarnessError):
    """The file that a run left about its data cannot be used."""


@dataclass(frozen=True, slots=True)
class Place:
    """A stack that a run is attached to. ``identity`` tells it from one that is made anew.

    It is a hash, since a stack's id holds the account.
    """

    stack: str
    identity: str
    region: str
    endpoint: str | None
    started: str

    @property
    def since(self) -> datetime:
        """From when on data may be the run's."""
        return datetime.fromisoformat(self.started) - SKEW


def place_of(cloud: Cloud, stack_name: str) -> Place:
    """The stack as it is now, for a run that starts now."""
    stacks = cloud.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    identity = hashlib.sha256(str(stacks[0]["StackId"]).encode()).hexdigest()[:16]
    return Place(stack_name, identity, cloud.region, cloud.endpoint, datetime.now(UTC).isoformat())


class Manifest:
    """The ids that a run sends: in a file, one a line after its place. Safe to use from threads."""

    def __init__(self, path: Path, place: Place, ids: Iterable[str] = ()) -> None:
        self.path, self.place = path, place
        self.ids = set(ids)
        self._lock = threading.Lock()

    @classmethod
    def begun(cls, place: Place, folder: Path = FOLDER) -> Self:
        """A new one.

        Raises:
            StageError: it cannot be written, so nothing must be sent.
        """
        name = f"{place.started[:19].replace(':', '')}-{secrets.token_hex(4)}.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(json.dumps(asdict(place)) + "\n", "utf-8")
        except OSError as error:
            raise _unwritable(folder, error) from None
        return cls(folder / name, place)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The one in a file; a last line that was cut off is left out.

        Raises:
            ManifestError: it is none.
        """
        try:
            head, *lines = path.read_text("utf-8").splitlines()
            place = Place(**json.loads(head))
            place.since  # noqa: B018  # it raises if that is no date
            return cls(path, place, filter(None, map(_id, lines)))
        except (OSError, ValueError, TypeError) as error:
            raise ManifestError(
                str(path), f"not what a run leaves ({error})", "see what it is, and delete it"
            ) from None

    def add(self, id: str) -> None:
        """Keep an id that is about to be sent."""
        with self._lock:
            if id in self.ids:
                return
            try:
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(id) + "\n")
            except OSError as error:
                raise _unwritable(self.path, error) from None
            self.ids.add(id)

    def done(self) -> None:
        """Nothing is left of the run."""
        self.path.unlink(missing_ok=True)


def _id(line: str) -> str | None:
    try:
        return str(json.loads(line))
    except ValueError:
        return None


def _unwritable(path: Path, error: OSError) -> StageError:
    return StageError(str(path), f"cannot be written: {error.strerror or error}",
                      "run where you may write: what a run leaves is noted there")


class RecordingFrontDoor:
    """A front door that keeps the ids it sends, if they are the run's own."""

    def __init__(self, front: FrontDoor, contract: Contract, manifest: Manifest) -> None:
        self._front, self._member, self._manifest = front, contract.id_member, manifest
        self._namespaces: list[str] = []

    @property
    def address(self) -> str:
        """See ``FrontDoor``."""
        return self._front.address

    def begin(self, namespace: str) -> None:
        """A play begins, whose ids carry this namespace."""
        self._namespaces.append(namespace)

    def send(self, request: Request) -> Response:
        """See ``FrontDoor``."""
        id = (parse_object(request.body) or {}).get(self._member)
        if isinstance(id, str) and any(namespace in id for namespace in self._namespaces):
            self._manifest.add(id)
        return self._front.send(request)

    def close(self) -> None:
        """See ``FrontDoor``."""
        self._front.close()


@dataclass(frozen=True, slots=True)
class Removed:
    """How many versions of objects and how many items were removed, or would be."""

    objects: int
    items: int


def remove_own(
    cloud: Cloud, stack: Stack, manifest: Manifest, *, dry_run: bool = False
) -> Removed:
    """Remove a run's data from a stack: objects first, since items are made of them."""
    buckets = [stack.physical[name] for name in stack.of(BUCKET) if name in stack.physical]
    objects = sum(_remove_objects(cloud, bucket, manifest, dry_run) for bucket in buckets)
    items = 0 if dry_run else remove_items(cloud, tables_of(stack), manifest.ids)
    return Removed(objects, items)


def tables_of(stack: Stack) -> list[str]:
    """The tables of a stack."""
    ids = [name for type_ in TABLES for name in stack.of(type_)]
    return [stack.physical[name] for name in ids if name in stack.physical]


def _remove_objects(cloud: Cloud, bucket: str, manifest: Manifest, dry_run: bool) -> int:
    young = _versions(cloud, bucket, manifest.place.since)
    jobs = [partial(_is_own, cloud, bucket, key, manifest.ids) for key in young]
    own = [key for key, is_own in zip(young, side_by_side(jobs, WORKERS), strict=True) if is_own]
    versions = [{"Key": key, "VersionId": version} for key in own for version in young[key]]
    for at in range(0, 0 if dry_run else len(versions), AT_ONCE):
        batch = versions[at : at + AT_ONCE]
        answer = cloud.client("s3").delete_objects(
            Bucket=bucket, Delete={"Objects": batch, "Quiet": True})
        if answer.get("Errors"):
            first = answer["Errors"][0]
            raise StageError(f"bucket {bucket}", f"keeps {len(answer['Errors'])} objects of the "
                             f"run: {first.get('Code')}", "see docs/aws.md for the permissions")
    return len(versions)


def _versions(cloud: Cloud, bucket: str, since: datetime) -> dict[str, list[str]]:
    """The versions, by key, of what was written since then; a bucket without versions has one."""
    found: dict[str, list[str]] = {}
    for page in cloud.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket):
        for entry in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            if entry["LastModified"] >= since:
                found.setdefault(entry["Key"], []).append(entry["VersionId"])
    return found


def _is_own(cloud: Cloud, bucket: str, key: str, ids: set[str]) -> bool:
    if any(part in ids for part in PART.findall(unquote(key))):
        return True
    s3 = cloud.client("s3")
    try:
        found = s3.get_object(Bucket=bucket, Key=key)
    except s3.exceptions.NoSuchKey:  # all that is left of it is a delete marker
        return False
    if found["ContentLength"] > LARGEST:
        return False
    members = parse_object(as_text(found["Body"].read())) or {}
    return any(value in ids for value in members.values() if isinstance(value, str))


def remove_items(cloud: Cloud, tables: Sequence[str], ids: Iterable[str]) -> int:
    """Remove the items whose partition key is one of those ids; gives their number."""
    wanted = list(ids)
    jobs: list[Callable[[], int]] = []
    for table in tables:
        described = cloud.client("dynamodb").describe_table(TableName=table)["Table"]
        kinds = {a["AttributeName"]: a["AttributeType"] for a in described["AttributeDefinitions"]}
        by_kind = sorted(described["KeySchema"], key=lambda key: str(key["KeyType"]))
        names = [key["AttributeName"] for key in by_kind]  # HASH before RANGE
        if kinds[names[0]] == "S":
            jobs += [partial(_remove_item, cloud, table, names, id) for id in wanted]
    return sum(side_by_side(jobs, WORKERS))


def _remove_item(cloud: Cloud, table: str, names: Sequence[str], id: str) -> int:
    client = cloud.client("dynamodb")
    pages = client.get_paginator("query").paginate(
        TableName=table, ConsistentRead=True, KeyConditionExpression="#key = :id",
        ExpressionAttributeNames={"#key": names[0]},
        ExpressionAttributeValues={":id": {"S": id}})
    items = [item for page in pages for item in page["Items"]]
    for item in items:
        client.delete_item(TableName=table, Key={name: item[name] for name in names})
    return len(items)
