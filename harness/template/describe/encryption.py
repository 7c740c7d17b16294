"""Resources whose data a key of the template encrypts, so that using them needs rights on the key.

Only keys whose policy leaves everything to the policies of roles count: it allows the account all
that the key can do, and names nobody else. Sources: Amazon S3 User Guide, "Using server-side
encryption with AWS KMS keys (SSE-KMS)"; CloudFormation's reference of queues, topics and streams;
AWS KMS Developer Guide, "Default key policy".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from harness.template.read.resources import KINESIS, QUEUE, TOPIC, Resources, items, mapping
from harness.template.read.tokens import references, texts

ENCRYPTING: Final = ("aws:kms", "aws:kms:dsse")
ACCOUNT: Final = ":root"
"""The end of the ARN that stands for an account."""


def encryption_keys(resources: Resources) -> Mapping[str, str]:
    """The logical ids of buckets, queues, topics and Kinesis streams, each with that of its key."""
    keys = {name for name, properties in resources.of("AWS::KMS::Key")
            if _is_left_to_roles(properties.get("KeyPolicy"))}
    return {name: key for type_, key_of in KEYS.items() for name, properties in resources.of(type_)
            for key in references(key_of(properties)) if key in keys}


def _of_a_bucket(properties: Mapping[str, Any]) -> Any:
    """The key of the first rule of a bucket's encryption; there can be only one."""
    rules = items(mapping(properties.get("BucketEncryption")).get(
        "ServerSideEncryptionConfiguration"))
    default = mapping(mapping(next(iter(rules), None)).get("ServerSideEncryptionByDefault"))
    return default.get("KMSMasterKeyID") if default.get("SSEAlgorithm") in ENCRYPTING else None


def _of_a_queue_or_topic(properties: Mapping[str, Any]) -> Any:
    return properties.get("KmsMasterKeyId")


def _of_a_stream(properties: Mapping[str, Any]) -> Any:
    return mapping(properties.get("StreamEncryption")).get("KeyId")


KEYS: Final[Mapping[str, Callable[[Mapping[str, Any]], Any]]] = {
    "AWS::S3::Bucket": _of_a_bucket,
    QUEUE: _of_a_queue_or_topic,
    TOPIC: _of_a_queue_or_topic,
    KINESIS: _of_a_stream,
}
"""By type, where a resource's properties have its key."""


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
