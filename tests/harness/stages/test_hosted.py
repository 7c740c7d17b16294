"""Functions hosted by the harness on services behind HTTP: moto's own server stands for them."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
import pytest

from harness.aws.s3_chunks import plain
from harness.core.errors import StageError
from harness.core.faults import FaultKind
from harness.core.history import Called, Delivered, Published, Stored
from harness.core.scenario import Fault
from harness.entry import cli
from harness.stages.aws import leftovers
from harness.stages.controlled.stage import ControlledStage
from harness.stages.deployed.cloud import Cloud
from harness.stages.deployed.taken_names import NameTaken
from harness.stages.hosted.backend import HostedBackend
from harness.template import load
from tests.harness.playground import AS_PROCESS, HANDLERS, TEMPLATE, answer, run

PUBLISH = ("events.put_events(Entries=[{'Source': 'playground', 'DetailType': 'x', "
           "'Detail': '{\\\"a\\\": 1}', 'EventBusName': bus}])")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Services behind HTTP in a process of their own, on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen([sys.executable, "-m", "moto.server", "-p", str(port)],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _await(port, time.monotonic() + 60)
            yield f"http://127.0.0.1:{port}"
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


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The playground's template and code."""
    made = tmp_path_factory.mktemp("hosted")
    (made / "code").mkdir()
    (made / "code" / "handlers.py").write_text(HANDLERS, "utf-8")
    (made / "template.yaml").write_text(TEMPLATE, "utf-8")
    (made / "cqrs-conformance.toml").write_text(AS_PROCESS, "utf-8")
    return made


@pytest.fixture(scope="module")
def opened(endpoint: str, folder: Path) -> Iterator[ControlledStage]:
    backend = HostedBackend(endpoint, "hosted")
    with ControlledStage(load(folder), "/orders", backend) as stage:
        yield stage


@pytest.fixture
def stage(opened: ControlledStage) -> ControlledStage:
    opened.start(fresh=True, always_cold=False)
    return opened


def test_no_keys_of_the_user(
    endpoint: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An emulator gets keys that mean nothing, whatever the environment holds."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_PROFILE", "of-nobody")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    backend = HostedBackend(endpoint, "hosted")
    with ExitStack() as resources:
        backend.open(load(folder), resources)
        signers = {c._request_signer._credentials.access_key for c in backend._clients.values()}
    assert signers == {"test"}


def test_calls_are_recorded_and_have_their_effect(stage: ControlledStage) -> None:
    """Objects that a function stores are at the endpoint and in the history."""
    code = """
        s3.put_object(Bucket=bucket, Key="k", Body=b"text")
        answer = s3.get_object(Bucket=bucket, Key="k")["Body"].read().decode()
    """
    read = answer(stage, code)
    recorded = [r.operation for r in stage.records if isinstance(r, Called)]
    stored = [(r.key, r.text) for r in stage.records if isinstance(r, Stored)]
    assert (read, recorded, stored) == ("text", ["PutObject", "GetObject"], [("k", "text")])


def test_items(stage: ControlledStage) -> None:
    """An item is found by its key, and can be removed."""
    run(stage, "dynamodb.put_item(TableName=table, Item={'id': {'S': 'i'}, 'v': {'N': '1'}})")
    assert json.loads(stage.item("i") or "{}") == {"id": {"S": "i"}, "v": {"N": "1"}}


def test_events_arrive_by_a_queue(stage: ControlledStage) -> None:
    """An event goes through the endpoint's bus, and is delivered when the scenario says so."""
    run(stage, PUBLISH)
    waiting = stage.item("projected")
    stage.settle(final=True)
    published = [json.loads(r.detail) for r in stage.records if isinstance(r, Published)]
    delivered = [r.ok for r in stage.records if isinstance(r, Delivered)]
    assert (published, waiting, delivered) == ([{"a": 1}], None, [True])


def test_an_entry_that_no_rule_wants_is_not_waited_for(stage: ControlledStage) -> None:
    """It is published, and goes nowhere."""
    run(stage, PUBLISH.replace("'playground'", "'elsewhere'"))
    assert [r.targets for r in stage.records if isinstance(r, Published)] == [0]


def test_faults(stage: ControlledStage) -> None:
    """A fault that is armed hits a call on its way to the endpoint."""
    stage.arm(Fault("command", "PutObject", 0, FaultKind.ACCESS_DENIED, True))
    raised = answer(stage, "answer = attempt(s3.put_object, Bucket=bucket, Key='k', Body=b'x')")
    assert raised == "AccessDenied"


