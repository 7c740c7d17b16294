"""Processes and their AWS calls: the same faults, the same schedules, the same records."""

from collections.abc import Iterator
from functools import partial
from itertools import combinations
from textwrap import dedent

import pytest

from harness.aws.sdk_requests import read_request
from harness.core.faults import FaultKind
from harness.core.history import Called, Invoked, Stored
from harness.core.http import RawRequest
from harness.core.scenario import Fault
from harness.stages.controlled.stage import PAGE
from harness.stages.embedded.stage import MotoStage
from tests.harness.playground import answer, calls, playground, run

PUT_OBJECT = "s3.put_object, Bucket=bucket, Key='k', Body=b'x'"
GET_ITEM = "dynamodb.get_item, TableName=table, Key={'id': {'S': 'k'}}"
PUT_EVENTS = ("events.put_events, Entries=[{'Source': 'playground', 'DetailType': 'x', "
              "'Detail': '{}', 'EventBusName': bus}]")
SEND_MESSAGE = "sqs.send_message, QueueUrl=queue, MessageBody='x'"
SEND_FORM = """
import os
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen
form = {"Action": "SendMessage", "QueueUrl": queue, "MessageBody": "x"}
sent = Request(os.environ["AWS_ENDPOINT_URL"], urlencode(form).encode(), {
    "Host": "sqs.us-east-1.amazonaws.com"})
try:
    answer = urlopen(sent).read().decode()
except HTTPError as error:
    answer = error.read().decode()
"""
"""The request of an SDK for JavaScript of 2021."""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoStage]:
    folder = tmp_path_factory.mktemp("processes")
    with playground(folder, process=True, zipped=True) as stage:
        yield stage


@pytest.fixture
def stage(opened: MotoStage) -> MotoStage:
    opened.start(fresh=False, always_cold=False)
    return opened


def arm(stage: MotoStage, kind: FaultKind, operation: str = "*", *, lasting: bool = True) -> None:
    stage.arm(Fault("command", operation, 0, kind, lasting))


class TestCalls:
    @pytest.mark.parametrize(("code", "operation"), [
        (PUT_OBJECT, "PutObject"), (GET_ITEM, "GetItem"), (PUT_EVENTS, "PutEvents"),
        (SEND_MESSAGE, "SendMessage")])
    def test_recorded(self, stage: MotoStage, code: str, operation: str) -> None:
        """A call of each service is recorded with its invocation, and works."""
        raised = answer(stage, f"answer = attempt({code})")
        [call] = calls(stage)
        assert (raised, call.operation, call.role, call.invocation) == (
            None, operation, "command", 1)

    def test_a_form(self, stage: MotoStage) -> None:
        """A form to SQS is the call that it would be in JSON, and is answered in XML."""
        got = answer(stage, SEND_FORM)
        [call] = calls(stage)
        assert (call.service, call.operation, len(call.resources)) == ("sqs", "SendMessage", 1)
        assert "<SendMessageResult><MD5OfMessageBody>" in got

    def test_a_fault_of_a_form(self, stage: MotoStage) -> None:
        """A fault has the form's words, too."""
        arm(stage, FaultKind.SERVICE_ERROR)
        assert "<Type>Receiver</Type><Code>InternalError</Code>" in answer(stage, SEND_FORM)

    def test_same_records_as_in_process(self, stage: MotoStage) -> None:
        """Service, resource, key and ARNs are read from HTTP as from a client of our own."""
        made = (PUT_OBJECT, GET_ITEM, PUT_EVENTS, SEND_MESSAGE)
        run(stage, "\n".join(f"attempt({call})" for call in made))
        read = [(c.service, c.key, [arn.rpartition(":")[0] for arn in c.resources])
                for c in calls(stage)]
        assert read == [
            ("s3", "k", ["arn:aws:s3::"]),
            ("dynamodb", "k", ["arn:aws:dynamodb:us-east-1:123456789012"]),
            ("events", "", ["arn:aws:events:us-east-1:123456789012"]),
            ("sqs", "", ["arn:aws:sqs:us-east-1:123456789012"]),
        ]

    def test_stored(self, stage: MotoStage) -> None:
        """Objects that a process stores are seen."""
        run(stage, "s3.put_object(Bucket=bucket, Key='new', Body='ü'.encode())")
        [stored] = [record for record in stage.records if isinstance(record, Stored)]
        assert (stored.key, stored.text) == ("new", "ü")

    def test_conditional_put(self, stage: MotoStage) -> None:
        """A service's refusal arrives under its own name."""
        put = "s3.put_object, Bucket=bucket, Key='once', Body=b'x', IfNoneMatch='*'"
        assert answer(stage, f"answer = [attempt({put}), attempt({put})]") == [
            None, "PreconditionFailed"]

    def test_half_a_surrogate_pair(self, stage: MotoStage) -> None:
        """Text that is none is refused by the service, and harms nothing."""
        put = "dynamodb.put_item, TableName=table, Item={'id': {'S': 'k'}, 'v': {'S': '\\udfff'}}"
        assert answer(stage, f"answer = attempt({put})") == "SerializationException"

    def test_listing(self, stage: MotoStage) -> None:
        """A listing gives a page at a time."""
        code = """
            for number in range(30):
                s3.put_object(Bucket=bucket, Key=f"page/{number:02}", Body=b"x")
            answer = s3.list_objects_v2(Bucket=bucket, Prefix="page/")["KeyCount"]
        """
        assert answer(stage, code) == PAGE

    def test_binary_and_empty(self, stage: MotoStage) -> None:
        """Bytes come back as they were, and a HEAD has no body."""
        code = """
            s3.put_object(Bucket=bucket, Key="bytes", Body=bytes(range(256)))
            size = s3.head_object(Bucket=bucket, Key="bytes")["ContentLength"]
            same = s3.get_object(Bucket=bucket, Key="bytes")["Body"].read() == bytes(range(256))
            answer = [size, same]
        """
        assert answer(stage, code) == [256, True]


