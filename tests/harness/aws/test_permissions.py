"""The rights that a call needs, and the answer where a role lacks one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.aws.calls import Call, read_call
from harness.aws.permissions import Denied, Permissions, denial
from harness.core.history import Statement

TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/views"
BUCKET = "https://events.s3.amazonaws.com/"
KEYS = {"views": ("id",)}


def dynamodb(operation: str, **request: object) -> Call:
    body = json.dumps(request).encode()
    return replace(read_call("dynamodb", operation, "https://dynamodb", body, keys=KEYS), body=body)


def s3(operation: str, key: str = "") -> Call:
    return read_call("s3", operation, BUCKET + key, b"")


def lacking(call: Call, *statements: Statement, open: str = "") -> str:
    """The action that a role with those statements lacks for a call."""
    permissions = Permissions({"f": statements}, frozenset(filter(None, [open])))
    found = permissions.denied("f", call)
    return found.action if found else ""


def allow(actions: str, *resources: str) -> Statement:
    return Statement(tuple(actions.split()), resources)


class TestDenied:
    @pytest.mark.parametrize(("call", "action"), [
        (dynamodb("GetItem", TableName="views", Key={"id": {"S": "a"}}), "dynamodb:GetItem"),
        (dynamodb("TransactWriteItems", TransactItems=[
            {"Put": {"TableName": "views", "Item": {"id": {"S": "a"}}}}]), "dynamodb:PutItem"),
        (dynamodb("TransactWriteItems", TransactItems=[
            {"ConditionCheck": {"TableName": "views", "Key": {"id": {"S": "a"}}}}]),
         "dynamodb:ConditionCheckItem"),
        (dynamodb("ExecuteStatement", Statement="  update views SET a=1 WHERE id='a'"),
         "dynamodb:PartiQLUpdate"),
        (s3("HeadObject", "a/1"), "s3:GetObject"),
        (s3("ListObjectsV2"), "s3:ListBucket"),
        (s3("UploadPart", "a"), "s3:PutObject"),
        (read_call("sqs", "SendMessageBatch", "https://sqs",
                   b'{"QueueUrl": "https://sqs/1/tasks"}'), "sqs:SendMessage"),
        (read_call("sns", "PublishBatch", "https://sns", b"TopicArn=arn:aws:sns:eu-west-1:1:told"),
         "sns:Publish"),
        (read_call("eventbridge", "PutEvents", "https://events", b'{"Entries": [{}]}'),
         "events:PutEvents"),
    ])
    def test_missing(self, call: Call, action: str) -> None:
        """A call is denied by the action that it lacks, and made where a statement has it."""
        assert (lacking(call), lacking(call, allow(action, *call.arns))) == (action, "")

    @pytest.mark.parametrize("statement", [
        allow("dynamodb:*", "*"),
        allow("dynamodb:Get*", "arn:aws:dynamodb:*:*:table/v*"),
        allow("DynamoDB:GetItem", TABLE),
        allow("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:999999999999:table/views"),
        allow("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:1:table/${aws:PrincipalTag/t}"),
        allow("dynamodb:GetItem", "{'Fn::ImportValue': 'TableArn'}"),
        allow("*", "arn:aws:dynamodb:us-east-1:123456789012:table/view?"),
    ])
    def test_allowed(self, statement: Statement) -> None:
        """Patterns allow, and so does anything that cannot be resolved here."""
        call = dynamodb("GetItem", TableName="views", Key={"id": {"S": "a"}})
        assert lacking(call, statement) == ""

    def test_index(self) -> None:
        """A query of an index needs a right on the index."""
        call = dynamodb("Query", TableName="views", IndexName="byDay")
        assert [lacking(call, allow("dynamodb:Query", TABLE)),
                lacking(call, allow("dynamodb:Query", TABLE + "/index/*"))] == [
            "dynamodb:Query", ""]

    def test_unknown(self) -> None:
        """A role that is not known, an operation that is not, and a resource's policy allow."""
        call = s3("GetObject", "a")
        assert [Permissions({}).denied("f", call), Permissions({"f": None}).denied("f", call),
                lacking(s3("SelectObjectContent", "a")), lacking(call, open="s3")] == [
            None, None, "", ""]


class TestKeys:
    KEY = "arn:aws:kms:us-east-1:123456789012:key/k"

    def permissions(self, *statements: Statement) -> Permissions:
        return Permissions({"f": (allow("s3:*", "*"), *statements)}, keys={"events": self.KEY})

    def test_put(self) -> None:
        """An object that the bucket's key encrypts needs a data key, another one none."""
        call, allowed = s3("PutObject", "a"), allow("kms:GenerateDataKey*", self.KEY)
        assert self.permissions().denied("f", call) == Denied("kms:GenerateDataKey", self.KEY)
        assert self.permissions(allowed).denied("f", call) is None
        assert self.permissions().denied("f", replace(call, encryption="AES256")) is None

    def test_send(self) -> None:
        """To send to an encrypted queue takes a data key and the right to decrypt it."""
        call = read_call("sqs", "SendMessage", "https://sqs", b'{"QueueUrl": "https://sqs/1/events"}')
        made, both = allow("kms:GenerateDataKey", self.KEY), allow("kms:*", self.KEY)
        sending = allow("sqs:*", "*")
        assert [self.permissions(sending, *more).denied("f", call)
                for more in ((), (made,), (both,))] == [
            Denied("kms:GenerateDataKey", self.KEY), Denied("kms:Decrypt", self.KEY), None]

    def test_get(self) -> None:
        """Only an object that is encrypted by a key has to be decrypted."""
        call, allowed = s3("GetObject", "a"), allow("kms:Decrypt", self.KEY)
        assert self.permissions().unreadable("f", call, "aws:kms") == Denied(
            "kms:Decrypt", self.KEY)
        assert [self.permissions(allowed).unreadable("f", call, "aws:kms"),
                self.permissions().unreadable("f", call, "AES256"),
                self.permissions().unreadable("f", s3("HeadObject", "a"), "aws:kms"),
                Permissions({"f": ()}).unreadable("f", call, "aws:kms"),
                Permissions({"f": None}, keys={"events": self.KEY}).unreadable(
                    "f", call, "aws:kms")] == [None] * 5


class TestHidden:
    @pytest.mark.parametrize(("statements", "lacks"), [
        ([allow("s3:GetObject", "*")], True),
        ([allow("s3:GetObject", "*"), allow("s3:ListBucket", "arn:aws:s3:::events")], False),
    ])
    def test_missing_object(self, statements: list[Statement], lacks: bool) -> None:
        """Without s3:ListBucket a missing object is 403 ("GetObject", Permissions)."""
        permissions = Permissions({"f": statements})
        call = s3("GetObject", "a")
        assert [permissions.hidden("f", call, status) is not None for status in (404, 200)] == [
            lacks, False]


def test_answer() -> None:
    """The answer names the action and the resource, as AWS's does."""
    call = dynamodb("GetItem", TableName="views")
    status, _, body = denial(call, Denied("dynamodb:GetItem", TABLE))
    assert (status, json.loads(body)["__type"]) == (400, "AccessDeniedException")
    assert f"is not authorized to perform: dynamodb:GetItem on resource: {TABLE}" in body
