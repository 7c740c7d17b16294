"""Chains: the functions between commands and views, found by what starts them and what they use."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.template import Cast, RoleNotFound, cast, load

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.12
    Handler: app.handler
    CodeUri: .
    Environment: {{Variables: {{EVENTS: !Ref Events, VIEWS: !Ref Views, BUS: !Ref Bus}}}}
Resources:
  Command: {{Type: AWS::Serverless::Function}}
  Query:
    Type: AWS::Serverless::Function
    Properties: {{Policies: [{{DynamoDBReadPolicy: {{TableName: !Ref Views}}}}]}}
  Streamed:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{streamed}]
      Events:
        Stored:
          Type: DynamoDB
          Properties: {{Stream: !GetAtt Events.StreamArn, StartingPosition: LATEST}}
  Ruled:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{{DynamoDBCrudPolicy: {{TableName: !Ref Views}}}}]
      Events: {ruled}
  Bus: {{Type: AWS::Events::EventBus, Properties: {{Name: told}}}}
  Events: &table
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
      StreamSpecification: {{StreamViewType: NEW_IMAGE}}
  Views: *table
"""
PUBLISHES = "{EventBridgePutEventsPolicy: {EventBusName: !Ref Bus}}"
PROJECTS = "{DynamoDBCrudPolicy: {TableName: !Ref Views}}"
ARCHIVES = "{S3WritePolicy: {BucketName: archive}}"
ON_BUS = ("{Told: {Type: EventBridgeRule, "
          "Properties: {EventBusName: !Ref Bus, Pattern: {source: [s]}}}}")


def _cast(folder: Path, streamed: str, ruled: str = ON_BUS, named: tuple[str, ...] | None = None
          ) -> Cast:
    (folder / "template.yaml").write_text(TEMPLATE.format(streamed=streamed, ruled=ruled))
    return cast(load(folder), frozenset({"Command"}), "Query", named)


def test_relay(tmp_path: Path) -> None:
    """A function behind a stream that may publish to the projection's bus is a relay."""
    assert _cast(tmp_path, PUBLISHES) == Cast(("Ruled",), ("Streamed",))


@pytest.mark.parametrize("harmless", [
    "AWSXRayDaemonWriteAccess", "AWSXrayWriteOnlyAccess", "AmazonSSMReadOnlyAccess",
    "CloudWatchLambdaInsightsExecutionRolePolicy", "service-role/AWSLambdaVPCAccessExecutionRole"])
def test_managed_policies_beside_it(tmp_path: Path, harmless: str) -> None:
    """A managed policy about neither carriers nor stores says nothing about a function's part."""
    found = _cast(tmp_path, f"{PUBLISHES}, 'arn:aws:iam::aws:policy/{harmless}'")
    assert found == Cast(("Ruled",), ("Streamed",))


@pytest.mark.parametrize("broad", ["aws:policy/AmazonDynamoDBFullAccess", "1234:policy/own"])
def test_managed_policies_of_data(tmp_path: Path, broad: str) -> None:
    """One that lets a function write the views makes it a projection."""
    found = _cast(tmp_path, f"{PUBLISHES}, 'arn:aws:iam::{broad}'")
    assert found == Cast(("Streamed", "Ruled"))


def test_projection_behind_a_stream(tmp_path: Path) -> None:
    """A function behind a stream that writes what is read is a projection."""
    assert _cast(tmp_path, PROJECTS, "{}") == Cast(("Streamed",))


def test_beside_the_way(tmp_path: Path) -> None:
    """A function behind a stream that no view depends on has no role."""
    assert _cast(tmp_path, ARCHIVES) == Cast(("Ruled",))


@pytest.mark.parametrize(("rights", "ends"), [
    ("[]", ("Ruled",)), ("[{SNSPublishMessagePolicy: {TopicName: told}}]", ("Ruled",)),
    (f"[{PROJECTS}]", ("Ruled", "Other")),
    ("[{DynamoDBCrudPolicy: {TableName: elsewhere}}]", ("Ruled", "Other"))])
def test_another_one_behind_the_bus(tmp_path: Path, rights: str, ends: tuple[str, ...]) -> None:
    """A function that sees events and may use no store is beside the way to the view."""
    other = ("Bus: {{Type: AWS", f"Other: {{{{Type: AWS::Serverless::Function, Properties: "
             f"{{{{Policies: {rights.replace('{', '{{').replace('}', '}}')}, "
             f"Events: {{ruled}}}}}}}}}}\n  Bus: {{{{Type: AWS")
    text = TEMPLATE.replace(*other).format(streamed=PUBLISHES, ruled=ON_BUS)
    (tmp_path / "template.yaml").write_text(text)
    found = cast(load(tmp_path), frozenset({"Command"}), "Query")
    assert found == Cast(ends, ("Streamed",))


def test_only_one(tmp_path: Path) -> None:
    """The only function that is started is taken for the projection, whatever its rights."""
    assert _cast(tmp_path, ARCHIVES, "{}") == Cast(("Streamed",))


def test_named(tmp_path: Path) -> None:
    """Where a dialect names the projection, the others on the way are relays."""
    assert _cast(tmp_path, PUBLISHES, named=("Ruled",)) == Cast(("Ruled",), ("Streamed",))


