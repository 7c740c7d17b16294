"""The resources that each function may use: those that its variables and its role's policies name.

A chain of functions is found by them: a function that may put events on a bus, and is started by
a stream, is a relay between the two.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from harness.template.read.resources import (
    BUS,
    FUNCTION,
    KINESIS,
    QUEUE,
    TOPIC,
    Resources,
    mapping,
)
from harness.template.read.tokens import references, texts

POLICIES: Final = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")
DEFAULT_BUS: Final = "default"
NAMED: Final = ((BUS, "Name"), (QUEUE, "QueueName"), (TOPIC, "TopicName"), (KINESIS, "Name"),
                ("AWS::DynamoDB::Table", "TableName"), ("AWS::S3::Bucket", "BucketName"),
                (FUNCTION, "FunctionName"))
"""Types of the resources that functions share, and the property that names one literally."""
_DATA: Final = re.compile(r'"(\*|(dynamodb|events|sqs|sns|kinesis|lambda):)')
_CARRIES: Final = re.compile(r'"(\*|(dynamodb|events|s3|sqs|sns|kinesis|lambda):)')
_MANAGED: Final = re.compile(
    r"(?<!::aws):policy/|::aws:policy/(?!service-role/).*(Admin|PowerUser|Data|DynamoDB|AWSLambda|S3|"
    r"SQS|SNS|Events|EventBridge|Kinesis)")
"""The ARN of a managed policy that may allow anything: one of the account, or AWS's about data."""
_TO_A_BUS: Final = re.compile(r'"events:(\*|Put\*|PutEvents)"|EventBridge|"Action": \[?"\*"', re.I)


def read_uses(resources: Resources) -> Mapping[str, frozenset[str]]:
    """The logical ids that each function may use, and ``default`` for the default bus."""
    return {name: frozenset(_used(name, resources)) for name in resources.ids(FUNCTION)}


def may_publish(function: str, resources: Resources) -> bool:
    """Tell if a function's role lets it publish, or is outside the template."""
    own, policies = _policies(function, resources)
    return not own or any(_TO_A_BUS.search(json.dumps(each, default=str)) for each in policies)


def publishers(resources: Resources) -> frozenset[str]:
    """The functions whose roles are known to let them publish."""
    return frozenset(name for name in resources.ids(FUNCTION)
                     if _policies(name, resources)[0] and may_publish(name, resources))


def unrestricted(resources: Resources) -> frozenset[str]:
    """The functions whose roles do not tell which carriers and stores they may use."""
    return frozenset(name for name in resources.ids(FUNCTION)
                     if _is_unrestricted(*_policies(name, resources), resources))


def _is_unrestricted(own: list[str], policies: Any, resources: Resources) -> bool:
    return not own or any(_is_open(statement, resources) for statement in _statements(policies))


def _statements(policies: Any) -> Iterator[Any]:
    """The statements of policies, and the managed policies among them."""
    if isinstance(policies, list):
        for each in policies:
            yield from _statements(each)
    elif isinstance(policies, dict):
        if "Action" in policies or "NotAction" in policies:
            yield policies
        else:
            yield from _statements([*policies.values()])
    elif isinstance(policies, str):
        yield policies


def _is_open(statement: Any, resources: Resources) -> bool:
    """Tell if a statement allows the use of data by a pattern, or of whatever has some name."""
    if isinstance(statement, str):
        return _MANAGED.search(statement) is not None
    if statement.get("Effect") == "Deny":
        return False
    actions = json.dumps(statement.get("Action", "*"), default=str)
    if not _CARRIES.search(actions):
        return False
    given = statement.get("Resource", "*")
    return any(not _names(each, resources)
               for each in (given if isinstance(given, list) else [given]))


def _names(resource: Any, resources: Resources) -> bool:
    """Tell if a value names a resource of the template."""
    return any(map(resources.type, references(resource))) or any(_literally(resource, resources))


def _policies(function: str, resources: Resources) -> tuple[list[str], list[Any]]:
    """The roles of a function that the template has, and all that they are allowed."""
    role = resources.properties(function).get("Role")
    own = [name for name in references(role) if resources.type(name) == "AWS::IAM::Role"]
    attached = [properties for type_ in POLICIES for _, properties in resources.of(type_)
                if set(own) & {*references([properties.get("Roles"), properties.get("RoleName")])}]
    return own, [*map(resources.properties, own), *attached]


def _used(function: str, resources: Resources) -> Iterator[str]:
    """Names in a function's policies; in its variables as well, where these leave it open.

    The default bus is one, if the function may publish and names no other; so is every bus of the
    template, if it may publish to any: then its code names one.
    """
    variables = mapping(mapping(resources.properties(function).get("Environment")).get("Variables"))
    own, policies = _policies(function, resources)
    named = [*references(policies), *_literally(policies, resources)]
    if not own or _leave_open(policies):
        values = [*variables.values()]
        named += [*references(values), *_literally(values, resources)]
    yield from named
    buses = [name for name in named if resources.type(name) == BUS]
    if not buses and any(_TO_A_BUS.search(json.dumps(each, default=str)) for each in policies):
        yield DEFAULT_BUS
        yield from resources.ids(BUS) if _to_any_bus(policies) else ()


def _to_any_bus(policies: Any) -> bool:
    """Tell if policies allow to publish without saying to which bus."""
    if isinstance(policies, list):
        return any(map(_to_any_bus, policies))
    if not isinstance(policies, dict):
        return False
    if "Action" in policies:
        allowed = _TO_A_BUS.search(json.dumps({"Action": policies["Action"]}, default=str))
        return allowed is not None and policies.get("Resource") in ("*", ["*"])
    return any(map(_to_any_bus, policies.values()))


def _leave_open(policies: Any) -> bool:
    """Tell if policies allow the use of data without saying which."""
    if isinstance(policies, list):
        return any(map(_leave_open, policies))
    if not isinstance(policies, dict):
        return isinstance(policies, str) and _MANAGED.search(policies) is not None
    if "Action" in policies:
        data = _DATA.search(json.dumps(policies["Action"], default=str)) is not None
        return data and policies.get("Resource") in ("*", ["*"])
    return any(map(_leave_open, policies.values()))


def _literally(value: Any, resources: Resources) -> Iterator[str]:
    """The resources that a value names by their literal names, as SAM does with a star behind."""
    words = {word.removesuffix("*") for text in texts(value) for word in re.split(r"[:/]", text)}
    for type_, key in NAMED:
        for name, properties in resources.of(type_):
            if str(properties.get(key)) in words:
                yield name
