"""The audit of a live stack: its bucket and its table, behind HTTP on moto's own server."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.audit import live
from harness.audit.findings import Finding, Found
from harness.audit.settled import settled
from harness.core.clock import FakeClock
from harness.entry.cli import main
from harness.stages.deployed.cloud import Cloud
from tests.harness.audit.documents import kinds
from tests.harness.audit.test_inventory import inventory

REFERENCE = Path(__file__).parents[3] / "reference_impl" / "template.yaml"
KEY = {"AttributeName": "id"}
STORES = {"Resources": {
    "EventBucket": {"Type": "AWS::S3::Bucket"},
    "ReadModelTable": {"Type": "AWS::DynamoDB::Table", "Properties": {
        "AttributeDefinitions": [{**KEY, "AttributeType": "S"}],
        "KeySchema": [{**KEY, "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}}}}


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """Services behind HTTP in a process of their own, on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _await(port, time.monotonic() + 60)
            yield Cloud(endpoint=f"http://127.0.0.1:{port}", keys=("test", "test"))
        finally:
            server.kill()


def _await(port: int, end: float) -> None:
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError


class Stack:
    """A stack with a bucket and a table, and the audit of it."""

    def __init__(self, cloud: Cloud, name: str, folder: Path) -> None:
        self._cloud, self._name, self._report = cloud, name, folder / "report.json"
        cloud.client("cloudformation").create_stack(
            StackName=name, TemplateBody=json.dumps(STORES))
        found = cloud.client("cloudformation").list_stack_resources(StackName=name)
        self._places = {each["LogicalResourceId"]: each["PhysicalResourceId"]
                        for each in found["StackResourceSummaries"]}

    @property
    def bucket(self) -> str:
        """The name of its event bucket."""
        return str(self._places["EventBucket"])

    def event(self, id: str, version: int, **members: Any) -> None:
        kind = "OrderCreated" if version == 1 else "OrderDeleted"
        own = {"customer": "x", "createdAt": "2026-01-01T00:00:00Z"} if version == 1 else {}
        self.put(f"{id}/{version}", json.dumps({
            "type": kind, "orderId": id, "version": version, "eventId": f"{id}-{version}", **own,
            **members}))

    def put(self, key: str, text: str) -> None:
        self._cloud.client("s3").put_object(
            Bucket=self._places["EventBucket"], Key=key, Body=text.encode())

    def item(self, id: str, **attributes: Any) -> None:
        self._cloud.client("dynamodb").put_item(
            TableName=self._places["ReadModelTable"], Item={"id": {"S": id}, **attributes})

    def view(self, id: str, customer: str = "x") -> None:
        self.item(id, version={"N": "1"}, view={"M": {
            "orderId": {"S": id}, "customer": {"S": customer},
            "createdAt": {"S": "2026-01-01T00:00:00Z"}}})

    def audit(self, *more: str) -> tuple[int, list[tuple[str, str]]]:
        self._report.unlink(missing_ok=True)
        code = main(["audit", "--stack-name", self._name, "--template", str(REFERENCE),
                     "--endpoint-url", str(self._cloud.endpoint), "--again-seconds", "0.01",
                     "--report-json", str(self._report), *more])
        return code, kinds(self._report) if self._report.exists() else []


@pytest.fixture
def stack(cloud: Cloud, tmp_path: Path) -> Stack:
    return Stack(cloud, f"shop-{tmp_path.name.replace('_', '-')}", tmp_path)


def test_a_right_stack_has_no_findings(stack: Stack) -> None:
    """A tombstone, a mark of an idempotent projection and an unfinished creation are none."""
    stack.event("a", 1)
    stack.view("a")
    stack.event("b", 1)
    stack.event("b", 2)
    stack.item("b", version={"N": "2"}, deleted={"BOOL": True})
    stack.item("mark#a-1", orderId={"S": "a"}, type={"S": "OrderCreated"}, ttl={"N": "1"},
               customer={"S": "x"})
    assert stack.audit() == (0, [])


class TestInventory:
    @pytest.fixture
    def listed(self, stack: Stack, tmp_path: Path) -> str:
        """An inventory that was made when the stack had one event."""
        folder = tmp_path / "inventory"
        folder.mkdir()
        stack.event("a", 1)
        stack.view("a")
        inventory(folder, ['"x","a/1","","true","false","9"'], sourceBucket=stack.bucket)
        return str(folder)

    def test_in_place_of_a_listing(
        self, stack: Stack, listed: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(live, "_listed_now", None)
        assert stack.audit("--inventory", listed) == (0, [])

    def test_what_came_later_is_listed_again(self, stack: Stack, listed: str) -> None:
        """Events that the inventory does not have yet are found before anything is blamed."""
        stack.event("a", 2)
        stack.item("a", version={"N": "2"}, deleted={"BOOL": True})
        stack.event("b", 1)
        stack.view("b")
        stack.view("c")
        assert stack.audit("--inventory", listed) == (1, [("orphan-view", "c")])

    def test_of_another_bucket(
        self, stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        inventory(tmp_path, [], sourceBucket="other")
        assert stack.audit("--inventory", str(tmp_path))[0] == 2
        assert "it lists bucket other; give one of the event bucket" in capsys.readouterr().err


def test_each_damage_is_named(stack: Stack) -> None:
    for id in ("a", "b", "c", "d"):
        stack.event(id, 1)
    stack.view("a", "another")
    stack.event("b", 2)
    stack.view("b")
    stack.event("d", 3)
    stack.put("notes", "no event")
    stack.view("e")
    assert stack.audit("--segments", "2", "--rate", "1000") == (1, [
        ("foreign-object", ""), ("wrong-view", "a"), ("deleted-shown", "b"),
        ("missing-view", "c"), ("gap", "d"), ("orphan-view", "e")])


def test_what_is_put_right_meanwhile_is_no_finding(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.event("a", 1)
    pieces = live.Stores.pieces
    readings = []

    def read(self: live.Stores, segments: int) -> Any:
        readings.append(segments)
        if len(readings) == 2:
            stack.view("a")
        return pieces(self, segments)

    monkeypatch.setattr(live.Stores, "pieces", read)
    assert (stack.audit(), len(readings)) == ((0, []), 2)


def test_another_machine_has_to_be_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["audit", "--stack-name", "x", "--endpoint-url", "http://10.9.9.9:1"])
    assert (code, "--allow-host 10.9.9.9" in capsys.readouterr().err) == (2, True)


def test_what_keeps_changing_is_no_finding() -> None:
    """Only what two readings show alike counts."""
    lasting = Found(Finding.GAP, "a", {"versions": [2]})
    shown = iter(range(100))

    def read(aggregates: Any) -> list[Found]:
        return [Found(Finding.STALE_VIEW, "b", {"version": next(shown)}),
                *([lasting] if "a" in aggregates else [])]

    clock = FakeClock()
    found = settled(read("ab"), read, clock, 3.0)
    assert (found.findings, found.moving, clock.waited) == ((lasting,), ("b",), [3.0] * 4)