SHARED = """
  Shared:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {}
      Policies:
        - PolicyName: all
          PolicyDocument:
            Statement:
              - Effect: Allow
                Action: "dynamodb:*"
                Resource: [!GetAtt Events.Arn, !GetAtt Views.Arn]
              - {Effect: Allow, Action: "events:PutEvents", Resource: !GetAtt Bus.Arn}
"""
ROLE = "Role: !GetAtt Shared.Arn"


def test_shared_rights(tmp_path: Path) -> None:
    """With one role for all functions, the one behind the stream is the relay."""
    text = TEMPLATE.format(streamed=ARCHIVES, ruled=ON_BUS)
    text = text.replace("Command: {Type: AWS::Serverless::Function}",
                        f"Command: {{Type: AWS::Serverless::Function, Properties: {{{ROLE}}}}}")
    text = re.sub(r"Properties: {Policies: .*}", f"Properties: {{{ROLE}}}", text)
    text = re.sub(r"Policies: \[.*\]", ROLE, text)
    (tmp_path / "template.yaml").write_text(text.rstrip() + SHARED)
    found = cast(load(tmp_path), frozenset({"Command"}), "Query")
    assert found == Cast(("Ruled",), ("Streamed",))


SWEEPER = f"[{PUBLISHES}, {{DynamoDBCrudPolicy: {{TableName: !Ref Events}}}}]"
SWEEPS = "{Swept: {Type: Schedule, Properties: {Schedule: rate(1 hour)}}}"


@pytest.mark.parametrize("command", [PUBLISHES, PROJECTS])
def test_sweeper(command: str, tmp_path: Path) -> None:
    """A scheduled function with rights of its own to publish is a relay, also one that repairs."""
    assert _swept(tmp_path, command, SWEEPER) == ("Sweeper",)


def test_scheduled_for_anything(tmp_path: Path) -> None:
    """A scheduled function whose rights do not tell what it does has no role."""
    assert _swept(tmp_path, PUBLISHES, "[AdministratorAccess]") == ()


def _swept(folder: Path, command: str, sweeper: str) -> tuple[str, ...]:
    text = TEMPLATE.format(streamed=ARCHIVES, ruled=ON_BUS).replace(
        "Command: {Type: AWS::Serverless::Function}",
        f"Command: {{Type: AWS::Serverless::Function, Properties: {{Policies: [{command}, "
        "{DynamoDBCrudPolicy: {TableName: !Ref Events}}]}}")
    text += f"""
  Sweeper:
    Type: AWS::Serverless::Function
    Properties:
      Policies: {sweeper}
      Events: {SWEEPS}
"""
    (folder / "template.yaml").write_text(text)
    return cast(load(folder), frozenset({"Command"}), "Query").relays


def test_nothing(tmp_path: Path) -> None:
    """Without anything that starts a function there is no projection."""
    text = TEMPLATE.format(streamed=ARCHIVES, ruled="{}").replace("        Stored:", "")
    lines = [line for line in text.splitlines() if line.strip() != "Type: DynamoDB"
             and "Stream: !GetAtt" not in line]
    (tmp_path / "template.yaml").write_text("\n".join(lines))
    with pytest.raises(RoleNotFound):
        cast(load(tmp_path), frozenset({"Command"}), "Query")


def test_any_bus(tmp_path: Path) -> None:
    """A function behind a stream that may publish to any bus is a relay to the template's."""
    anything = "{Statement: [{Effect: Allow, Action: 'events:*', Resource: '*'}]}"
    text = re.sub("    Environment: .*\n", "", TEMPLATE.format(streamed=anything, ruled=ON_BUS))
    (tmp_path / "template.yaml").write_text(text)
    assert cast(load(tmp_path), frozenset({"Command"}), "Query") == Cast(("Ruled",), ("Streamed",))


@pytest.mark.parametrize(("command", "projections"), [
    ("EventBridgePutEventsPolicy: {EventBusName: !Ref Bus}", ("Ruled", "Records")),
    ("DynamoDBCrudPolicy: {TableName: !Ref Events}", ("Ruled",)),
    ("Statement: [{Effect: Allow, Action: '*', Resource: '*'}]", ("Ruled",)),
    ("DynamoDBReadPolicy: {TableName: other}", ("Ruled",)),
])
def test_events_stored_by_a_listener(
    tmp_path: Path, command: str, projections: tuple[str, ...]
) -> None:
    """A function that stores what commands publish takes part, where no other one stores it."""
    records = f"""\
  Records:
    Type: AWS::Serverless::Function
    Properties:
      Policies: [{{DynamoDBWritePolicy: {{TableName: !Ref Events}}}}]
      Events: {ON_BUS}
"""
    text = TEMPLATE.format(streamed=ARCHIVES, ruled=ON_BUS).replace(
        "  Command: {Type: AWS::Serverless::Function}\n",
        "  Command: {Type: AWS::Serverless::Function, Properties: {Policies: [{"
        + command + "}]}}\n")
    (tmp_path / "template.yaml").write_text(text + records)
    found = cast(load(tmp_path), frozenset({"Command"}), "Query", store="Events")
    assert found.projections == projections
