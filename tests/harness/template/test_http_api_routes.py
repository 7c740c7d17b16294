"""Routes of an HTTP API as resources, where a body is not imported."""

from __future__ import annotations

from typing import Any

import pytest

from harness.template.deploy.http_api_routes import INTEGRATION, with_route_resources

PROXY = {INTEGRATION: {"type": "aws_proxy", "uri": {"Fn::Sub": "${F.Arn}"},
                       "payloadFormatVersion": "1.0"}}


def spelled(paths: Any) -> dict[str, Any]:
    api = {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Body": {"paths": paths}, "Tags": {}}}
    found: dict[str, Any] = with_route_resources({"Resources": {"Api": api}})["Resources"]
    return found


class TestSpelledOut:
    def test_route(self) -> None:
        """Each operation of a body becomes an integration, and a route that leads to it."""
        found = spelled({"/orders": {"post": PROXY}})
        assert found["ApiIntegration0"]["Properties"] == {
            "ApiId": {"Ref": "Api"}, "IntegrationType": "AWS_PROXY", "IntegrationMethod": "POST",
            "IntegrationUri": {"Fn::Sub": "${F.Arn}"}, "PayloadFormatVersion": "1.0"}
        assert found["ApiRoute0"]["Properties"] == {
            "ApiId": {"Ref": "Api"}, "RouteKey": "POST /orders",
            "Target": {"Fn::Sub": "integrations/${ApiIntegration0}"}}

    def test_api(self) -> None:
        """The API has a name then, as one without a body has to, and keeps all else."""
        assert spelled({})["Api"]["Properties"] == {
            "Name": "Api", "ProtocolType": "HTTP", "Tags": {}}

    @pytest.mark.parametrize(("path", "method", "key"), [
        ("/orders/{id}", "x-amazon-apigateway-any-method", "ANY /orders/{id}"),
        ("/$default", "x-amazon-apigateway-any-method", "$default"),
    ])
    def test_key(self, path: str, method: str, key: str) -> None:
        """Any method, and the route for what has no other, keep their meaning."""
        assert spelled({path: {method: PROXY}})["ApiRoute0"]["Properties"]["RouteKey"] == key

    def test_not_a_proxy(self) -> None:
        """Routes that lead to no function are left out."""
        assert list(spelled({"/": {"get": {INTEGRATION: {"type": "http_proxy"}}}})) == ["Api"]

    def test_without_a_body(self) -> None:
        """An API that has its routes as resources already stays as it is."""
        document = {"Resources": {"Api": {"Type": "AWS::ApiGatewayV2::Api",
                                          "Properties": {"Name": "x"}}}}
        assert with_route_resources(document) == document
