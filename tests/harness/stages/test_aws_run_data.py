"""A run removes its own data and that of killed runs, and nothing else."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from moto import mock_aws

from harness.core.errors import StageError
from harness.core.http import Request
from harness.entry import cli
from harness.stages.aws import leftovers
from harness.stages.aws.attached import template_of
from harness.stages.aws.options import Identity
from harness.stages.aws.run_data import (
    Manifest,
    ManifestError,
    Place,
    RecordingFrontDoor,
    Removed,
    place_of,
    remove_own,
)
from harness.stages.deployed.cloud import Cloud
from harness.stages.deployed.stack import TAG, Stack, read
from scenarios.domains.orders import CONTRACT
from tests.harness.far_away import Orders

TABLE = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
         "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
         "BillingMode": "PAY_PER_REQUEST"}
TEMPLATE = {
    "Parameters": {"Name": {"Type": "String"}},
    "Resources": {"Events": {"Type": "AWS::S3::Bucket"},
                  "Views": {"Type": "AWS::DynamoDB::Table", "Properties": TABLE}},
}
OURS, THEIRS = "Ab3xY9a", "Ab3xY9ab"
PLACE = Place("shop", "0123456789abcdef", "us-east-1", None, "2026-01-01T00:00:00+00:00")


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """An AWS of nobody's."""
    with mock_aws():
        yield Cloud(keys=("testing", "testing"))


def created(cloud: Cloud, name: str, tag: str | None = None) -> Stack:
    """A stack with a bucket and a table."""
    cloud.client("cloudformation").create_stack(
        StackName=name, TemplateBody=json.dumps(TEMPLATE),
        Parameters=[{"ParameterKey": "Name", "ParameterValue": "x"}],
        Tags=[{"Key": TAG, "Value": tag}] if tag else [])
    return read(cloud, name)


def put(cloud: Cloud, stack: Stack, key: str, content: Any) -> None:
    body = content if isinstance(content, str) else json.dumps(content)
    cloud.client("s3").put_object(Bucket=stack.physical["Events"], Key=key, Body=body)


def put_item(cloud: Cloud, stack: Stack, id: str) -> None:
    cloud.client("dynamodb").put_item(TableName=stack.physical["Views"], Item={"id": {"S": id}})


def keys(cloud: Cloud, stack: Stack) -> list[str]:
    """The keys of all versions in the stack's bucket."""
    found = cloud.client("s3").list_object_versions(Bucket=stack.physical["Events"])
    return sorted({v["Key"] for v in (*found.get("Versions", ()), *found.get("DeleteMarkers", ()))})


def items(cloud: Cloud, stack: Stack) -> list[str]:
    found = cloud.client("dynamodb").scan(TableName=stack.physical["Views"])["Items"]
    return sorted(item["id"]["S"] for item in found)


def manifest(cloud: Cloud, folder: Path, *ids: str) -> Manifest:
    begun = Manifest.begun(place_of(cloud, "shop"), folder)
    for id in ids:
        begun.add(id)
    return begun


class TestNoting:
    def test_before_it_is_sent(self, tmp_path: Path) -> None:
        """An id of a play is in the file when the request goes out."""
        begun = Manifest.begun(PLACE, tmp_path)
        noted: list[set[str]] = []

        class Door(Orders):
            def send(self, request: Request) -> Any:
                noted.append(Manifest.read(begun.path).ids)
                return super().send(request)

        front = RecordingFrontDoor(Door(), CONTRACT, begun)
        front.begin("Ab3xY9")
        front.send(Request("POST", "/orders", (), json.dumps({"orderId": OURS})))
        assert noted == [{OURS}]

    @pytest.mark.parametrize("body", [None, "[]", "{", '{"orderId": 5}', '{"orderId": "theirs"}'])
    def test_nobody_elses(self, tmp_path: Path, body: str | None) -> None:
        """An id without the namespace of a play is not the run's to remove."""
        begun = Manifest.begun(PLACE, tmp_path)
        front = RecordingFrontDoor(Orders(), CONTRACT, begun)
        front.begin("Ab3xY9")
        front.send(Request("POST", "/orders", (), body))
        assert begun.ids == set()

    def test_unwritable(self, tmp_path: Path) -> None:
        """Where nothing can be noted nothing is sent."""
        (tmp_path / "runs").write_text("", "utf-8")
        with pytest.raises(StageError, match="cannot be written"):
            Manifest.begun(PLACE, tmp_path / "runs")