CODES = {
    FaultKind.THROTTLING: "ProvisionedThroughputExceededException",
    FaultKind.SERVICE_ERROR: "InternalServerError",
    FaultKind.ACCESS_DENIED: "AccessDeniedException",
    FaultKind.TIMEOUT: "ConnectionClosedError",
    FaultKind.LOST_RESPONSE: "ConnectionClosedError",
}


class TestFaults:
    @pytest.mark.parametrize("kind", CODES)
    def test_errors(self, stage: MotoStage, kind: FaultKind) -> None:
        """A fault that lasts reaches the code under the name its SDK gives it."""
        arm(stage, kind)
        assert answer(stage, f"answer = attempt({GET_ITEM})") == CODES[kind]

    def test_repaired(self, stage: MotoStage) -> None:
        """One that does not last the SDK repairs, by another call."""
        arm(stage, FaultKind.THROTTLING, lasting=False)
        raised = answer(stage, f"answer = attempt({GET_ITEM})")
        assert (raised, [call.error for call in calls(stage)]) == (None, ["throttling", None])

    def test_lost_response(self, stage: MotoStage) -> None:
        """A call whose response is lost has had its effect."""
        arm(stage, FaultKind.LOST_RESPONSE)
        run(stage, "attempt(s3.put_object, Bucket=bucket, Key='lost', Body=b'x')")
        assert [r.key for r in stage.records if isinstance(r, Stored)] == ["lost"]

    def test_partial(self, stage: MotoStage) -> None:
        """A partly failed PutEvents says so."""
        arm(stage, FaultKind.PARTIAL, "PutEvents")
        call = PUT_EVENTS.replace(",", "(", 1) + ")"
        assert answer(stage, f"answer = {call}['FailedEntryCount']") == 1

    @pytest.mark.parametrize(("kind", "stored"), [
        (FaultKind.CRASH_BEFORE, []), (FaultKind.CRASH_AFTER, ["crash"])])
    def test_crash(self, stage: MotoStage, kind: FaultKind, stored: list[str]) -> None:
        """The process ends there and then, and the next invocation is cold."""
        arm(stage, kind)
        response = run(stage, "s3.put_object(Bucket=bucket, Key='crash', Body=kind)"
                       .replace("kind", repr(kind.value.encode())))
        again = answer(stage, "answer = 'fine'")
        colds = [record.cold for record in stage.records if isinstance(record, Invoked)]
        written = [r.key for r in stage.records if isinstance(r, Stored)]
        assert (response.status, again, colds[1], written) == (502, "fine", True, stored)

    def test_slow_calls_pass_time(self, stage: MotoStage) -> None:
        """Slow calls use up the function's time."""
        arm(stage, FaultKind.SLOW)
        response = run(stage, f"for _ in range(20): attempt({GET_ITEM})")
        assert (response.status, len(calls(stage))) == (504, 10)


