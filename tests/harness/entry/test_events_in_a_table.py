"""An event store in DynamoDB: without a dialect it is no evidence, and nothing is blamed for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from shutil import copytree, ignore_patterns

import pytest

from harness.core.contract_registry import reference_template
from scenarios.domains.orders import CONTRACT
from tests.harness.adopt.commands import change

REFERENCE = reference_template(CONTRACT)
STORE = '''
    def load(self, aggregate_id):
        """Return all events of the aggregate in the order of their versions."""
        items, query = [], {
            "TableName": self.bucket, "KeyConditionExpression": "id = :id",
            "ConsistentRead": True, "ExpressionAttributeValues": {":id": {"S": aggregate_id}}}
        for page in self.client.get_paginator("query").paginate(**query):
            items += page["Items"]
        return [self._event(item) for item in items]

    def between(self, aggregate_id, after, before):
        """Yield the events with versions between the two."""
        return iter([e for e in self.load(aggregate_id) if after < e.version < before])

    def append(self, event):
        """Store the event; False says that its version is taken."""
        item = {"id": {"S": event.aggregate_id}, "version": {"N": str(event.version)},
                "content": {"S": codec.dumps(events.to_detail(event))}}
        try:
            self.client.put_item(TableName=self.bucket, Item=item,
                                 ConditionExpression="attribute_not_exists(id)")
        except ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def _event(self, item):
        return events.from_detail(self.domain, codec.loads(item["content"]["S"]))
'''
TABLE = """
  EventsTable:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - {AttributeName: id, AttributeType: S}
        - {AttributeName: version, AttributeType: N}
      KeySchema:
        - {AttributeName: id, KeyType: HASH}
        - {AttributeName: version, KeyType: RANGE}
"""
BUCKET_RIGHTS = """            - Effect: Allow
              Action: [s3:GetObject, s3:PutObject]
              Resource: !Sub "${EventBucket.Arn}/*"
            - Effect: Allow
              Action: s3:ListBucket
              Resource: !GetAtt EventBucket.Arn
"""
TABLE_RIGHTS = """            - Effect: Allow
              Action: [dynamodb:Query, dynamodb:PutItem]
              Resource: !GetAtt EventsTable.Arn
"""
READING_RIGHTS = """              Action: s3:GetObject
              Resource: !Sub "${EventBucket.Arn}/*"
"""
READING_TABLE_RIGHTS = """              Action: dynamodb:Query
              Resource: !GetAtt EventsTable.Arn
"""
DIALECT = """\
[commands."*"]
route = "POST $path"
body = "$sent"
headers = { "Idempotency-Key" = "$key" }

[query]
route = "GET $path/{id}"

[events]
table = "EventsTable"

[events.members]
id = "id"
type = "content.type"
version = "version"
event_id = "content.eventId"
payload = "content"

[published]
"""
HOOK = """\
import json


def stored(document):
    return {**document, "content": json.loads(document["content"])}


HOOK = {"stored": stored}
"""


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """The reference implementation with its events in a table; its bucket is left unused."""
    folder = copytree(REFERENCE.parent, tmp_path / "copy", ignore=ignore_patterns("__pycache__"))
    store = folder / "lambdas" / "event_store.py"
    text = store.read_text("utf-8")
    start, end = text.index("    def load("), text.index("def _key(")
    store.write_text(text[:start] + STORE.lstrip("\n") + "\n\n" + text[end:], "utf-8")
    for name in ("command.py", "projection.py"):
        change(folder / "lambdas" / name, '"s3"', '"dynamodb"')
    path = folder / REFERENCE.name
    for old, new in (("EVENT_BUCKET: !Ref EventBucket", "EVENT_BUCKET: !Ref EventsTable"),
                     (BUCKET_RIGHTS, TABLE_RIGHTS), (READING_RIGHTS, READING_TABLE_RIGHTS),
                     ("\nOutputs:", f"{TABLE}\nOutputs:")):
        change(path, old, new)
    return path


def outcomes(
    template: Path, *options: str, of: tuple[str, ...] = ("CMD-01", "CMD-11", "PRJ-09")
) -> dict[str, tuple[str, str]]:
    """Outcome and reason of some requirements in a small run."""
    report = template.parent / "report.json"
    done = subprocess.run(
        [sys.executable, "-m", "cqrs_conformance", "run", "--template", str(template), "--seed",
         "1", "--profile", "smoke", "--report-json", str(report), *options,
         "--requirement", *of],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(report.read_text("utf-8"))
    return {each["id"]: (each["outcome"], each["reason"]) for each in document["requirements"]}


def test_without_a_dialect(template: Path) -> None:
    """Requirements on stored events are skipped, and name the line that would enable them."""
    found = outcomes(template)
    line = 'give a dialect with [events] and table = "LOGICAL_ID"'
    assert {id: outcome for id, (outcome, _) in found.items()} == {
        "CMD-01": "skipped", "CMD-11": "passed", "PRJ-09": "skipped"}
    assert [line in found[id][1] for id in ("CMD-01", "PRJ-09")] == [True, True]


def test_with_a_dialect(template: Path) -> None:
    """A dialect that names the table enables them."""
    dialect = template.parent / "dialect.toml"
    dialect.write_text(f'hook = "hook.py:HOOK"\n{DIALECT}', "utf-8")
    (template.parent / "hook.py").write_text(HOOK, "utf-8")
    found = outcomes(template, "--dialect", str(dialect), of=("CMD-01", "PRJ-09"))
    assert [outcome for outcome, _ in found.values()] == ["passed", "passed"]
