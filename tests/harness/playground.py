"""A system whose command function does what a test says: the code comes in the request's body.

``s3``, ``dynamodb``, ``events`` and ``sqs`` are clients, ``event`` and ``context`` are the
invocation's, and what the code leaves in ``answer`` is the reply. ``attempt`` gives the name by
which the SDK reports what goes wrong in a call, or None.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

from harness.core.history import Called
from harness.core.http import Request, Response
from harness.stages.embedded.stage import MotoStage
from harness.template import load

HANDLERS = '''
import json
import os

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 3})
CLIENTS = {name: boto3.client(name, config=CONFIG) for name in ("s3", "dynamodb", "events", "sqs")}
NAMES = {name.lower(): os.environ.get(name, "") for name in ("BUCKET", "TABLE", "BUS", "QUEUE")}
KEPT = {}


def attempt(call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    except Exception as error:
        return type(error).__name__
    return None


def command(event, context):
    scope = {**CLIENTS, **NAMES, "kept": KEPT, "context": context, "attempt": attempt,
             "event": event, "json": json}
    exec(json.loads(event["body"])["code"], scope)
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"},
            "body": json.dumps({"answer": scope.get("answer")})}


def projection(event, context):
    exec(event["detail"].get("code", ""), {**CLIENTS, **NAMES})
    CLIENTS["dynamodb"].put_item(TableName=NAMES["table"], Item={"id": {"S": "projected"}})


def query(event, context):
    return {"statusCode": 404, "body": "{}"}
'''
TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: python3.13
    CodeUri: code
    Timeout: 10
    Environment:
      Variables:
        BUCKET: !Ref Bucket
        TABLE: !Ref Table
        BUS: !Ref Bus
        QUEUE: !Ref Queue
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: playground}}
  Queue: {Type: AWS::SQS::Queue}
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
  Command:
    Type: AWS::Serverless::Function
    Properties:
      Handler: handlers.command
      Policies: [AdministratorAccess]
      Events: {Post: {Type: Api, Properties: {Path: /orders, Method: post}}}
  Projection:
    Type: AWS::Serverless::Function
    Properties:
      Handler: handlers.projection
      Policies: [AdministratorAccess]
      Events:
        OnEvent:
          Type: EventBridgeRule
          Properties: {EventBusName: !Ref Bus, Pattern: {source: [playground]}}
  Query:
    Type: AWS::Serverless::Function
    Properties:
      Handler: handlers.query
      Policies: [AdministratorAccess]
      Events: {Get: {Type: Api, Properties: {Path: "/orders/{id}", Method: get}}}
"""


AS_PROCESS = f"""
[runtimes]
python3 = ["{sys.executable}", "-m", "awslambdaric", "{{handler}}"]
"""


@contextmanager
def playground(
    folder: Path, *, deadline: float = 30.0, process: bool = False, template: str = TEMPLATE,
    zipped: bool = False,
) -> Iterator[MotoStage]:
    """Open the system in an empty folder; its functions run here or as processes."""
    if process:
        (folder / "cqrs-conformance.toml").write_text(AS_PROCESS, "utf-8")
    (folder / "code").mkdir()
    (folder / "code" / "handlers.py").write_text(HANDLERS, "utf-8")
    if zipped:
        shutil.make_archive(str(folder / "code"), "zip", folder / "code")
        shutil.rmtree(folder / "code")
        template = template.replace("CodeUri: code", "CodeUri: code.zip")
    (folder / "template.yaml").write_text(template, "utf-8")
    with MotoStage(load(folder / "template.yaml"), "/orders", deadline=deadline) as stage:
        yield stage


def run(stage: MotoStage, code: str) -> Response:
    """Have the command function run some code."""
    body = json.dumps({"code": dedent(code)})
    return stage.send(Request("POST", "/orders", (("Content-Type", "application/json"),), body))


def answer(stage: MotoStage, code: str) -> Any:
    """The answer that the code left."""
    return run(stage, code).json()["answer"]


def calls(stage: MotoStage) -> list[Called]:
    """The AWS calls of the play so far."""
    return [record for record in stage.records if isinstance(record, Called)]
