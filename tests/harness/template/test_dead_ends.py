"""Carriers that nobody feeds, or that feed nobody, on the way from a command to a view."""

from __future__ import annotations

import pytest

from harness.template import NothingArrives, dead_ends, refuse_dead_ends
from tests.harness.template.example_templates import Load

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.12, Handler: app.handler, CodeUri: .}
Resources:
  Command:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [COMMAND]
  Project:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{DynamoDBCrudPolicy: {TableName: !Ref Views}}]
      Events: {Told: FED}
  Told: {Type: AWS::SNS::Topic, Properties: {Subscription: [SUBSCRIBED]}}
  Inbox: {Type: AWS::SQS::Queue}
  Shards: {Type: AWS::Kinesis::Stream, Properties: {ShardCount: 1}}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: told}}
  Events: &table
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      StreamSpecification: {StreamViewType: NEW_IMAGE}
  Views: {Type: AWS::Serverless::SimpleTable}
"""
QUEUE = "{Type: SQS, Properties: {Queue: !GetAtt Inbox.Arn}}"
STREAM = ("{Type: DynamoDB, "
          "Properties: {Stream: !GetAtt Events.StreamArn, StartingPosition: LATEST}}")
TOPIC = "{Type: SNS, Properties: {Topic: !Ref Told}}"
RULE = "{Type: EventBridgeRule, Properties: {EventBusName: !Ref Bus, Pattern: {source: [s]}}}"
STORES = "{DynamoDBWritePolicy: {TableName: !Ref Events}}"
SENDS = "{SQSSendMessagePolicy: {QueueName: !GetAtt Inbox.QueueName}}"
TELLS = "{SNSPublishMessagePolicy: {TopicName: !GetAtt Told.TopicName}}"
PUTS = "{KinesisCrudPolicy: {StreamName: !Ref Shards}}"
PUBLISHES = "{EventBridgePutEventsPolicy: {EventBusName: !Ref Bus}}"
ANYTHING = "{Statement: [{Effect: Allow, Action: 'sqs:*', Resource: '*'}]}"
FORWARDED = "{Protocol: sqs, Endpoint: !GetAtt Inbox.Arn}"


def check(given_template: Load, command: str, fed: str, subscribed: str = "") -> None:
    text = TEMPLATE.replace("COMMAND", command).replace("FED", fed)
    template = given_template(text.replace("SUBSCRIBED", subscribed))
    refuse_dead_ends(template, {"Command"}, {"Project"})


@pytest.mark.parametrize(("command", "fed", "subscribed"), [
    (STORES, STREAM, ""), (PUBLISHES, RULE, ""), (TELLS, QUEUE, FORWARDED), (ANYTHING, QUEUE, ""),
])
def test_connected(given_template: Load, command: str, fed: str, subscribed: str) -> None:
    """A carrier that a command may use feeds a projection, and so may any with an open role."""
    check(given_template, command, fed, subscribed)


@pytest.mark.parametrize("pattern", [
    "{source: [aws.s3], detail: {bucket: {name: [!Ref Bucket]}}}",
    '!Sub \'{"source": ["aws.s3"], "detail": {"bucket": {"name": ["${Bucket}"]}}}\'',
    "{detail-type: [Object Created], detail: {bucket: {name: [!Ref Bucket]}}}"])
def test_bucket(given_template: Load, pattern: str) -> None:
    """A rule for what S3 publishes leads from a bucket, whose name is known at deployment only."""
    bucket = """
  Bucket:
    Type: AWS::S3::Bucket
    Properties: {NotificationConfiguration: {EventBridgeConfiguration: {}}}
"""
    rule = f"{{Type: EventBridgeRule, Properties: {{Pattern: {pattern}}}}}"
    text = TEMPLATE.replace("COMMAND", "{S3WritePolicy: {BucketName: !Ref Bucket}}")
    template = given_template(text.replace("FED", rule).replace("SUBSCRIBED", "") + bucket)
    refuse_dead_ends(template, {"Command"}, {"Project"})


@pytest.mark.parametrize(("command", "fed", "told"), [
    (STORES, QUEUE, "no function of the way feeds the queue Inbox; "
                    "the stream of Events feeds no function"),
    (SENDS, STREAM, "no function of the way feeds the table Events; "
                    "the queue Inbox feeds no function"),
    (PUTS, TOPIC, "no function of the way feeds the topic Told; "
                  "the stream Shards feeds no function"),
])
def test_broken(given_template: Load, command: str, fed: str, told: str) -> None:
    """A way that breaks off is a mistake in the template, which names both of its ends."""
    with pytest.raises(NothingArrives) as raised:
        check(given_template, command, fed)
    assert told in str(raised.value)


@pytest.mark.parametrize(("fed", "off"), [
    (QUEUE.replace("Arn}", "Arn, Enabled: false}"), "Inbox"),
    (RULE.replace("{Event", "{State: DISABLED, Event"), "Bus")])
def test_turned_off(given_template: Load, fed: str, off: str) -> None:
    """A mapping or a rule that is turned off is none."""
    command = SENDS if off == "Inbox" else PUBLISHES
    with pytest.raises(NothingArrives):
        check(given_template, command, fed)


def test_beside_the_way(given_template: Load) -> None:
    """A queue beside the way is told, and refuses nothing."""
    both = f"{STORES}, {SENDS}"
    text = TEMPLATE.replace("COMMAND", both).replace("FED", STREAM).replace("SUBSCRIBED", "")
    template = given_template(text)
    refuse_dead_ends(template, {"Command"}, {"Project"})
    assert dead_ends(template, {"Command"}) == ("the queue Inbox feeds no function",)
