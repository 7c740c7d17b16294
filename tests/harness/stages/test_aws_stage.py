"""The stage ``aws`` as its users have it, with MiniStack in the place of AWS."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.contract_registry import reference_template
from harness.entry import stage_options as opening
from harness.stages.deployed.cloud import Cloud
from harness.stages.deployed.ministack import MiniStack
from harness.stages.deployed.stack import Stack, deploy
from harness.stages.options import StageOptions
from harness.template import load
from scenarios.domains.orders import CONTRACT
from tests.systems.building import ROOM

REFERENCE = reference_template(CONTRACT)
FAST = ("--requirement", "API-01", "--seed", "1")
THEIRS = {"type": "OrderCreated", "orderId": "theirs", "version": 1, "eventId": "x"}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "cqrs_conformance", "run", "--stage", "aws", *arguments]


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(command(*arguments), cwd=folder, capture_output=True, text=True,
                          check=False, env=_without_credentials())
    return done.returncode, done.stdout + done.stderr


def _without_credentials() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull,
                   "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


class TestBeforeAnything:
    @pytest.mark.parametrize(("arguments", "code", "message"), [
        ((), 2, "ERROR: --stage aws: give either --stack-name NAME"),
        (("--deploy",), 2, "ERROR: AWS: give --account"),
        (("--deploy", "--account", "111122223333", "--aws-profile", "nobody"), 2, "nobody"),
        (("--deploy", "--account", "111122223333", "--region", "eu-west-1",
          "--role", "arn:aws:iam::111122223333:role/ci"), 3, "no verdict: AWS credentials"),
    ])
    def test_told(
        self, tmp_path: Path, arguments: tuple[str, ...], code: int, message: str
    ) -> None:
        """One sentence says what is missing; there is no traceback and no verdict."""
        ended, told = run(tmp_path, *arguments, *FAST)
        assert (ended, message in told, "Traceback" in told) == (code, True, False)

    def test_shown(self) -> None:
        """The command that shows a failure again names the place and the caller."""
        given = StageOptions(
            stack_name="shop", region="eu-west-1", role="arn:aws:iam::111122223333:role/ci",
            account=("111122223333",))
        assert " ".join(opening.repeated(given)) == (
            "--stack-name shop --role arn:aws:iam::111122223333:role/ci --region eu-west-1 "
            "--account 111122223333")


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """The server that stands for AWS."""
    started = MiniStack().start()
    yield started.cloud
    started.close()


@pytest.fixture(scope="module")
def shop(cloud: Cloud) -> Stack:
    """A stack of another owner, with an order of that owner."""
    stack = deploy(cloud, load(REFERENCE), "shop", seconds=60)
    cloud.client("s3").put_object(Bucket=stack.physical["EventBucket"], Key="theirs/1.json",
                                  Body=json.dumps(THEIRS))
    cloud.client("dynamodb").put_item(TableName=stack.physical["ReadModelTable"],
                                      Item={"id": {"S": "theirs"}})
    return stack


@pytest.mark.ministack
class TestOnAnEmulator:
    def stacks(self, cloud: Cloud) -> list[str]:
        described = cloud.client("cloudformation").describe_stacks()["Stacks"]
        return [stack["StackName"] for stack in described]

    def data(self, cloud: Cloud, stack: Stack) -> tuple[list[str], list[str]]:
        objects = cloud.client("s3").list_object_versions(Bucket=stack.physical["EventBucket"])
        items = cloud.client("dynamodb").scan(TableName=stack.physical["ReadModelTable"])["Items"]
        return ([version["Key"] for version in objects.get("Versions", ())],
                [item["id"]["S"] for item in items])

    def test_deploy(self, cloud: Cloud, tmp_path: Path) -> None:
        """A stack of the run's own is judged, and gone afterwards; the estimate came first."""
        before = self.stacks(cloud)
        code, told = run(tmp_path, "--deploy", "--endpoint-url", str(cloud.endpoint), *FAST)
        assert (code, "1 passed" in told) == (0, True), told
        assert told.index("\nabout ") < told.index("\nAPI ")
        assert self.stacks(cloud) == before

    def test_dialect(self, cloud: Cloud, tmp_path: Path) -> None:
        """A stack that speaks a dialect of its own is judged in it."""
        files = [word for option, name in (("--template", "template.yaml"),
                                           ("--contract", "contract.py"),
                                           ("--dialect", "dialect.toml"))
                 for word in (option, str(ROOM / "tickets" / name))]
        code, told = run(tmp_path, "--deploy", "--endpoint-url", str(cloud.endpoint), *files,
                         "--requirement", "CMD-04", "--profile", "smoke", "--seed", "1")
        assert (code, "1 passed" in told) == (0, True), told

    def test_attached(self, cloud: Cloud, shop: Stack, tmp_path: Path) -> None:
        """A foreign stack is judged by its own template and keeps its own data."""
        code, told = run(tmp_path, "--stack-name", "shop", "--endpoint-url", str(cloud.endpoint),
                         "--requirement", "PRJ-09", "--seed", "1")
        assert (code, "stack shop on aws, contract orders: 1 passed" in told) == (0, True), told
        assert self.data(cloud, shop) == (["theirs/1.json"], ["theirs"])
        assert list((tmp_path / ".cqrs-conformance/runs").iterdir()) == []

    def test_too_many_requests(self, cloud: Cloud, shop: Stack, tmp_path: Path) -> None:
        """When the measure is full the rest is errored, and the run's data is removed still."""
        code, told = run(tmp_path, "--stack-name", "shop", "--endpoint-url", str(cloud.endpoint),
                         "--max-requests", "60", *FAST)
        assert (code, "60 requests have been sent" in told, "Traceback" in told) == (
            3, True, False), told
        assert self.data(cloud, shop) == (["theirs/1.json"], ["theirs"])

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_interrupted(
        self, number: signal.Signals, cloud: Cloud, tmp_path: Path
    ) -> None:
        """Ctrl-C, or a job that is cancelled, ends a run with nothing left of its stack."""
        before = self.stacks(cloud)
        with subprocess.Popen(
            command("--deploy", "--endpoint-url", str(cloud.endpoint), *FAST),
            cwd=tmp_path, stdout=subprocess.PIPE, text=True, env=_without_credentials(),
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            while self.stacks(cloud) == before and process.poll() is None:
                pass
            process.send_signal(number)
            assert process.wait(120) == 3
        assert self.stacks(cloud) == before

    def test_no_such_stack(self, cloud: Cloud, tmp_path: Path) -> None:
        """A stack that is not there is no verdict, in one sentence."""
        code, told = run(tmp_path, "--stack-name", "nowhere", "--endpoint-url",
                         str(cloud.endpoint), *FAST)
        assert (code, "no verdict: stack nowhere:" in told, "Traceback" in told) == (
            3, True, False), told
