"""Buckets whose objects a key of the template encrypts, so that using them needs rights on the key.

Only keys whose policy leaves everything to the policies of roles count: it allows the account all
that the key can do, and names nobody else. Sources: Amazon S3 User Guide, "Using server-side
encryption with AWS KMS keys (SSE-KMS)"; AWS KMS Developer Guide, "Default key policy".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from harness.template.read.resources import Resources, items, mapping
from harness.template.read.tokens import references, texts

ENCRYPTING: Final = ("aws:kms", "aws:kms:dsse")
ACCOUNT: Final = ":root"
"""The end of the ARN that stands for an account."""


def encrypted_buckets(resources: Resources) -> Mapping[str, str]:
    """The logical ids of buckets, each with that of its key."""
    keys = {name for name, properties in resources.of("AWS::KMS::Key")
            if _is_left_to_roles(properties.get("KeyPolicy"))}
    return {bucket: key for bucket, properties in resources.of("AWS::S3::Bucket")
            for key in _keys(properties) if key in keys}


def _keys(properties: Mapping[str, Any]) -> Iterator[str]:
    """The names that the first rule of a bucket's encryption refers to; there can be only one."""
    rules = items(mapping(properties.get("BucketEncryption")).get(
        "ServerSideEncryptionConfiguration"))
    default = mapping(mapping(next(iter(rules), None)).get("ServerSideEncryptionByDefault"))
    if default.get("SSEAlgorithm") in ENCRYPTING:
        yield from references(default.get("KMSMasterKeyID"))


def _is_left_to_roles(policy: Any) -> bool:
    statements = [mapping(each) for each in items(mapping(policy).get("Statement"))]
    named = [statement for statement in statements
             if "AWS" in mapping(statement.get("Principal")) or statement.get("Principal") == "*"]
    return bool(named) and all(_is_the_accounts(each) for each in named)


def _is_the_accounts(statement: Mapping[str, Any]) -> bool:
    whom = tuple(texts(mapping(statement.get("Principal")).get("AWS")))
    return (statement.get("Effect") == "Allow" and "Condition" not in statement
            and "kms:*" in texts(statement.get("Action"))
            and bool(whom) and all(each.endswith(ACCOUNT) for each in whom))