ADD = """
    key = {"id": {"S": "NAME"}}
    found = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    seen = int(found["value"]["N"]) if found else 0
    dynamodb.put_item(TableName=table, Item={**key, "value": {"N": str(seen + 1)}})
    """
READ = """
    key = {"id": {"S": "NAME"}}
    answer = dynamodb.get_item(TableName=table, Key=key)["Item"]["value"]["N"]
    """


def counted(stage: MotoStage, schedule: tuple[int, ...]) -> str:
    name = stage.start(fresh=False, always_cold=False)
    stage.concurrently([partial(run, stage, ADD.replace("NAME", name))] * 2, schedule)
    return str(answer(stage, READ.replace("NAME", name)))


class TestSchedules:
    def test_lost_update(self, stage: MotoStage) -> None:
        """Two processes lose an update under one order of their calls, every time."""
        assert [counted(stage, s) for s in ((), (1,), (1,), ())] == ["2", "1", "1", "2"]

    def test_every_order(self, stage: MotoStage) -> None:
        """All orders of two calls each can be had."""
        orders = set()
        for schedule in (s for size in range(4) for s in combinations(range(4), size)):
            counted(stage, schedule)
            orders.add(tuple(call.branch for call in calls(stage) if call.branch is not None))
        assert len(orders) == 6


def sent(method: str, target: str, host: str, **headers: str) -> RawRequest:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return RawRequest(method, target, (("Host", host), *named))


SIGNED = "AWS4-HMAC-SHA256 Credential=K/20260101/eu-west-1/{}/aws4_request, SignedHeaders=host"


class TestReading:
    @pytest.mark.parametrize(("method", "target", "operation"), [
        ("PUT", "/b/k?x-id=PutObject", "PutObject"),
        ("GET", "/b/k%2Fl", "GetObject"),
        ("HEAD", "/b/k", "HeadObject"),
        ("GET", "/b?list-type=2&prefix=k", "ListObjectsV2"),
        ("GET", "/b/?prefix=k", "ListObjects"),
        ("POST", "/b?delete", "DeleteObjects"),
        ("PUT", "/b/k?partNumber=1&uploadId=u", "UploadPart"),
        ("GET", "/", "ListBuckets"),
    ])
    def test_s3_operations(self, method: str, target: str, operation: str) -> None:
        """An operation of S3 is told by method, path and query."""
        read = read_request(sent(method, target, "127.0.0.1:1"), "us-east-1")
        assert (read.service, read.operation) == ("s3", operation)

    def test_copy(self) -> None:
        """Or by a header that only it has."""
        request = sent("PUT", "/b/k", "127.0.0.1:1", x_amz_copy_source="b/other")
        assert read_request(request, "us-east-1").operation == "CopyObject"

    @pytest.mark.parametrize("host", [
        "b.s3.us-east-1.amazonaws.com", "b.s3.amazonaws.com", "b.localhost:4566",
        "b.s3.localhost.localstack.cloud:4566"])
    def test_bucket_in_host(self, host: str) -> None:
        """A bucket in the host is the bucket in the path."""
        read = read_request(sent("GET", "/k?versionId=1", host), "us-east-1")
        assert read.prepared.url == "https://s3.us-east-1.amazonaws.com/b/k?versionId=1"

    def test_signature(self) -> None:
        """Service and region stand in the signature."""
        request = sent("POST", "/", "127.0.0.1:1", Authorization=SIGNED.format("events"),
                       X_Amz_Target="AWSEvents.PutEvents")
        read = read_request(request, "us-east-1")
        assert (read.service, read.operation, read.region) == ("events", "PutEvents", "eu-west-1")

    def test_presigned(self) -> None:
        """Or in a presigned URL."""
        target = "/b/k?X-Amz-Credential=K%2F20260101%2Feu-west-1%2Fs3%2Faws4_request"
        assert read_request(sent("GET", target, "127.0.0.1:1"), "us-east-1").region == "eu-west-1"

    @pytest.mark.parametrize(("target", "service"), [
        ("DynamoDB_20120810.GetItem", "dynamodb"), ("AWSEvents.PutEvents", "events"),
        ("AmazonSQS.SendMessage", "sqs")])
    def test_unsigned(self, target: str, service: str) -> None:
        """Without a signature the target header says which service is meant."""
        request = sent("POST", "/", "127.0.0.1:1", X_Amz_Target=target)
        assert read_request(request, "us-east-1").service == service


