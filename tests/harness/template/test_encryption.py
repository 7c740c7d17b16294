"""Buckets and carriers are read with the key that encrypts their data."""

from typing import Any

import pytest

from harness.template.describe.encryption import encryption_keys
from harness.template.read.resources import Resources
from harness.template.read.tokens import token

ACCOUNT = {"Effect": "Allow", "Action": "kms:*", "Resource": "*",
           "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}
SERVICE = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
           "Principal": {"Service": "s3.amazonaws.com"}}
ROLE = {**ACCOUNT, "Principal": {"AWS": "arn:aws:iam::123456789012:role/reader"}}


def bucket(statements: Any, algorithm: str = "aws:kms", key: Any = None) -> Resources:
    default = {"SSEAlgorithm": algorithm,
               "KMSMasterKeyID": token({"Fn::GetAtt": ["Key", "Arn"]}) if key is None else key}
    rules = [{"ServerSideEncryptionByDefault": default}]
    return Resources({
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": statements}}},
        "Events": {"Type": "AWS::S3::Bucket", "Properties": {
            "BucketEncryption": {"ServerSideEncryptionConfiguration": rules}}}})


@pytest.mark.parametrize("statements", [[ACCOUNT], [SERVICE, ACCOUNT]])
def test_a_key_that_is_left_to_roles(statements: list[Any]) -> None:
    """The account may do everything with the key, so the policies of roles decide."""
    assert encryption_keys(bucket(statements)) == {"Events": "Key"}


@pytest.mark.parametrize("statements", [
    [], "?", [SERVICE], [ACCOUNT, ROLE], [{**ACCOUNT, "Condition": {"Bool": {}}}],
    [{**ACCOUNT, "Principal": "*"}], [{**ACCOUNT, "Action": "kms:Describe*"}],
    [ACCOUNT, {**ACCOUNT, "Effect": "Deny"}]])
def test_a_key_whose_policy_says_more(statements: Any) -> None:
    """A policy that names others, or has conditions, may allow what no role does."""
    assert encryption_keys(bucket(statements)) == {}


@pytest.mark.parametrize(("type_", "properties"), [
    ("AWS::SQS::Queue", {"KmsMasterKeyId": token({"Ref": "Key"})}),
    ("AWS::SNS::Topic", {"KmsMasterKeyId": token({"Ref": "Key"})}),
    ("AWS::Kinesis::Stream", {"StreamEncryption": {"KeyId": token({"Ref": "Key"})}}),
])
def test_carriers(type_: str, properties: dict[str, Any]) -> None:
    """Queues, topics and streams have keys, too."""
    key = bucket([ACCOUNT]).by_id["Key"]
    carrier = {"Type": type_, "Properties": properties}
    assert encryption_keys(Resources({"Key": key, "Carrier": carrier})) == {"Carrier": "Key"}


def test_another_encryption() -> None:
    """S3's own keys, and keys from outside of the template, need no right that is known."""
    assert [encryption_keys(bucket([ACCOUNT], "AES256")),
            encryption_keys(bucket([ACCOUNT], key="alias/aws/s3")),
            encryption_keys(Resources({"Events": {"Type": "AWS::S3::Bucket"}}))] == [{}, {}, {}]