class TestManifest:
    def test_cut_off(self, tmp_path: Path) -> None:
        """A run that was killed while it wrote loses no more than its last line."""
        begun = Manifest.begun(PLACE, tmp_path)
        begun.add("one")
        with begun.path.open("a", encoding="utf-8") as file:
            file.write('"tw')
        assert Manifest.read(begun.path).ids == {"one"}

    @pytest.mark.parametrize("text", ["", "{}", "[1]", "x", '{"stack": "shop"}\n'])
    def test_something_else(self, tmp_path: Path, text: str) -> None:
        """A file that no run left is said to be none."""
        (tmp_path / "x.jsonl").write_text(text, "utf-8")
        with pytest.raises(ManifestError, match="not what a run leaves"):
            Manifest.read(tmp_path / "x.jsonl")


class TestRemoval:
    def test_objects(self, cloud: Cloud, tmp_path: Path) -> None:
        """Objects about the run's aggregates go, all versions; those of others stay."""
        stack = created(cloud, "shop")
        own = manifest(cloud, tmp_path, OURS)
        cloud.client("s3").put_bucket_versioning(
            Bucket=stack.physical["Events"], VersioningConfiguration={"Status": "Enabled"})
        for key in (f"{OURS}/1.json", f"orders%2F{OURS}/1.json", f"{OURS}/1.json"):
            put(cloud, stack, key, "not JSON")
        put(cloud, stack, "0001.json", {"type": "OrderCreated", "orderId": OURS})
        others = {f"{THEIRS}/1.json": {"orderId": THEIRS}, "index.json": {"ids": [OURS, THEIRS]},
                  "0002.json": {"orderId": THEIRS}, "text.txt": f"about {OURS}"}
        for key, content in others.items():
            put(cloud, stack, key, content)
        removed = remove_own(cloud, stack, own)
        assert (keys(cloud, stack), removed) == (sorted(others), Removed(4, 0))

    def test_older_than_the_run(self, cloud: Cloud, tmp_path: Path) -> None:
        """Data that existed before the run is not the run's."""
        stack = created(cloud, "shop")
        put(cloud, stack, f"{OURS}/1.json", {})
        later = datetime.now(UTC) + timedelta(hours=1)
        place = Place("shop", "x", "us-east-1", None, later.isoformat())
        remove_own(cloud, stack, Manifest(tmp_path / "x", place, {OURS}))
        assert keys(cloud, stack) == [f"{OURS}/1.json"]

    def test_items(self, cloud: Cloud, tmp_path: Path) -> None:
        """Items go by their whole key."""
        stack = created(cloud, "shop")
        for id in (OURS, THEIRS):
            put_item(cloud, stack, id)
        removed = remove_own(cloud, stack, manifest(cloud, tmp_path, OURS, "Ab3xY9"))
        assert (items(cloud, stack), removed) == ([THEIRS], Removed(0, 1))


class TestAttached:
    def test_template(self, cloud: Cloud) -> None:
        """The template comes from CloudFormation, with the stack's own parameters."""
        created(cloud, "shop")
        found = template_of(cloud, "shop")
        assert (found.buckets, found.tables, found.parameters) == (
            ("Events",), ("Views",), {"Name": "x"})

    def test_not_usable(self, cloud: Cloud) -> None:
        """A stack that is not complete is not judged."""
        created(cloud, "shop")
        described = {"Stacks": [{"StackStatus": "ROLLBACK_COMPLETE"}]}
        with (mock.patch.object(cloud.client("cloudformation"), "describe_stacks",
                                return_value=described),
              pytest.raises(StageError, match="is ROLLBACK_COMPLETE")):
            template_of(cloud, "shop")


