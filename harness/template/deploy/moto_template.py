"""The part of a template that moto's CloudFormation can create and the harness needs.

The rules are facts about moto 5.2.5, most of them covered by a test:

* it fails on API Gateway, whose routes the harness reads from the template;
* it runs functions in Docker for event source mappings, subscriptions and custom
  resources, and the harness carries messages itself;
* it takes function code from S3 or as Python text, so every function gets dummy code;
* it names FIFO queues without ``.fifo`` and then refuses them;
* it refuses a rule on a bus that does not exist, a function whose role does not exist,
  and a policy on what is no ARN;
* it leaves numbers in a function's environment, where Lambda has text;
* it knows AWS::DynamoDB::Table but not GlobalTable;
* it fails on some resources' Tags, which no function reads, and on a parameter without a name.

So only the types in references.CREATED stay. Parameters, conditions and mappings have been applied,
and no stack reads the outputs, so the template has only resources.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from harness.template.deploy.references import (
    CREATED,
    POLICIES,
    ROLE,
    RULE,
    placeholder,
    resolvable,
)
from harness.template.describe.messaging import target_of
from harness.template.read.pseudo_parameters import as_text
from harness.template.read.resources import (
    BUS,
    FUNCTION,
    KINESIS,
    QUEUE,
    TOPIC,
    Resources,
    items,
    mapping,
)
from harness.template.read.tokens import is_final, parsed_json, references, rendered, token

DUMMY: Final[Mapping[str, Any]] = {
    "Code": {"ZipFile": "def handler(event, context):\n    raise NotImplementedError\n"},
    "Handler": "index.handler",
    "Runtime": "python3.12",
}
_FUNCTION_KEYS: Final = ("FunctionName", "Description", "Timeout", "MemorySize")
_TABLE_KEYS: Final = ("TableName", "AttributeDefinitions", "KeySchema", "StreamSpecification")
_INDEX_KEYS: Final = ("IndexName", "KeySchema", "Projection")
_TARGET_KEYS: Final = (
    "Id",
    "Arn",
    "Input",
    "InputPath",
    "InputTransformer",
    "SqsParameters",
    "DeadLetterConfig",
    "RetryPolicy",
)
ROLE_FROM_OUTSIDE: Final = "RoleFromOutside"


def moto_template(resources: Resources) -> dict[str, Any]:
    """A CloudFormation template that moto can create as it is, without parameters."""
    own = Resources({n: r for n, r in resources.by_id.items() if not _is_schedule(r)})
    wanted = Resources({**_outside_buses(own), **_outside_role(own), **own.by_id})
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {name: _resource(name, wanted) for name in _buses_first(wanted)},
    }


def _buses_first(resources: Resources) -> list[str]:
    """The resources to create; a rule may name its bus literally, and then comes after it."""
    return sorted(resources.ids(*CREATED), key=lambda name: resources.type(name) != BUS)


def _is_schedule(resource: Mapping[str, Any]) -> bool:
    pattern = mapping(resource.get("Properties")).get("EventPattern")
    return resource.get("Type") == RULE and not pattern


def _resource(logical_id: str, resources: Resources) -> dict[str, Any]:
    resource = resources.by_id[logical_id]
    type_, properties = resource["Type"], mapping(resource.get("Properties"))
    adapt = _ADAPTED.get(type_, _unchanged)
    adapted = adapt(logical_id, properties, resources)
    created = resolvable(rendered(adapted), resources)
    found = {
        "Type": type_.replace("GlobalTable", "Table"),
        "Properties": _with_arns(created) if type_ in POLICIES else created,
    }
    found["Properties"].pop("Tags", None)
    depends = _dependencies(resource.get("DependsOn"), resources)
    return {**found, "DependsOn": depends} if depends else found


def _dependencies(value: Any, resources: Resources) -> list[str]:
    names = [value] if isinstance(value, str) else items(value)
    return [name for name in names if isinstance(name, str) and resources.type(name) in CREATED]


def _unchanged(_name: str, properties: dict[str, Any], _all: Resources) -> dict[str, Any]:
    return properties


def _function(_name: str, properties: dict[str, Any], resources: Resources) -> dict[str, Any]:
    variables = mapping(mapping(properties.get("Environment")).get("Variables"))
    return {
        **_only(_FUNCTION_KEYS, properties),
        "Role": _role(properties.get("Role"), resources),
        "Environment": {"Variables": {k: as_text(v) for k, v in variables.items()}},
        **DUMMY,
    }


def _role(value: Any, resources: Resources) -> str:
    """The ARN of the function's role, or of a stand-in for a role from outside the template."""
    found = _own_role(value, resources) or ROLE_FROM_OUTSIDE
    return token({"Fn::GetAtt": [found, "Arn"]})


