"""The events that functions receive for a request, and integrations that are not imitated."""

from pathlib import Path

import pytest

from harness.core.errors import StageError
from harness.core.history import Stored
from harness.core.http import Request
from harness.functions.events import SqsMessage
from harness.stages.controlled import command_queue
from harness.stages.controlled.invocations import Invocations
from harness.template import QueueFeed
from tests.harness.playground import TEMPLATE, answer, playground, run

ROUTE = "Events: {Post: {Type: Api, Properties: {Path: /orders, Method: post}}}"
METHOD = """
  Api: {Type: AWS::ApiGateway::RestApi}
  Orders:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: orders}
  Post:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Orders
      HttpMethod: POST
      Integration:
"""
MAPPED = METHOD + """\
        Type: AWS
        Uri: !Sub "arn:aws:apigateway:us-east-1:lambda:path/1/functions/${Command.Arn}/invocations"
        RequestTemplates: {application/json: '{"command": $input.json("$")}'}
"""


class TestDefaultRoute:
    def test_path(self, tmp_path: Path) -> None:
        """A function behind ``$default`` gets the path that was asked for."""
        template = TEMPLATE.replace(ROUTE, "Events: {Any: {Type: HttpApi}}")
        with playground(tmp_path, template=template) as stage:
            stage.start(fresh=False, always_cold=False)
            told = answer(stage, 'answer = event["rawPath"], event["routeKey"]')
        assert told == ["/orders", "$default"]


class TestMappings:
    def test_told(self, tmp_path: Path) -> None:
        """Integrations whose events cannot be imitated are refused."""
        with (pytest.raises(StageError, match=r"POST /orders.*maps requests by a template"),
              playground(tmp_path, template=TEMPLATE.replace(ROUTE, "") + MAPPED)):
            pass


class TestStores:
    @pytest.mark.parametrize(("written", "stored"), [(True, ["a", "b"]), (False, [])])
    def test_archive(self, tmp_path: Path, written: bool, stored: list[str]) -> None:
        """A projection's writes are evidence where the command function writes, too."""
        with playground(tmp_path) as stage:
            stage.start(fresh=False, always_cold=False)
            run(stage, f"""
                if {written}:
                    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
                code = "s3.put_object(Bucket=bucket, Key='b', Body=b'1')"
                events.put_events(Entries=[{{"EventBusName": bus, "Source": "playground",
                    "DetailType": "x", "Detail": json.dumps({{"code": code}})}}])
            """)
            stage.settle(final=True)
            assert [r.key for r in stage.records if isinstance(r, Stored)] == stored

    def test_others(self, tmp_path: Path) -> None:
        """A function that the settings do not name for a role gets no events."""
        (tmp_path / "cqrs-conformance.toml").write_text('projection = ["Query"]')
        with playground(tmp_path) as stage:
            stage.start(fresh=False, always_cold=False)
            run(stage, """
                events.put_events(Entries=[{"EventBusName": bus, "Source": "playground",
                                            "DetailType": "x", "Detail": "{}"}])
            """)
            assert stage.settle(final=True) == (0, 0)


QUEUED = METHOD + """\
        Type: AWS
        Uri: !Sub "arn:aws:apigateway:us-east-1:sqs:path/123456789012/${Queue.QueueName}"
        RequestTemplates: {application/json: "Action=SendMessage&MessageBody=$input.body"}
"""
FED = "Events: {Queued: {Type: SQS, Properties: {Queue: !GetAtt Queue.Arn}}}"


class TestQueue:
    def test_received_again(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A message that comes back is received once more each time, until it is given up."""
        counts: list[int] = []

        def failing(_: Invocations, feed: QueueFeed, messages: list[SqsMessage]) -> frozenset[str]:
            counts.extend(message.receive_count for message in messages)
            return frozenset(message.message_id for message in messages)

        monkeypatch.setattr(command_queue, "hand_batch", failing)
        with playground(tmp_path, template=TEMPLATE.replace(ROUTE, FED) + QUEUED) as stage:
            stage.start(fresh=False, always_cold=False)
            run(stage, "")
        assert counts == [1, 2, 3, 4]

    def test_too_long(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A message of more than 1 MiB is refused, and reaches no function."""
        handed: list[object] = []
        monkeypatch.setattr(command_queue, "hand_batch", lambda *given: handed.append(given))
        with playground(tmp_path, template=TEMPLATE.replace(ROUTE, FED) + QUEUED) as stage:
            stage.start(fresh=False, always_cold=False)
            refused = stage.send(Request("POST", "/orders", (), "x" * (1024 * 1024 + 1)))
        assert (refused.status, handed) == (400, [])
