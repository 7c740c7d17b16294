"""A function that a topic starts stores the event; another one writes the view."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness.adopt.commands import Ended, with_its_files

Run = Callable[..., Ended]
CODE = '''
import json, os, uuid
import boto3

EVENTS, VIEWS, TOPIC = (os.environ[name] for name in ("EVENTS", "VIEWS", "TOPIC"))


def command(event, context):
    body = json.loads(event["body"])
    told = {"event": str(uuid.uuid4()), "type": "Signed", "id": body["id"], "name": body["name"]}
    boto3.client("sns").publish(TopicArn=TOPIC, Message=json.dumps(told))
    return {"statusCode": 202, "body": "{}"}


def _told(event):
    return [json.loads(record["Sns"]["Message"]) for record in event["Records"]]


def record(event, context):
    for told in _told(event):
        boto3.resource("dynamodb").Table(EVENTS).put_item(Item=told)


def project(event, context):
    for told in _told(event):
        boto3.resource("dynamodb").Table(VIEWS).put_item(
            Item={"id": told["id"], "name": told["name"]})


def query(event, context):
    found = boto3.resource("dynamodb").Table(VIEWS).get_item(
        Key={"id": event["pathParameters"]["id"]}, ConsistentRead=True).get("Item")
    if found is None:
        return {"statusCode": 404, "body": "{}"}
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"},
            "body": json.dumps(found)}
'''
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.13
    CodeUri: app
    Environment: {Variables: {EVENTS: !Ref Events, VIEWS: !Ref Views, TOPIC: !Ref Topic}}
Resources:
  Topic: {Type: AWS::SNS::Topic}
  Events:
    Type: AWS::Serverless::SimpleTable
    Properties: {PrimaryKey: {Name: event, Type: String}}
  Views:
    Type: AWS::Serverless::SimpleTable
    Properties: {PrimaryKey: {Name: id, Type: String}}
  Command:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.command
      Policies: [{SNSPublishMessagePolicy: {TopicName: !GetAtt Topic.TopicName}}]
      Events: {Api: {Type: Api, Properties: {Method: post, Path: /guests}}}
  Record:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.record
      Policies: [{DynamoDBWritePolicy: {TableName: !Ref Events}}]
      Events: {Topic: {Type: SNS, Properties: {Topic: !Ref Topic}}}
  Project:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.project
      Policies: [{DynamoDBWritePolicy: {TableName: !Ref Views}}]
      Events: {Topic: {Type: SNS, Properties: {Topic: !Ref Topic}}}
  Query:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.query
      Policies: [{DynamoDBReadPolicy: {TableName: !Ref Views}}]
      Events: {Api: {Type: Api, Properties: {Method: get, Path: "/guests/{id}"}}}
"""
CONTRACT = '''
"""Guests sign once, or again under another name."""

from cqrs_conformance import values
from cqrs_conformance.contracts import Accepted, Repetition, contract

CONTRACT = contract(
    name="guests", path="/guests", id_member="id", types={"Signed": {"name": values.name()}},
    decide=lambda state, command: Accepted(),
    evolve=lambda state, event: (event["id"], event["name"]),
    view=lambda state: None if state is None else {"id": state[0], "name": state[1]},
    repetition=Repetition.none(),
)
'''
DIALECT = """
[commands.Signed]
route = "POST /guests"
body = { id = "$id", "$" = 1 }
[query]
route = "GET /guests/{id}"
[events]
table = "Events"
members = { id = "id", event_id = "event", type = "type" }
[published]
members = { id = "id", event_id = "event", type = "type" }
"""
FILES = {"app/app.py": CODE, "template.yaml": TEMPLATE, "contract.py": CONTRACT,
         "dialect.toml": DIALECT}


@pytest.fixture
def guests(tmp_path: Path) -> Path:
    """The folder of the system with its contract and its dialect."""
    (tmp_path / "app").mkdir()
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_untold_versions(cqrs: Run, guests: Path) -> None:
    """A version that no dialect tells of is not missed in an event that is published first."""
    ended = cqrs("check-template", *with_its_files(guests), "--try")
    assert (ended.code, ended.wrong) == (0, [])


def test_told_versions(cqrs: Run, guests: Path) -> None:
    """One that the dialect tells of is missed."""
    told = DIALECT.removesuffix(" }\n") + ', version = "seen" }\n'
    (guests / "dialect.toml").write_text(told, "utf-8")
    assert cqrs("check-template", *with_its_files(guests), "--try").code == 2