def test_a_refusal_of_the_endpoint_reaches_the_function(stage: ControlledStage) -> None:
    """Errors of services are passed on as they are."""
    put = "s3.put_object, Bucket=bucket, Key='once', Body=b'x', IfNoneMatch='*'"
    assert answer(stage, f"answer = [attempt({put}), attempt({put})]") == [
        None, "PreconditionFailed"]


def test_nothing_is_left(endpoint: str, folder: Path) -> None:
    """The resources of a run are removed with it."""
    other = folder / "other.yaml"
    other.write_text(TEMPLATE.replace("Name: playground", "Name: other"), "utf-8")
    with ControlledStage(load(other), "/orders", HostedBackend(endpoint, "hosted")) as stage:
        stage.start(fresh=True, always_cold=False)
        before = _everything(endpoint)
        run(stage, "s3.put_object(Bucket=bucket, Key='k', Body=b'x')")
    assert len(before) - len(_everything(endpoint)) == 5


def test_a_killed_run(endpoint: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Cleanup removes the resources of a killed run, and nothing else."""
    killed = folder / "killed.yaml"
    killed.write_text(TEMPLATE.replace("Name: playground", "Name: killed"), "utf-8")
    before = _everything(endpoint)
    stage = ControlledStage(load(killed), "/orders", HostedBackend(endpoint, "hosted")).open()
    left = [name for name in _everything(endpoint) if name not in before]
    cleanup = ["cleanup", "--endpoint-url", endpoint]
    codes = [cli.main(cleanup), cli.main([*cleanup, "--older-than", "0", "--dry-run"])]
    still = [name for name in _everything(endpoint) if name not in before]
    own = leftovers.own_stacks(Cloud(endpoint=endpoint, keys=("test", "test")))
    of_the_killed = next(own for own in own if "bus killed" in str(own))
    leftovers.remove_stack(Cloud(endpoint=endpoint, keys=("test", "test")), of_the_killed)
    gone = [name for name in left if name not in _everything(endpoint)]
    stage.close()
    told = capsys.readouterr().out
    assert (codes, still, gone) == ([0, 0], left, left)
    assert ("left: " in told, "would remove: " in told) == (True, True)


def _everything(endpoint: str) -> list[str]:
    """Names of all buckets, tables, queues, buses and rules there."""
    def client(service: str) -> Any:
        return boto3.client(service, endpoint_url=endpoint, region_name="us-east-1",
                            aws_access_key_id="testing", aws_secret_access_key="testing")

    buses = [b["Name"] for b in client("events").list_event_buses()["EventBuses"]]
    return [
        *(b["Name"] for b in client("s3").list_buckets()["Buckets"]),
        *client("dynamodb").list_tables()["TableNames"],
        *client("sqs").list_queues().get("QueueUrls", []),
        *buses,
    ]


def test_what_exists_already_is_not_touched(stage: ControlledStage, endpoint: str,
                                            folder: Path) -> None:
    """A resource of somebody else's under a name that is needed is an error."""
    with pytest.raises(NameTaken, match="event bus playground: exists already"):
        ControlledStage(load(folder), "/orders", HostedBackend(endpoint, "hosted")).open()


def test_nobody_there(folder: Path) -> None:
    """Without services there is no verdict."""
    backend = HostedBackend("http://127.0.0.1:9", "hosted")
    with pytest.raises(StageError, match=r"127\.0\.0\.1:9: a resource could not be created"):
        ControlledStage(load(folder), "/orders", backend).open()


class TestChunks:
    def test_taken_apart(self) -> None:
        """A body in chunks is put together, and its headers say so no more."""
        body = (b"5;chunk-signature=a\r\nhello\r\n6\r\n world\r\n"
                b"0\r\nx-amz-checksum-crc32:AA==\r\n\r\n")
        headers = {"X-Amz-Content-Sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
                   "Content-Encoding": "aws-chunked,gzip", "X-Amz-Decoded-Content-Length": "11",
                   "X-Amz-Trailer": "x-amz-checksum-crc32", "A": "b"}
        found, content = plain(headers, body)
        assert (content, found.get("Content-Encoding"), found.get("A")) == (
            b"hello world", "gzip", "b")

    def test_whole(self) -> None:
        """Any other body stays as it is."""
        headers = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
        assert plain(headers, b"5\r\nhello") == (headers, b"5\r\nhello")