def test_zip(stage: MotoStage) -> None:
    """A function whose CodeUri is an archive runs from what is in it, as all those here."""
    found = answer(stage, "import os; answer = sorted(os.listdir(os.environ['LAMBDA_TASK_ROOT']))")
    assert [name for name in found if not name.startswith("__")] == ["handlers.py"]


class TestColdStart:
    COUNT = "kept['n'] = kept.get('n', 0) + 1; answer = kept['n']"

    def test_restart(self, stage: MotoStage) -> None:
        """The memory of a process lasts until functions are made to start cold."""
        stage.restart()
        seen = [answer(stage, self.COUNT), answer(stage, self.COUNT)]
        stage.restart()
        assert (seen, answer(stage, self.COUNT)) == ([1, 2], 1)

    def test_always(self, opened: MotoStage) -> None:
        """Where every invocation is to be cold none finds what another has kept."""
        opened.start(fresh=False, always_cold=True)
        assert [answer(opened, self.COUNT) for _ in range(3)] == [1, 1, 1]


def test_variables(stage: MotoStage) -> None:
    """A process has what Lambda gives a function, the template's variables, and nothing of ours."""
    names = set(answer(stage, "import os; answer = sorted(os.environ)"))
    assert names >= {
        "AWS_LAMBDA_RUNTIME_API", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "LAMBDA_TASK_ROOT",
        "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
        "BUCKET", "TABLE", "BUS", "QUEUE", "TZ"}
    assert not names & {"HOME", "VIRTUAL_ENV", "PYTEST_CURRENT_TEST"}


BY_HOST = """
    import os
    def aim(request, **_):
        host = request.url.split("/")[2]
        request.url = request.url.replace("https://" + host, os.environ["AWS_ENDPOINT_URL"])
        request.headers["Host"] = host
    client = boto3.client("s3", endpoint_url="https://s3.us-east-1.amazonaws.com")
    client.meta.events.register("before-send.s3", aim)
    client.put_object(Bucket=bucket, Key="by host", Body=b"x")
    """


def test_bucket_in_host(stage: MotoStage) -> None:
    """boto3 may name a bucket in the host, too."""
    assert run(stage, f"import boto3\n{dedent(BY_HOST)}").status == 200
    assert [(call.operation, call.key) for call in calls(stage)] == [("PutObject", "by host")]


def test_handler(stage: MotoStage) -> None:
    """A runtime of one's own finds the template's handler in its environment."""
    name = answer(stage, "import os; answer = os.environ['_HANDLER']")
    assert name == "handlers.command"


def test_calls_of_the_start_are_nobodys(stage: MotoStage) -> None:
    """Only the calls of an invocation are recorded."""
    assert run(stage, "answer = 1").status == 200
    assert [record for record in stage.records if isinstance(record, Invoked)] != []
    assert [record for record in stage.records if isinstance(record, Called)] == []