class TestCleanup:
    @pytest.fixture
    def clean(
        self, cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> Any:
        """The command, in a folder of its own."""
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(Identity, "cloud", lambda _: cloud)

        def run(*arguments: str) -> tuple[int, str]:
            code = cli.main(["cleanup", "--endpoint-url", "http://127.0.0.1:1", *arguments])
            told = capsys.readouterr()
            return code, told.out + told.err

        return run

    def tagged_bucket(self, cloud: Cloud, name: str, value: str) -> None:
        s3 = cloud.client("s3")
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="code", Body=b"x")
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": TAG, "Value": value}]})

    def left(self, cloud: Cloud) -> tuple[list[str], list[str]]:
        """Names of stacks, and of buckets beside them."""
        stacks = cloud.client("cloudformation").describe_stacks()["Stacks"]
        buckets = cloud.client("s3").list_buckets()["Buckets"]
        return (sorted(s["StackName"] for s in stacks),
                sorted(b["Name"] for b in buckets if "-events-" not in b["Name"]))

    def test_own_only(self, cloud: Cloud, clean: Any) -> None:
        """Stacks and buckets with a run's tag go; others' stay, whatever their names and tags."""
        created(cloud, "cqrs-0000000a", "cqrs-0000000a")
        created(cloud, "cqrs-0000000b")
        created(cloud, "shop", "cqrs-0000000a")
        self.tagged_bucket(cloud, "cqrs-0000000a", "cqrs-0000000a")
        self.tagged_bucket(cloud, "kept-by-the-template", "cqrs-0000000c")
        self.tagged_bucket(cloud, "somebodys", "ours")
        cloud.client("s3").create_bucket(Bucket="cqrs-0000000d")
        code, _ = clean("--older-than", "0")
        assert (code, self.left(cloud)) == (
            0, (["cqrs-0000000b", "shop"], ["cqrs-0000000d", "somebodys"]))

    def test_dry_run(self, cloud: Cloud, clean: Any) -> None:
        """A dry run says what it would remove, and removes nothing."""
        created(cloud, "cqrs-0000000a", "cqrs-0000000a")
        self.tagged_bucket(cloud, "cqrs-0000000a", "cqrs-0000000a")
        before = self.left(cloud)
        assert clean("--older-than", "0", "--dry-run") == (
            0, "would remove: stack cqrs-0000000a, bucket cqrs-0000000a\n")
        assert self.left(cloud) == before

    def test_young(self, cloud: Cloud, clean: Any) -> None:
        """Data that may belong to a running run stays."""
        created(cloud, "cqrs-0000000a", "cqrs-0000000a")
        code, told = clean()
        assert (code, "only 0.0 hours old" in told, self.left(cloud)) == (
            0, True, (["cqrs-0000000a"], []))

    def test_data(self, cloud: Cloud, clean: Any, tmp_path: Path) -> None:
        """Data that a killed run left on another stack is removed, with its manifest."""
        stack = created(cloud, "shop")
        manifest(cloud, tmp_path / ".cqrs-conformance/runs", OURS)
        put(cloud, stack, f"{OURS}/1.json", {})
        put_item(cloud, stack, OURS)
        put_item(cloud, stack, THEIRS)
        code, told = clean("--older-than", "0")
        assert (code, told, keys(cloud, stack), items(cloud, stack)) == (
            0, "removed: data of 1 aggregates on stack shop (1 versions of objects, 1 items)\n",
            [], [THEIRS])
        assert clean("--older-than", "0") == (0, "nothing to remove\n")

    def test_a_stack_made_anew(self, cloud: Cloud, clean: Any, tmp_path: Path) -> None:
        """A stack that only has the name of the run's is not touched."""
        created(cloud, "shop")
        manifest(cloud, tmp_path / ".cqrs-conformance/runs", OURS)
        cloud.client("cloudformation").delete_stack(StackName="shop")
        stack = created(cloud, "shop")
        put_item(cloud, stack, OURS)
        clean("--older-than", "0")
        assert (items(cloud, stack), leftovers.manifests(tmp_path / ".cqrs-conformance/runs")) == (
            [OURS], [])

    def test_elsewhere(self, clean: Any, tmp_path: Path) -> None:
        """A run in another region is left to a cleanup there."""
        place = Place("shop", "x", "eu-west-1", None, "2026-01-01T00:00:00+00:00")
        Manifest.begun(place, tmp_path / ".cqrs-conformance/runs")
        code, told = clean()
        assert (code, "of a run in another region" in told) == (0, True)

    def test_not_a_note(self, clean: Any, tmp_path: Path) -> None:
        """A file that cannot be read is told, and the rest is done."""
        folder = tmp_path / ".cqrs-conformance/runs"
        folder.mkdir(parents=True)
        (folder / "x.jsonl").write_text("x", "utf-8")
        code, told = clean()
        assert (code, "NOT removed" in told, "Traceback" in told) == (3, True, False)

    @pytest.mark.parametrize("arguments", [("--older-than", "-1"), ("--account", "12")])
    def test_mistakes(self, clean: Any, arguments: tuple[str, ...]) -> None:
        """A mistake is told before anything is looked at."""
        assert clean(*arguments)[0] == 2
