"""Faults as an implementation meets them: the SDK's own errors, its retries, time and crashes."""

import time
from collections.abc import Iterator

import pytest

from harness.aws.calls import Call
from harness.aws.faults import error_response
from harness.core.faults import FaultKind
from harness.core.history import Invoked, Stored
from harness.core.scenario import Fault
from harness.stages.embedded.stage import MotoStage
from tests.harness.playground import answer, calls, playground, run

PUT_OBJECT = "s3.put_object, Bucket=bucket, Key='k', Body=b'x'"
GET_ITEM = "dynamodb.get_item, TableName=table, Key={'id': {'S': 'k'}}"
PUT_EVENTS = ("events.put_events, Entries=[{'Source': 'playground', 'DetailType': 'x', "
              "'Detail': '{}', 'EventBusName': bus}]")
SEND_MESSAGE = "sqs.send_message, QueueUrl=queue, MessageBody='x'"
CALLS = {"s3": PUT_OBJECT, "dynamodb": GET_ITEM, "events": PUT_EVENTS, "sqs": SEND_MESSAGE}
CODES = {
    ("s3", FaultKind.THROTTLING): "SlowDown",
    ("s3", FaultKind.SERVICE_ERROR): "InternalError",
    ("s3", FaultKind.ACCESS_DENIED): "AccessDenied",
    ("dynamodb", FaultKind.THROTTLING): "ProvisionedThroughputExceededException",
    ("dynamodb", FaultKind.SERVICE_ERROR): "InternalServerError",
    ("dynamodb", FaultKind.ACCESS_DENIED): "AccessDeniedException",
    ("events", FaultKind.THROTTLING): "ThrottlingException",
    ("events", FaultKind.SERVICE_ERROR): "InternalException",
    ("events", FaultKind.ACCESS_DENIED): "AccessDeniedException",
    ("sqs", FaultKind.THROTTLING): "ThrottlingException",
    ("sqs", FaultKind.SERVICE_ERROR): "InternalError",
    ("sqs", FaultKind.ACCESS_DENIED): "AccessDenied",
    **{(service, FaultKind.TIMEOUT): "ConnectTimeoutError" for service in CALLS},
    **{(service, FaultKind.LOST_RESPONSE): "ReadTimeoutError" for service in CALLS},
}
ATTEMPTS = 3
"""The most attempts of the playground's clients."""


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoStage]:
    with playground(tmp_path_factory.mktemp("faults")) as stage:
        yield stage


@pytest.fixture
def stage(opened: MotoStage) -> MotoStage:
    opened.start(fresh=False, always_cold=False)
    return opened


def arm(
    stage: MotoStage, kind: FaultKind, *, operation: str = "*", nth: int = 0, lasting: bool = False
) -> None:
    stage.arm(Fault("command", operation, nth, kind, lasting))


class TestErrors:
    @pytest.mark.parametrize(("service", "kind"), CODES)
    def test_a_lasting_fault_reaches_the_code_under_the_services_own_name(
        self, stage: MotoStage, service: str, kind: FaultKind
    ) -> None:
        """The SDK raises what it raises in production."""
        arm(stage, kind, lasting=True)

        assert answer(stage, f"answer = attempt({CALLS[service]})") == CODES[service, kind]

    @pytest.mark.parametrize(("service", "kind"), CODES)
    def test_the_sdk_repairs_what_does_not_last(
        self, stage: MotoStage, service: str, kind: FaultKind
    ) -> None:
        """Only a denied access is not worth another attempt to it."""
        arm(stage, kind)

        raised = answer(stage, f"answer = attempt({CALLS[service]})")

        assert raised == (CODES[service, kind] if kind is FaultKind.ACCESS_DENIED else None)

    def test_each_attempt_of_the_sdk_is_a_call(self, stage: MotoStage) -> None:
        """Three attempts are three calls, each with its fault."""
        arm(stage, FaultKind.THROTTLING, lasting=True)
        run(stage, f"attempt({PUT_OBJECT})")

        made = [(call.operation, call.status, call.error) for call in calls(stage)]

        assert made == [("PutObject", 503, "throttling")] * ATTEMPTS

    def test_nobody_waits_for_the_sdks_pauses(self, stage: MotoStage) -> None:
        """The pauses between attempts pass in virtual time."""
        arm(stage, FaultKind.SERVICE_ERROR, lasting=True)
        run(stage, "pass")
        started = time.perf_counter()

        for _ in range(5):
            arm(stage, FaultKind.SERVICE_ERROR, lasting=True)
            run(stage, f"attempt({GET_ITEM})")

        assert time.perf_counter() - started < 2

    def test_a_lasting_fault_ends_with_its_invocation(self, stage: MotoStage) -> None:
        """The next invocation finds everything in order."""
        arm(stage, FaultKind.SERVICE_ERROR, lasting=True)
        run(stage, f"attempt({PUT_OBJECT})")

        assert answer(stage, f"answer = attempt({PUT_OBJECT})") is None

    def test_the_nth_matching_call_is_hit(self, stage: MotoStage) -> None:
        """Calls of other operations are not counted."""
        arm(stage, FaultKind.ACCESS_DENIED, operation="PutObject", nth=1)
        both = f"[attempt({GET_ITEM}), attempt({PUT_OBJECT}), attempt({PUT_OBJECT})]"

        assert answer(stage, f"answer = {both}") == [None, None, "AccessDenied"]

    def test_a_new_play_has_no_faults(self, stage: MotoStage) -> None:
        """A fault that was armed and not met is gone."""
        arm(stage, FaultKind.SERVICE_ERROR, lasting=True)
        stage.start(fresh=False, always_cold=False)

        assert answer(stage, f"answer = attempt({PUT_OBJECT})") is None


