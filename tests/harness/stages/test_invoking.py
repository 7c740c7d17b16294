"""Functions that invoke functions: calls that are answered, and events on their way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import StageError
from harness.core.history import Invoked, Role
from harness.functions.events.invocations import ASYNCHRONOUS_LIMIT
from harness.stages.embedded.stage import MotoStage
from tests.harness.playground import TEMPLATE, answer, calls, playground

HELPER = """
  Helper:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ""
      Handler: index.handler
      Policies:
        - Version: "2012-10-17"
          Statement:
            - {Effect: Allow, Action: "lambda:*", Resource: "arn:aws:lambda:*:*:function:*"}
            - {Effect: Allow, Action: "s3:*", Resource: "*"}
      Timeout: 3
      InlineCode: |
        import time, boto3
        def handler(event, context):
            return eval(event["code"], {"event": event, "boto3": boto3, "time": time})
"""
INVOKING = TEMPLATE.replace("      Handler: handlers.command\n", """\
      Handler: handlers.command
      Environment: {Variables: {HELPER: !Ref Helper, TOLD: !GetAtt Projection.Arn, HOW: Event}}
""").replace('      CodeUri: ""\n', "") + HELPER.replace('      CodeUri: ""\n', "")
ASK = """
import boto3, os, json
def ask(code, name=os.environ["HELPER"], **more):
    try:
        found = boto3.client("lambda").invoke(
            FunctionName=name, Payload=json.dumps({"code": code}), **more)
    except Exception as error:
        return error.response["Error"]["Code"]
    text = found["Payload"].read().decode()
    return [found["StatusCode"], found.get("FunctionError"), json.loads(text) if text else None]
"""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[MotoStage]:
    with playground(tmp_path, template=INVOKING) as opened:
        opened.start(fresh=True, always_cold=False)
        yield opened


def ask(stage: MotoStage, code: str, more: str = "") -> Any:
    """The answer that a command gets when it has the helper run some code."""
    return answer(stage, f"{ASK}\nanswer = ask({code!r}{more})")


class TestCalls:
    def test_result(self, stage: MotoStage) -> None:
        """The caller gets the result of the function that it calls."""
        assert ask(stage, "1 + 1") == [200, None, 2]

    def test_error(self, stage: MotoStage) -> None:
        """An exception is an answer of its own kind, and no error of the API."""
        assert ask(stage, "1 / 0") == [200, "Unhandled", {
            "errorType": "ZeroDivisionError", "errorMessage": "division by zero"}]

    def test_arn(self, stage: MotoStage) -> None:
        """A function may be named by its ARN, with a version."""
        arn = "arn:aws:lambda:us-east-1:123456789012:function:"
        named = f", name='{arn}' + os.environ['HELPER'] + ':1'"
        assert ask(stage, "7", named) == [200, None, 7]

    def test_own_calls(self, stage: MotoStage) -> None:
        """A function without a role works for its caller, whose invocation has its calls."""
        ask(stage, "len(boto3.client('s3').list_buckets())")
        made = [(call.role, call.function, call.operation) for call in calls(stage)]
        assert made == [(Role.COMMAND, "Helper", "ListBuckets"),
                        (Role.COMMAND, "Command", "Invoke")]
        assert len({call.invocation for call in calls(stage)}) == 1

    def test_inner_call(self, stage: MotoStage) -> None:
        """A function that is called may call another one."""
        inner = ('boto3.client("lambda").invoke(FunctionName=event["name"], '
                 'Payload=\'{"code": "5"}\')["Payload"].read().decode()')
        code = f"""
{ASK}
found = boto3.client("lambda").invoke(FunctionName=os.environ["HELPER"], Payload=json.dumps(
    {{"code": {inner!r}, "name": os.environ["HELPER"]}}))
answer = json.load(found["Payload"])
"""
        assert answer(stage, code) == "5"

    def test_time(self, stage: MotoStage) -> None:
        """The caller waits as long as the function that it calls takes."""
        code = f"""
{ASK}
before = context.get_remaining_time_in_millis()
ask("time.sleep(2)")
answer = before - context.get_remaining_time_in_millis()
"""
        assert answer(stage, code) == 2000

    def test_time_out(self, stage: MotoStage) -> None:
        """A function that takes too long is ended, and its caller is told."""
        assert ask(stage, "time.sleep(5)") == [200, "Unhandled", {
            "errorMessage": "Task timed out after 3.00 seconds"}]

    def test_loop(self, stage: MotoStage) -> None:
        """A function that calls itself without end is stopped."""
        again = ('boto3.client("lambda").invoke(FunctionName=event["name"], '
                 'Payload=__import__("json").dumps(event))["Payload"].read().decode()')
        code = f"""
{ASK}
found = boto3.client("lambda").invoke(FunctionName=os.environ["HELPER"], Payload=json.dumps(
    {{"code": {again!r}, "name": os.environ["HELPER"]}}))
answer = found["Payload"].read().decode()
"""
        assert "RecursiveInvocationException" in answer(stage, code)


class TestEvents:
    def test_on_its_way(self, stage: MotoStage) -> None:
        """An event for a projection waits until it is delivered."""
        assert ask(stage, "0", ", name=os.environ['TOLD'], InvocationType='Event'") == [
            202, None, None]
        before = [run.role for run in stage.records if isinstance(run, Invoked)]
        stage.deliver(0)
        after = [run.role for run in stage.records if isinstance(run, Invoked)]
        assert (before, after) == ([Role.COMMAND], [Role.COMMAND, Role.PROJECTION])

    def test_beside_the_way(self, stage: MotoStage) -> None:
        """An event for a function without a role goes nowhere."""
        assert ask(stage, "0", ", InvocationType='Event'") == [202, None, None]
        assert stage.settle(final=True) == (0, 0)

    def test_dry_run(self, stage: MotoStage) -> None:
        """A dry run runs nothing."""
        assert ask(stage, "1 / 0", ", InvocationType='DryRun'") == [204, None, None]


class TestRefused:
    def test_too_large(self, stage: MotoStage) -> None:
        """An asynchronous event may have 1 MB, and a synchronous one 6 MB."""
        code = "0#" + "x" * ASYNCHRONOUS_LIMIT
        body = f"{ASK}\nanswer = ask('0#' + 'x' * {len(code)}, InvocationType='Event')"
        assert answer(stage, body) == "RequestEntityTooLargeException"

    def test_unknown_function(self, stage: MotoStage) -> None:
        """A function that is not in the template cannot be judged."""
        with pytest.raises(StageError, match="invokes the function nobody, which cannot be run"):
            ask(stage, "0", ", name='nobody'")


def test_no_right(tmp_path: Path) -> None:
    """A role that does not allow it lets no function be invoked."""
    narrow = INVOKING.replace("""
      Policies: [AdministratorAccess]
      Events: {Post""", """
      Policies: [{LambdaInvokePolicy: {FunctionName: !Ref Projection}}]
      Events: {Post""")
    with playground(tmp_path, template=narrow) as stage:
        stage.start(fresh=True, always_cold=False)
        assert ask(stage, "0") == "AccessDeniedException"


def test_process(tmp_path: Path) -> None:
    """Functions in processes call each other as well."""
    pytest.importorskip("awslambdaric")
    with playground(tmp_path, template=INVOKING, process=True) as stage:
        stage.start(fresh=True, always_cold=False)
        assert json.dumps(ask(stage, "1 + 1")) == "[200, null, 2]"
