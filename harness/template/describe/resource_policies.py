"""Rights that a template gives by other ways than the policies of a role.

Source: IAM User Guide, "Policy evaluation logic": within an account the policy of a resource is as
good as that of the role.
"""

from __future__ import annotations

import json
from typing import Final

from harness.template.read.resources import Resources

POLICIES: Final = {
    "AWS::S3::BucketPolicy": "s3",
    "AWS::SQS::QueuePolicy": "sqs",
    "AWS::SQS::QueueInlinePolicy": "sqs",
    "AWS::SNS::TopicPolicy": "sns",
    "AWS::SNS::TopicInlinePolicy": "sns",
    "AWS::Events::EventBusPolicy": "events",
}
"""Resources that are the policy of another one."""
WITH_POLICY: Final = {
    "AWS::DynamoDB::Table": ("dynamodb", "ResourcePolicy"),
    "AWS::DynamoDB::GlobalTable": ("dynamodb", "Replicas"),
    "AWS::Events::EventBus": ("events", "Policy"),
}
"""Resources with a policy among their properties."""
TO_ANYBODY: Final = ('"AWS"', '"Principal": "*"')


def open_services(resources: Resources) -> frozenset[str]:
    """The services in which a resource's own policy may allow a call; ``*``: every one."""
    found = {service for type_, service in POLICIES.items()
             for _, properties in resources.of(type_) if _names_roles(properties)}
    found |= {service for type_, (service, member) in WITH_POLICY.items()
              for _, properties in resources.of(type_) if _names_roles(properties.get(member))}
    elsewhere = any(resources.of("AWS::IAM::RolePolicy"))
    return frozenset(found | ({"*"} if elsewhere else set()))


def _names_roles(policy: object) -> bool:
    text = json.dumps(policy, default=str)
    return any(each in text for each in TO_ANYBODY)
