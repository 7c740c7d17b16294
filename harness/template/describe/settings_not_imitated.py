"""Settings of a template that no run imitates, as sentences for the user.

Sources: EventBridge User Guide, "How EventBridge retries delivering events" (a retry policy is
about handing an event over, not about a function that fails); Lambda Developer Guide, "Configuring
error handling for asynchronous invocation"; API Gateway Developer Guide, "Controlling and managing
access".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from harness.template.describe.functions import INVOKE_CONFIG
from harness.template.describe.messaging import RULE
from harness.template.read.resources import Resources, items, mapping

ROUTES: Final = (("AWS::ApiGateway::Method", "AuthorizationType"),
                 ("AWS::ApiGatewayV2::Route", "AuthorizationType"),
                 ("AWS::Lambda::Url", "AuthType"))
APIS: Final = ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api")
"""Their OpenAPI document, where they have one, names the authorizers of its routes."""


def settings_not_imitated(resources: Resources) -> tuple[str, ...]:
    """One sentence for each kind of setting that a run leaves out, with those that have it."""
    return tuple(f"{', '.join(names)}: {told}" for names, told in (
        (_guarded(resources), "requests come as from a caller who is let in"),
        (_aged(resources), "no event gets too old in a run"),
        (_failing(resources), "no invocation that may still succeed is given up in a run"),
        (list(_retried(resources)), "AWS always reaches the target in a run"),
    ) if names)


def _guarded(resources: Resources) -> list[str]:
    named = {str(properties.get(name)) for type_, name in ROUTES
             for _, properties in resources.of(type_)} - {"None", "NONE"}
    if any(str(properties.get("ApiKeyRequired")).lower() == "true"
           for _, properties in resources.of("AWS::ApiGateway::Method")):
        named.add("api_key")
    for _, properties in resources.of(*APIS):
        body = mapping(properties.get("Body"))
        named |= mapping(body.get("securityDefinitions")).keys()
        named |= mapping(mapping(body.get("components")).get("securitySchemes")).keys()
    return [f"authorizers ({', '.join(sorted(named))})"] if named else []


def _aged(resources: Resources) -> list[str]:
    configs = resources.of(INVOKE_CONFIG)
    return [f"MaximumEventAgeInSeconds of {name}" for name, properties in configs
            if "MaximumEventAgeInSeconds" in properties]


def _failing(resources: Resources) -> list[str]:
    configs = resources.of(INVOKE_CONFIG)
    return [f"OnFailure of {name}" for name, properties in configs
            if "OnFailure" in mapping(properties.get("DestinationConfig"))
            and str(properties.get("MaximumRetryAttempts")) != "0"]


def _retried(resources: Resources) -> Iterator[str]:
    for name, properties in resources.of(RULE):
        if any("RetryPolicy" in mapping(target) for target in _targets(properties)):
            yield f"RetryPolicy of {name}"


def _targets(properties: Mapping[str, Any]) -> list[Any]:
    return items(properties.get("Targets"))
