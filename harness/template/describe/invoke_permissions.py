"""Obstacles on the way to a function: on AWS a rule, a topic or a route without a right is silent.

Sources: EventBridge User Guide, "Using resource-based policies for Amazon EventBridge" (functions
and queues as targets); SNS Developer Guide, "Fanout to Amazon SQS queues" and "Fanout to Lambda
functions"; API Gateway Developer Guide, "Control access to a REST API with resource policies" and
"Set up Lambda proxy integrations" (the integration's method is POST, whatever the route's);
Lambda Developer Guide, "Control access to Lambda function URLs"; SQS Developer Guide, "Key
management": a service that sends to an encrypted queue needs a key whose policy lets it, and nobody
can change the policy of alias/aws/sqs. SAM writes the rights to invoke by itself.
A template with something that is not known in full has none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from harness.template.describe.model import Template
from harness.template.read.errors import NeverInvoked
from harness.template.read.resources import Resources
from harness.template.read.tokens import is_final, references

PERMISSION: Final = "AWS::Lambda::Permission"
QUEUE_POLICIES: Final = ("AWS::SQS::QueuePolicy", "AWS::SQS::QueueInlinePolicy")
EVENTS: Final = "events.amazonaws.com"
TOPICS: Final = "sns.amazonaws.com"
QUEUES_OWN_KEY: Final = "alias/aws/sqs"
ANY: Final = re.compile(r'"(Principal|Service|AWS)": (\["\*"\]|"\*")')
"""A statement of a key's policy that is about everybody."""
GATEWAY: Final = "apigateway.amazonaws.com"


def obstacle_of_target(
    kind: str, logical_id: str, target: Mapping[str, Any], resources: Resources
) -> str:
    """The reason why a rule's target is never reached, or an empty text."""
    if "RoleArn" in target:
        return ""
    if kind == "queue":
        return _queue_closed_to(EVENTS, logical_id, resources)
    return _without_permission(logical_id, EVENTS, resources)


def obstacle_of_subscription(kind: str, logical_id: str, resources: Resources) -> str:
    """The reason why a topic's subscriber is never reached, or an empty text."""
    if kind == "queue":
        return _queue_closed_to(TOPICS, logical_id, resources)
    return _without_permission(logical_id, TOPICS, resources)


def obstacle_of_route(
    api: str, function: str, integration: Mapping[str, Any], resources: Resources
) -> str:
    """The reason why a route's function is never reached, or an empty text."""
    method = integration.get("integrationHttpMethod") or integration.get("httpMethod") or "POST"
    if api == "rest" and is_final(method) and str(method).upper() != "POST":
        return f"its integration has the method {method}, and Lambda takes only POST"
    if integration.get("credentials") or integration.get("credentialsArn"):
        return ""
    return _without_permission(function, GATEWAY, resources)


def obstacle_of_url(function: str, properties: Mapping[str, Any], resources: Resources) -> str:
    """The reason why a function's URL never reaches it, or an empty text.

    With AuthType AWS_IAM the caller's own rights may be enough.
    """
    return _without_permission(function, "*", resources) if properties.get(
        "AuthType") == "NONE" else ""


def refuse_unreached(template: Template, functions: Iterable[str]) -> None:
    """Refuse a template in which a function that takes part is never invoked.

    Raises:
        NeverInvoked: a rule, a topic or a route that leads to one has an obstacle.
    """
    wanted = set(functions)
    wanted |= {feed.queue for feed in template.feeds if feed.function in wanted}
    ways = [(f"rule {rule.logical_id}", target.logical_id, target.obstacle)
            for rule in template.rules for target in rule.targets]
    ways += [(f"subscription to {each.topic}", each.target, each.obstacle)
             for each in template.subscriptions]
    ways += [(f"route {route}", route.target, route.obstacle) for route in template.routes]
    for way, target, obstacle in ways:
        if obstacle and target in wanted:
            raise NeverInvoked(
                f"template {template.path}, {way}", expected=f"a way to {target} that AWS goes",
                got=obstacle, remedy="add it to the template")


def _without_permission(function: str, principal: str, resources: Resources) -> str:
    for _, properties in resources.of(PERMISSION):
        named = properties.get("FunctionName")
        about = resources.function(named) in (function, None)
        given = properties.get("Principal")
        if about and (not is_final(given) or given in (principal, "*")):
            return ""
    return f"no {PERMISSION} lets {principal} invoke it"


def _queue_closed_to(principal: str, queue: str, resources: Resources) -> str:
    return (_without_policy(queue, principal, resources)
            or _without_key(queue, principal, resources))


def _without_key(queue: str, principal: str, resources: Resources) -> str:
    named = resources.properties(queue).get("KmsMasterKeyId")
    if is_final(named) and str(named).endswith(QUEUES_OWN_KEY):
        return f"its messages are encrypted by {QUEUES_OWN_KEY}, which {principal} may not use"
    for key in references(named):
        if resources.type(key) == "AWS::KMS::Alias":
            key = next(references(resources.properties(key).get("TargetKeyId")), key)
        policy = resources.properties(key).get("KeyPolicy")
        text = json.dumps(policy, default=str)
        if policy is not None and is_final(policy) and principal not in text and not ANY.search(
                text):
            return f"the policy of its key {key} does not let {principal} use it"
    return ""


def _without_policy(queue: str, principal: str, resources: Resources) -> str:
    for type_ in QUEUE_POLICIES:
        for _, properties in resources.of(type_):
            named = properties.get("Queues", properties.get("Queue"))
            queues = named if isinstance(named, list) else [named]
            text = json.dumps(properties.get("PolicyDocument"), default=str)
            about = any(resources.queue(q) in (queue, None) for q in queues)
            if about and (principal in text or '"*"' in text):
                return ""
    return f"no AWS::SQS::QueuePolicy lets {principal} send to it"
