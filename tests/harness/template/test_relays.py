"""Relays are refused, before a function is blamed for events that only a relay publishes."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.template import RelayUnsupported, load, refuse_relays

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {{Function: {{Runtime: python3.12, Handler: app.handler, CodeUri: .}}}}
Resources:
  Command:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{command}]
      Events: {{Post: {{Type: Api, Properties: {{Path: /orders, Method: post}}}}}}
  Query:
    Type: AWS::Serverless::Function
    Properties:
      Events: {{Get: {{Type: Api, Properties: {{Path: "/orders/{{id}}", Method: get}}}}}}
  Projection:
    Type: AWS::Serverless::Function
    Properties:
      Events: {{Told: {{Type: EventBridgeRule, Properties: {{Pattern: {{source: [{source}]}}}}}}}}
  Other:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{other}]
      Events:
        Started: {started}
  Events: {{Type: AWS::S3::Bucket}}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
      StreamSpecification: {{StreamViewType: NEW_IMAGE}}
"""
PUBLISHES = "{EventBridgePutEventsPolicy: {EventBusName: default}}"
STORES = "{S3WritePolicy: {BucketName: !Ref Events}}"
NOTIFIED = 'Type: S3, Properties: {Bucket: !Ref Events, Events: "s3:ObjectCreated:*"}'
STREAMED = "Type: DynamoDB, Properties: {Stream: !GetAtt Table.StreamArn, StartingPosition: LATEST}"
HOURLY = "Type: Schedule, Properties: {Schedule: rate(1 hour)}"
PIPE = """
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties: {Source: !GetAtt Table.StreamArn, Target: "arn:aws:events:x:1:event-bus/default"}
"""


def _refuse(
    folder: Path, *, command: str = STORES, other: str = STORES, started: str = HOURLY,
    source: str = "shop", more: str = "", imitates: bool = True,
) -> None:
    written = TEMPLATE.format(command=command, other=other, source=source,
                              started=f"{{{started}}}")
    (folder / "template.yaml").write_text(written + more)
    refuse_relays(load(folder), "/orders", imitates=imitates)


class TestRefused:
    @pytest.mark.parametrize(("started", "source"), [
        (NOTIFIED, "notifications of the bucket Events"), (STREAMED, "the stream of Table")])
    def test_publisher(self, started: str, source: str, tmp_path: Path) -> None:
        """A template in which only a relay publishes is refused."""
        with pytest.raises(RelayUnsupported, match=f"got Other, started by {source}"):
            _refuse(tmp_path, other=PUBLISHES, started=started, imitates=False)

    def test_subscription_inside_a_topic(self, tmp_path: Path) -> None:
        """A topic may list its subscriptions itself."""
        topic = """
  Topic:
    Type: AWS::SNS::Topic
    Properties: {Subscription: [{Protocol: lambda, Endpoint: !GetAtt Other.Arn}]}
"""
        with pytest.raises(RelayUnsupported, match="got Other, started by the topic Topic"):
            _refuse(tmp_path, other=PUBLISHES, more=topic, imitates=False)

    @pytest.mark.parametrize(("more", "imitates"), [
        (PIPE, False),
        (PIPE.replace("!GetAtt Table.StreamArn", "arn:aws:kinesis:x:1:stream/s"), True),
        (PIPE.replace("Source:", "Enrichment: \"arn:aws:states:x:1:stateMachine:m\", Source:"),
         True)])
    def test_pipe(self, more: str, imitates: bool, tmp_path: Path) -> None:
        """So it is with a pipe that leads to a bus, where it is not imitated."""
        with pytest.raises(RelayUnsupported, match="got Pipe"):
            _refuse(tmp_path, more=more, imitates=imitates)

    def test_events_of_s3(self, tmp_path: Path) -> None:
        """A projection behind S3's own events is refused where they never come."""
        with pytest.raises(RelayUnsupported, match="got Projection, started by S3's own events"):
            _refuse(tmp_path, command=PUBLISHES, source="aws.s3", imitates=False)


class TestSpared:
    @pytest.mark.parametrize("started", [NOTIFIED, STREAMED])
    def test_beside(self, started: str, tmp_path: Path) -> None:
        """A command function that publishes by itself is judged, also beside a relay."""
        _refuse(tmp_path, command=PUBLISHES, other=PUBLISHES, started=started)

    @pytest.mark.parametrize("started", [NOTIFIED, STREAMED])
    def test_without_rights(self, started: str, tmp_path: Path) -> None:
        """A function whose role does not let it publish is no publisher."""
        _refuse(tmp_path, started=started)

    def test_imitated(self, tmp_path: Path) -> None:
        """A relay behind a stream is imitated, and judged."""
        _refuse(tmp_path, other=PUBLISHES, started=STREAMED)

    def test_pipe(self, tmp_path: Path) -> None:
        """A pipe from a table's stream is imitated."""
        _refuse(tmp_path, more=PIPE)

    def test_by_the_hour(self, tmp_path: Path) -> None:
        """A schedule repairs, at most."""
        _refuse(tmp_path, other=PUBLISHES)


MACHINE = """
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: "arn:aws:iam::123456789012:role/x"
      DefinitionString: !Sub '{{"StartAt": "A", "States": {{"A": {{"Type": "Task", "End": true,
        "Resource": "${{Other.Arn}}"}}}}}}'
""".replace("{{", "{").replace("}}", "}")


class TestStateMachines:
    def _refuse(self, folder: Path, started: str) -> None:
        written = TEMPLATE.format(command=STORES, other=STORES, source="shop",
                                  started=f"{{{started}}}")
        (folder / "template.yaml").write_text(written + MACHINE)
        refuse_relays(load(folder), "/orders", (frozenset({"Command"}), frozenset({"Other"})))

    def test_projection(self, tmp_path: Path) -> None:
        """A projection that a state machine starts is refused by name."""
        with pytest.raises(RelayUnsupported, match="started by the state machine Machine"):
            self._refuse(tmp_path, HOURLY)

    def test_other_way(self, tmp_path: Path) -> None:
        """One that a stream starts as well is judged by that."""
        self._refuse(tmp_path, STREAMED)
