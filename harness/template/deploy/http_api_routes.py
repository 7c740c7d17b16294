"""Routes of HTTP APIs as resources, for emulators that do not import an OpenAPI body.

SAM writes the routes of an AWS::Serverless::HttpApi into the body of its AWS::ApiGatewayV2::Api,
which API Gateway imports. A route and an integration express a proxy integration of the body just
as well (CloudFormation User Guide, AWS::ApiGatewayV2::Route); all else in the body is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.template.read.resources import mapping

API = "AWS::ApiGatewayV2::Api"
INTEGRATION = "x-amazon-apigateway-integration"
ANY_METHOD = "x-amazon-apigateway-any-method"
PROXY = "aws_proxy"


def with_route_resources(document: dict[str, Any]) -> dict[str, Any]:
    """The document with each route in the body of an HTTP API as a resource of its own."""
    resources: dict[str, Any] = {}
    for name, resource in document["Resources"].items():
        body = mapping(mapping(resource.get("Properties")).get("Body"))
        if resource["Type"] == API and body:
            resources |= {name: _without_body(name, resource), **dict(_routes(name, body))}
        else:
            resources[name] = resource
    return {**document, "Resources": resources}


def _without_body(name: str, resource: dict[str, Any]) -> dict[str, Any]:
    imported = ("Body", "BodyS3Location", "FailOnWarnings", "BasePath")
    properties = {key: value for key, value in resource["Properties"].items()
                  if key not in imported}
    return {**resource, "Properties": {"Name": name, "ProtocolType": "HTTP", **properties}}


def _routes(api: str, body: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """An integration and a route for each operation, with logical ids made of the API's."""
    operations = [(path, method, mapping(operation).get(INTEGRATION))
                  for path, methods in mapping(body.get("paths")).items()
                  for method, operation in mapping(methods).items()]
    for number, (path, method, found) in enumerate(operations):
        integration = mapping(found)
        if str(integration.get("type")).lower() != PROXY:
            continue
        name = f"{api}Integration{number}"
        yield name, {"Type": "AWS::ApiGatewayV2::Integration", "Properties": {
            "ApiId": {"Ref": api}, "IntegrationType": "AWS_PROXY",
            "IntegrationMethod": "POST", "IntegrationUri": integration.get("uri"),
            "PayloadFormatVersion": integration.get("payloadFormatVersion", "2.0")}}
        yield f"{api}Route{number}", {"Type": "AWS::ApiGatewayV2::Route", "Properties": {
            "ApiId": {"Ref": api}, "RouteKey": _key(method, path),
            "Target": {"Fn::Sub": f"integrations/${{{name}}}"}}}


def _key(method: str, path: str) -> str:
    if path in ("$default", "/$default"):
        return "$default"
    return f"{'ANY' if method == ANY_METHOD else method.upper()} {path}"