class TestWhatIsDone:
    @pytest.mark.parametrize(("kind", "done"), [
        (FaultKind.THROTTLING, False), (FaultKind.SERVICE_ERROR, False),
        (FaultKind.TIMEOUT, False), (FaultKind.CRASH_BEFORE, False),
        (FaultKind.LOST_RESPONSE, True), (FaultKind.CRASH_AFTER, True), (FaultKind.SLOW, True),
    ])
    def test_only_some_faults_leave_the_call_done(
        self, stage: MotoStage, kind: FaultKind, done: bool
    ) -> None:
        """A lost response is the response to something that has happened."""
        arm(stage, kind, lasting=True)
        key = f"{kind.name}.json"
        run(stage, f"attempt(s3.put_object, Bucket=bucket, Key='{key}', Body=b'{{}}')")

        stored = [r.key for r in stage.records if isinstance(r, Stored)]

        assert (key in stored) is done

    def test_the_retry_of_a_lost_conditional_put_is_refused(self, stage: MotoStage) -> None:
        """S3 has the object, from the same put."""
        arm(stage, FaultKind.LOST_RESPONSE)
        put = PUT_OBJECT.replace("'k'", "'conditional'") + ", IfNoneMatch='*'"

        assert answer(stage, f"answer = attempt({put})") == "PreconditionFailed"

    def test_a_conditional_put_meets_another(self, stage: MotoStage) -> None:
        """S3 asks to send it again, which the SDK does not do; nothing has been stored."""
        arm(stage, FaultKind.CONFLICT)
        put = PUT_OBJECT.replace("'k'", "'contested'") + ", IfNoneMatch='*'"
        kept = answer(stage, f"answer = [attempt({PUT_OBJECT}), attempt({put}), attempt({put})]")

        assert kept == [None, "ConditionalRequestConflict", None]

    def test_the_conflict_says_which_condition_and_key(self) -> None:
        """S3's error has both, and the SDK hands them over."""
        put = Call("s3", "PutObject", "bucket", "a&b", (), conditional="If-None-Match")
        body = error_response(put, FaultKind.CONFLICT)[2]
        assert "<Condition>If-None-Match</Condition><Key>a&amp;b</Key>" in body

    def test_a_transaction_meets_another(self, stage: MotoStage) -> None:
        """DynamoDB cancels it, and tells the reason of each of its items."""
        arm(stage, FaultKind.CONFLICT)
        kept = answer(stage, """
            puts = [{"Put": {"TableName": table, "Item": {"id": {"S": id}}}} for id in ("s", "t")]
            try:
                dynamodb.transact_write_items(TransactItems=puts)
            except dynamodb.exceptions.TransactionCanceledException as error:
                reasons = [reason["Code"] for reason in error.response["CancellationReasons"]]
                answer = [error.response["Error"]["Message"][-29:], *reasons]
        """)

        assert kept == ["s [TransactionConflict, None]", "TransactionConflict", "None"]

    @pytest.mark.parametrize(("token", "result"), [
        ("", None), (", ClientRequestToken='other'", "TransactionCanceledException"),
    ])
    def test_the_retry_of_a_lost_transaction_is_done_already(
        self, stage: MotoStage, token: str, result: str | None
    ) -> None:
        """It has the first one's token, which the SDK made up; with another the condition fails."""
        arm(stage, FaultKind.LOST_RESPONSE)
        kept = answer(stage, f"""
            put = {{"Put": {{"TableName": table, "Item": {{"id": {{"S": "once{bool(token)}"}}}},
                            "ConditionExpression": "attribute_not_exists(id)"}}}}
            first = attempt(dynamodb.transact_write_items, TransactItems=[put])
            again = attempt(dynamodb.transact_write_items, TransactItems=[put]{token})
            answer = [first, again] if {bool(token)} else [first, None]
        """)

        assert kept == [None, result]

    def test_a_cleared_stage_knows_no_tokens(self, stage: MotoStage) -> None:
        """Plays begin from nothing again, with the same chance and so with the same tokens."""
        code = """
            item = {"id": {"S": context.aws_request_id}}
            answer = attempt(dynamodb.transact_write_items, ClientRequestToken="again",
                             TransactItems=[{"Put": {"TableName": table, "Item": item}}])
        """
        kept = []
        for _ in range(2):
            stage.start(fresh=True, always_cold=False)
            kept.append(answer(stage, code))

        assert kept == [None, None]

    def test_a_token_of_another_transaction(self, stage: MotoStage) -> None:
        """It is refused, as DynamoDB does."""
        kept = answer(stage, """
            def put(id):
                return {"TransactItems": [{"Put": {"TableName": table, "Item": {"id": {"S": id}}}}],
                        "ClientRequestToken": "the same"}
            answer = [attempt(dynamodb.transact_write_items, **put(id)) for id in ("p", "p", "q")]
        """)

        assert kept == [None, None, "IdempotentParameterMismatchException"]

    def test_a_partly_failed_put_events_is_a_200(self, stage: MotoStage) -> None:
        """No exception: FailedEntryCount tells, and nothing was published."""
        arm(stage, FaultKind.PARTIAL)
        entries = PUT_EVENTS.partition(", ")[2]
        failed = answer(stage, f"answer = events.put_events({entries})['FailedEntryCount']")

        assert (failed, [c.status for c in calls(stage)], stage.settle(final=True)) == (
            1, [200], (0, 0))

    @pytest.mark.parametrize(("operation", "left", "items"), [
        ("batch_write_item", "UnprocessedItems", [{"PutRequest": {"Item": {"id": {"S": "left"}}}}]),
        ("batch_get_item", "UnprocessedKeys", {"Keys": [{"id": {"S": "left"}}]}),
    ])
    def test_a_batch_may_be_left_unprocessed(
        self, stage: MotoStage, operation: str, left: str, items: object
    ) -> None:
        """No exception: the answer has what is to be asked for once more, and nothing was done."""
        arm(stage, FaultKind.PARTIAL)
        asked = f"RequestItems={{table: {items!r}}}"
        found = answer(stage, f"""
            first, second = dynamodb.{operation}({asked}), dynamodb.{operation}({asked})
            answer = [first["{left}"].get(table), second["{left}"]]
        """)

        assert found == [items, {}]

    def test_each_entry_that_failed_is_told(self, stage: MotoStage) -> None:
        """The answer has as many entries as the call, in whose place they stand."""
        arm(stage, FaultKind.PARTIAL)

        found = answer(stage, """
            entry = {"EventBusName": bus, "Source": "x", "DetailType": "x", "Detail": "{}"}
            told = events.put_events(Entries=[entry, entry])
            answer = told["FailedEntryCount"], ["ErrorCode" in each for each in told["Entries"]]
        """)

        assert found == [2, [True, True]]

    def test_a_partial_failure_waits_for_what_can_fail_in_part(self, stage: MotoStage) -> None:
        """No other operation does."""
        arm(stage, FaultKind.PARTIAL)

        assert answer(stage, f"answer = attempt({PUT_OBJECT})") is None


