"""Routes are read in every way that a template may write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.template import (
    Template,
)
from tests.harness.template.example_templates import (
    HTTP_API,
    PLAIN,
    QUEUES,
    SAM_HTTP,
    SAM_REST,
    Load,
    http,
    resources,
    routed,
)


def summary(template: Template) -> set[tuple[str, str, str, str, str]]:
    """Each route as method, path, payload, target and its kind."""
    return {(r.method, r.path, r.payload, r.target, r.target_kind) for r in template.routes}


class TestRoutes:
    """Routes, in every way that a template may write them."""

    def test_sam_rest(self, given_template: Load) -> None:
        """Implicit REST APIs have payload 1.0, and aliases lead to their function, as URLs do."""
        assert summary(given_template(SAM_REST)) == {
            ("POST", "/orders", "1.0", "Command", "function"),
            ("GET", "/orders/{id}", "1.0", "Query", "function"),
            ("ANY", "$default", "2.0", "Command", "function"),
        }

    def test_binary_media_types(self, given_template: Load) -> None:
        """The routes of a REST API know its binary media types."""
        types = "Globals:\n  Api: {BinaryMediaTypes: ['image~1png']}"
        found = given_template(SAM_REST.replace("Globals:", types))
        assert {route.binary for route in found.routes if not route.own} == {("image/png",)}

    def test_sam_http(self, given_template: Load) -> None:
        """HTTP APIs of SAM have payload 2.0 unless the event says otherwise."""
        assert summary(given_template(SAM_HTTP)) == {
            ("POST", "/orders", "2.0", "Command", "function"),
            ("GET", "/orders/{id}", "2.0", "Query", "function"),
            ("ANY", "/old/{proxy+}", "1.0", "Query", "function"),
            ("ANY", "$default", "2.0", "Query", "function"),
        }

    def test_resources_and_methods(self, given_template: Load) -> None:
        """Paths are put together from resources; literal names find their function."""
        found = given_template(PLAIN)
        assert summary(found) == {
            ("POST", "/orders", "1.0", "Command", "function"),
            ("GET", "/orders/{id}", "1.0", "Query", "function"),
        }
        assert [r.proxy for r in found.routes] == [True, False]

    def test_queues(self, given_template: Load) -> None:
        """SQS integrations by path, by name and by action are doors to the queue."""
        found = summary(given_template(QUEUES))
        assert {(path, door) for _, path, _, _, door in found} == {
            ("/orders", "queue"),
            ("/named", "queue"),
            ("/action", "queue"),
        }

    @pytest.mark.parametrize(
        ("key", "version", "expected"),
        [
            ("POST /orders", "2.0", ("POST", "/orders", "2.0")),
            ("ANY /{proxy+}", "1.0", ("ANY", "/{proxy+}", "1.0")),
            ("$default", 2.0, ("ANY", "$default", "2.0")),
        ],
    )
    def test_route_keys(
        self, given_template: Load, key: str, version: Any, expected: tuple[str, str, str]
    ) -> None:
        """Routes of an HTTP API are read from route and integration."""
        integration = http(PayloadFormatVersion=version)
        found = given_template(resources(Api=HTTP_API, I=integration, R=routed(key))).routes[0]
        assert (found.method, found.path, found.payload) == expected

    def test_sqs_subtype(self, given_template: Load) -> None:
        """An HTTP API's SQS-SendMessage integration is a door to the queue."""
        integration = {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {
                "IntegrationSubtype": "SQS-SendMessage",
                "RequestParameters": {"QueueUrl": {"Ref": "Q"}, "MessageBody": "$request.body"},
            },
        }
        queue = {"Type": "AWS::SQS::Queue"}
        found = given_template(
            resources(Api=HTTP_API, Q=queue, I=integration, R=routed("POST /orders"))
        )
        assert summary(found) == {("POST", "/orders", "1.0", "Q", "queue")}

    @pytest.mark.parametrize(("message", "whole"), [
        ("$input.body", True), ("$util.urlEncode($input.json('$'))", True),
        ("${input.body}&MessageGroupId={x}", True),
        ("$util.urlEncode(\"{\\\"command\\\": $input.body}\")", False),
        ('{"body": $input.json("$")}&MessageGroupId=x', False),
    ])
    def test_mapped_messages(self, given_template: Load, message: str, whole: bool) -> None:
        """A message is the body as it is, or put together by the template."""
        template = {"application/json": f"Action=SendMessage&MessageBody={message}"}
        method = {
            "Type": "AWS::ApiGateway::Method",
            "Properties": {"HttpMethod": "POST", "RestApiId": "api", "Integration": {
                "Type": "AWS", "Uri": {"Fn::Sub": "arn:aws:apigateway:x:sqs:path/1/${Q.QueueName}"},
                "RequestTemplates": template}},
        }
        found = given_template(resources(Q={"Type": "AWS::SQS::Queue"}, M=method)).routes
        assert [route.proxy for route in found] == [whole]

    @pytest.mark.parametrize(("kind", "properties", "encodes"), [
        ("Api", {}, False), ("Api", {"BinaryMediaTypes": ["image~1png"]}, True),
        ("HttpApi", {}, True)])
    def test_encoded_bodies(
        self, given_template: Load, kind: str, properties: dict[str, Any], encodes: bool
    ) -> None:
        """A REST API encodes bodies of the media types that it names, an HTTP API any."""
        name = "RestApiId" if kind == "Api" else "ApiId"
        event = {"Path": "/x", "Method": "post", name: {"Ref": "Own"}}
        found = given_template(resources(
            Own={"Type": f"AWS::Serverless::{kind}",
                 "Properties": {"StageName": "live", **properties}},
            F={"Type": "AWS::Serverless::Function", "Properties": {
                "Handler": "a.b", "Runtime": "python3.13", "InlineCode": "",
                "Events": {"Post": {"Type": kind, "Properties": event}}}})).routes
        assert [route.encodes for route in found] == [encodes]

    def test_quick_create(self, given_template: Load) -> None:
        """An HTTP API with a Target has one route, with payload 2.0."""
        properties = {"ProtocolType": "HTTP", "Target": {"Fn::GetAtt": ["F", "Arn"]}}
        api = {"Type": "AWS::ApiGatewayV2::Api", "Properties": properties}
        assert summary(given_template(resources(Api=api))) == {
            ("ANY", "$default", "2.0", "F", "function")
        }

    def test_included_definition(self, given_template: Load, tmp_path: Path) -> None:
        """A local AWS::Include fragment is read in place, and references within it."""
        body = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "api.yaml"}}}
        (tmp_path / "api.yaml").write_text(
            "paths: {/x: {x-amazon-apigateway-any-method: {x-amazon-apigateway-integration:"
            " {$ref: '#/components/i'}}}}\ncomponents: {i: {type: aws_proxy, uri: !GetAtt F.Arn}}"
        )
        api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body}}
        assert summary(given_template(resources(Api=api))) == {
            ("ANY", "/x", "1.0", "F", "function")
        }