def _own_role(value: Any, resources: Resources) -> str | None:
    return next((name for name in references(value) if resources.type(name) == ROLE), None)


def _queue(name: str, properties: dict[str, Any], _all: Resources) -> dict[str, Any]:
    if as_text(properties.get("FifoQueue", "")) != "true":
        return properties
    return {"QueueName": f"{name}.fifo", **properties}


def _parameter(name: str, properties: dict[str, Any], _all: Resources) -> dict[str, Any]:
    return {"Name": f"CFN-{name}", **properties}


def _topic(name: str, properties: dict[str, Any], _all: Resources) -> dict[str, Any]:
    own = {key: value for key, value in properties.items() if key != "Subscription"}
    if as_text(properties.get("FifoTopic", "")) != "true":
        return own
    return {"TopicName": f"{name}.fifo", **own}


def _stream(_name: str, properties: dict[str, Any], _all: Resources) -> dict[str, Any]:
    return _only(("Name",), properties)


def _bucket(_name: str, properties: dict[str, Any], _all: Resources) -> dict[str, Any]:
    return {key: value for key, value in properties.items() if key != "NotificationConfiguration"}


def _rule(_name: str, properties: dict[str, Any], resources: Resources) -> dict[str, Any]:
    targets = [t for t in items(properties.get("Targets")) if target_of(t, resources)]
    return {**properties, "EventPattern": _as_object(properties.get("EventPattern")),
            "Targets": [_only(_TARGET_KEYS, target) for target in targets]}


def _as_object(pattern: Any) -> Any:
    """A pattern as an object: moto's CloudFormation takes no JSON text, as AWS does."""
    try:
        return parsed_json(pattern) if isinstance(pattern, str) else pattern
    except ValueError:
        return pattern


def _global_table(_name: str, properties: dict[str, Any], _all: Resources) -> dict[str, Any]:
    found = {**_only(_TABLE_KEYS, properties), "BillingMode": "PAY_PER_REQUEST"}
    for key in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if key in properties:
            found[key] = [_only(_INDEX_KEYS, mapping(i)) for i in items(properties[key])]
    return found


def _with_arns(value: Any, key: str = "") -> Any:
    """The policy with an ARN wherever a text names a resource: moto refuses others."""
    if isinstance(value, dict):
        return {name: _with_arns(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_arns(item, key) for item in value]
    named = key in ("Resource", "NotResource") and isinstance(value, str)
    return value if not named or value.startswith(("arn:", "*")) else placeholder(value, "Arn")


def _only(keys: tuple[str, ...], properties: Mapping[str, Any]) -> dict[str, Any]:
    return {key: properties[key] for key in keys if key in properties}


def _outside_role(resources: Resources) -> dict[str, Any]:
    """A role for the functions whose role the template does not create."""
    roles = (
        _own_role(properties.get("Role"), resources) for _, properties in resources.of(FUNCTION)
    )
    found = {"Type": ROLE, "Properties": {"AssumeRolePolicyDocument": {}}}
    return {ROLE_FROM_OUTSIDE: found} if None in roles else {}


def _outside_buses(resources: Resources) -> dict[str, Any]:
    """Buses that rules name and the template does not create."""
    values = (properties.get("EventBusName") for _, properties in resources.of(RULE))
    names = {v for v in values if isinstance(v, str) and is_final(v) and not resources.bus(v)}
    wanted = sorted({name.rsplit("/", 1)[-1] for name in names} - {"", "default"})
    return {
        f"BusFromOutside{number}": {"Type": BUS, "Properties": {"Name": name}}
        for number, name in enumerate(wanted, start=1)
    }


_ADAPTED: Final[Mapping[str, Callable[[str, dict[str, Any], Resources], dict[str, Any]]]] = {
    FUNCTION: _function,
    QUEUE: _queue,
    TOPIC: _topic,
    KINESIS: _stream,
    RULE: _rule,
    "AWS::S3::Bucket": _bucket,
    "AWS::SSM::Parameter": _parameter,
    "AWS::DynamoDB::GlobalTable": _global_table,
}
