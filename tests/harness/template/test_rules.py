"""Rules and filters that AWS refuses: mistakes in the template, found before anything is judged."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from moto import mock_aws

from harness.functions.events import STREAM_LABEL
from harness.stages.controlled.provisioning import deploy
from harness.template import RuleInvalid, load

FUNCTION = """
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: "def handler(event, context): pass"
"""
SAM = f"Transform: AWS::Serverless-2016-10-31\nResources:{FUNCTION}"
RULE = """
  Placed:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {pattern}
      Targets: [{{Id: f, Arn: !GetAtt F.Arn{target}}}]
"""
EVENTS = """
      Events:
        Placed: {{Type: {type}, Properties: {{Pattern: {pattern}}}}}
"""
QUEUE = """
  Inbox: {Type: AWS::SQS::Queue}
  Other: {Type: AWS::SQS::Queue}
  Feed:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Inbox.Arn
      FunctionName: !Ref F
      FilterCriteria: {Filters: [{Pattern: '{"body": "x"}'}]}
"""
BAD = "{source: [{Prefix: orders}]}"


def written(folder: Path, text: str) -> Path:
    path = folder / "template.yaml"
    path.write_text(text)
    return path


def rule(pattern: str, target: str = "") -> str:
    return SAM + RULE.format(pattern=pattern, target=target)


class TestRefusedByReading:
    @pytest.mark.parametrize(("text", "name"), [
        (rule(BAD), "rule Placed"),
        (rule("'{\"source\": [{\"Prefix\": \"orders\"}]}'"), "rule Placed"),
        (rule("|\n        not JSON"), "rule Placed"),
        (rule("{}"), "rule Placed"),
        (rule("[orders]"), "rule Placed"),
        (rule("{source: [{prefix: 123}]}"), "rule Placed"),
        (rule("{detail: {a: [{wildcard: a**b}]}}"), "rule Placed"),
        (rule(BAD) + "      State: DISABLED\n", "rule Placed"),
        (SAM + EVENTS.format(type="EventBridgeRule", pattern=BAD), "rule FPlaced"),
        (SAM + EVENTS.format(type="CloudWatchEvent", pattern=BAD), "rule FPlaced"),
        (SAM + QUEUE, "event source mapping Feed"),
    ])
    def test_names(self, tmp_path: Path, text: str, name: str) -> None:
        """The message names the file and the rule, or the mapping, and a remedy."""
        path = written(tmp_path, text)
        with pytest.raises(RuleInvalid) as caught:
            load(path)
        assert str(caught.value).startswith(f"template {path}, {name}, event pattern")
        assert caught.value.remedy == "correct the pattern"

    def test_command(self, tmp_path: Path) -> None:
        """The command ends with exit code 2 and one sentence, without a traceback."""
        path = written(tmp_path, rule("{source: [{prefix: 123}]}"))
        command = [sys.executable, "-m", "cqrs_conformance", "run", "--template", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        told = done.stdout + done.stderr
        assert done.returncode == 2
        assert f"{path}, rule Placed, event pattern, source: expected a string after prefix" in told
        assert "Traceback" not in told


class TestRefusedByDeployment:
    @pytest.mark.parametrize(("text", "told"), [
        (rule("{source: [orders], resources: [{cidr: !Sub '${Inbox.Arn}/33'}]}"),
         "rule Placed, event pattern, resources: expected an IP address"),
        (rule("{source: [orders]}", ", InputPath: $.detail, Input: '{}'"),
         "rule Placed, target F, input: expected an input that can be made, got only one of"),
        (rule("{source: [orders]}", ", InputTransformer: {InputTemplate: '{\"a\": <b>}'}"),
         "rule Placed, target F, InputTemplate: expected an input that can be made, got it "
         "contains invalid placeholder b"),
        (rule("{source: [orders]}", ", Input: '{'"), "rule Placed, target F, Input: expected"),
    ])
    def test_resolved(self, tmp_path: Path, text: str, told: str) -> None:
        """A pattern that only deployment resolves is refused then, by the same kind of message."""
        inbox = "\n  Inbox: {Type: AWS::SQS::Queue}\n"
        template = load(written(tmp_path, text + inbox))
        with mock_aws(), pytest.raises(RuleInvalid) as caught:
            deploy(template)
        assert told in str(caught.value)


class TestAccepted:
    @pytest.mark.parametrize("pattern", [
        "{source: [orders], detail: {queue: [!GetAtt Inbox.Arn]}}",
        """!Sub '{"source": ["orders"], "detail": {"queue": ["${Inbox.Arn}"]}}'""",
    ])
    def test_references(self, tmp_path: Path, pattern: str) -> None:
        """A pattern with references is an object or JSON text, and matches once it is resolved."""
        inbox = "\n  Inbox: {Type: AWS::SQS::Queue, Properties: {QueueName: in}}\n"
        template = load(written(tmp_path, rule(pattern) + inbox))
        with mock_aws():
            [found] = deploy(template).rules
        arn = "arn:aws:sqs:us-east-1:123456789012:in"
        asked = [found.pattern.matches({"source": "orders", "detail": {"queue": queue}})
                 for queue in (arn, "in")]
        assert asked == [True, False]

    def test_stream(self, tmp_path: Path) -> None:
        """A pattern may ask for the stream that a pipe's record comes from."""
        table = ("\n  Events:\n    Type: AWS::DynamoDB::Table\n    Properties: {TableName: events, "
                 "BillingMode: PAY_PER_REQUEST, StreamSpecification: {StreamViewType: NEW_IMAGE}, "
                 "KeySchema: [{AttributeName: id, KeyType: HASH}], "
                 "AttributeDefinitions: [{AttributeName: id, AttributeType: S}]}\n")
        pattern = "{detail: {eventSourceARN: [!GetAtt Events.StreamArn]}}"
        template = load(written(tmp_path, rule(pattern) + table))
        with mock_aws():
            [found] = deploy(template).rules
        arn = f"arn:aws:dynamodb:us-east-1:123456789012:table/events/stream/{STREAM_LABEL}"
        assert found.pattern.matches({"detail": {"eventSourceARN": arn}})

    def test_json_text(self, tmp_path: Path) -> None:
        """A pattern as JSON text keeps a name that is written twice."""
        text = json.dumps('{"detail": {"a": [1]}, "detail": {"b": [2]}}')
        template = load(written(tmp_path, rule(text)))
        with mock_aws():
            [found] = deploy(template).rules
        asked = [found.pattern.matches({"detail": {"b": 2} | more}) for more in ({}, {"a": 1})]
        assert asked == [False, True]

    def test_rule_in_an_input(self, tmp_path: Path) -> None:
        """An input template may show the rule's ARN and name (predefined variables)."""
        shown = (", InputTransformer: {InputTemplate: "
                 "'[<aws.events.rule-arn>, <aws.events.rule-name>]'}")
        path = written(tmp_path, rule("{source: [orders]}", shown) + "      Name: placed\n")
        with mock_aws():
            [found] = deploy(load(path)).rules
        assert found.targets[0].receives({"source": "orders"}) == [
            "arn:aws:events:us-east-1:123456789012:rule/placed", "placed"]