class TestCrashes:
    def test_a_crash_cannot_be_caught(self, stage: MotoStage) -> None:
        """Code that catches everything gets no further call through."""
        arm(stage, FaultKind.CRASH_BEFORE)
        response = run(stage, f"""
            try:
                attempt({PUT_OBJECT})
            except BaseException:
                s3.put_object(Bucket=bucket, Key='after-the-crash', Body=b'x')
            """)

        stored = [r.key for r in stage.records if isinstance(r, Stored)]

        assert (response.status, stored) == (502, [])

    def test_nothing_runs_finally(self, stage: MotoStage) -> None:
        """A finally clause may run, but its calls reach nothing."""
        arm(stage, FaultKind.CRASH_AFTER)
        run(stage, f"""
            try:
                attempt({PUT_OBJECT.replace("'k'", "'before'")})
            finally:
                s3.delete_object(Bucket=bucket, Key='before')
            """)

        assert [call.operation for call in calls(stage)] == ["PutObject"]

    def test_a_crash_that_is_swallowed_is_still_one(self, stage: MotoStage) -> None:
        """Even if the handler then returns."""
        arm(stage, FaultKind.CRASH_BEFORE)
        response = run(stage, f"""
            try:
                attempt({PUT_OBJECT})
            except BaseException:
                answer = "still alive"
            """)

        assert response.status == 502

    def test_after_a_crash_the_next_invocation_starts_cold(self, stage: MotoStage) -> None:
        """The environment is gone, and with it what it kept."""
        run(stage, "kept['seen'] = True")
        arm(stage, FaultKind.CRASH_AFTER)
        run(stage, f"attempt({PUT_OBJECT})")

        assert answer(stage, "answer = list(kept)") == []

    def test_a_function_time_out_is_a_504(self, stage: MotoStage) -> None:
        """The client does not learn the result of the function."""
        arm(stage, FaultKind.FUNCTION_TIMEOUT)

        assert run(stage, f"attempt({PUT_OBJECT})").status == 504


