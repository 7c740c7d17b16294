"""Subscriptions of SNS topics.

Sources: CloudFormation reference, AWS::SNS::Subscription and AWS::SNS::Topic; SNS Developer Guide,
"Amazon SNS subscription filter policies" and "Amazon SNS raw message delivery".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from harness.template.describe.feeds import Subscription
from harness.template.describe.invoke_permissions import obstacle_of_subscription
from harness.template.describe.messaging import refuse_pattern
from harness.template.read.resources import TOPIC, Resources, items
from harness.template.read.tokens import shown


def read_subscriptions(resources: Resources, file: Path) -> tuple[Subscription, ...]:
    """The subscriptions of functions and queues of the template to its topics.

    Raises:
        RuleInvalid: AWS refuses a filter policy.
    """
    found = (_subscription(*each, resources, file) for each in subscribing(resources))
    return tuple(each for each in found if each is not None)


def subscribing(resources: Resources) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The topic and the properties of each subscription, in either place."""
    for name, properties in resources.of(TOPIC):
        yield from ((name, each) for each in items(properties.get("Subscription")))
    for _, properties in resources.of("AWS::SNS::Subscription"):
        topic = resources.topic(properties.get("TopicArn"))
        if topic is not None:
            yield topic, properties


def _subscription(
    topic: str, properties: Mapping[str, Any], resources: Resources, file: Path
) -> Subscription | None:
    endpoint, protocol = properties.get("Endpoint"), properties.get("Protocol")
    function = resources.function(endpoint) if protocol == "lambda" else None
    queue = resources.queue(endpoint) if protocol == "sqs" else None
    policy = _policy(properties.get("FilterPolicy"))
    if policy is not None:
        refuse_pattern(f"template {file}, filter policy of a subscription to {topic}", policy)
    if function is None and queue is None:
        return None
    kind: Literal["queue", "function"] = "queue" if function is None else "function"
    return Subscription(
        topic=topic,
        kind=kind,
        target=function or queue or "",
        raw=str(properties.get("RawMessageDelivery")).lower() == "true",
        policy=policy,
        in_body=properties.get("FilterPolicyScope") == "MessageBody",
        obstacle=obstacle_of_subscription(kind, function or queue or "", resources),
    )


def _policy(given: Any) -> str | None:
    if not given:
        return None
    return str(shown(given)) if isinstance(given, str) else json.dumps(shown(given))