class TestTime:
    def test_sleeping_takes_no_time(self, stage: MotoStage) -> None:
        """It takes the invocation's time, though."""
        started = time.perf_counter()
        left = answer(stage, """
            import time
            time.sleep(4)
            answer = context.get_remaining_time_in_millis()
            """)

        assert (left, time.perf_counter() - started < 2) == (6000, True)

    def test_sleeping_for_too_long_times_out(self, stage: MotoStage) -> None:
        """Past the function's own limit API Gateway answers."""
        response = run(stage, "import time\ntime.sleep(11)")
        errors = [r.error for r in stage.records if isinstance(r, Invoked)]

        assert (response.status, errors) == (504, ["Task timed out after 10.00 seconds"])

    def test_slow_calls_take_the_invocations_time(self, stage: MotoStage) -> None:
        """A second each."""
        arm(stage, FaultKind.SLOW, lasting=True)
        left = answer(stage, f"""
            attempt({PUT_OBJECT})
            attempt({GET_ITEM})
            answer = context.get_remaining_time_in_millis()
            """)

        assert left == 8000

    def test_slow_calls_may_take_too_long(self, stage: MotoStage) -> None:
        """Ten of them are the function's limit."""
        arm(stage, FaultKind.SLOW, lasting=True)
        response = run(stage, f"for _ in range(20): attempt({PUT_OBJECT})")

        assert (response.status, len(calls(stage))) == (504, 10)

    def test_slow_calls_that_leave_a_second(self, stage: MotoStage) -> None:
        """The function's clock goes on with them, and so does that of all that run later."""
        told = "import time\nanswer = [context.get_remaining_time_in_millis(), time.time()]"
        before = answer(stage, told)[1]
        arm(stage, FaultKind.NEARLY_LATE, lasting=True)
        left, now = answer(stage, f"attempt({PUT_OBJECT})\nattempt({GET_ITEM})\n{told}")
        later = answer(stage, told)[1]

        assert left == 900
        assert 8 < now - before < 30
        assert later >= now

    def test_slow_calls_of_an_impatient_client(self, stage: MotoStage) -> None:
        """None of them takes longer than its client waits for an answer."""
        arm(stage, FaultKind.NEARLY_LATE)
        left = answer(stage, """
            import boto3
            from botocore.config import Config
            config = Config(read_timeout=2, retries={"total_max_attempts": 2})
            boto3.client("s3", config=config).list_buckets()
            answer = context.get_remaining_time_in_millis()
            """)

        assert left == 6200

    def test_slow_calls_of_a_client_that_tells_its_patience(self, stage: MotoStage) -> None:
        """Nor longer than our own Node.js runtime says that the client waits."""
        arm(stage, FaultKind.NEARLY_LATE)
        left = answer(stage, """
            import boto3
            client = boto3.client("s3")
            client.meta.events.register("before-call", lambda params, **_: params[
                "headers"].update({"X-Cqrs-Patience-Ms": "2000"}))
            client.list_buckets()
            answer = context.get_remaining_time_in_millis()
            """)

        assert left == 8100
