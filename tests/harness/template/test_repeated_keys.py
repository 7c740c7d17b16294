"""Templates that AWS takes: a key that stands twice, and routes beside those of a contract."""

from __future__ import annotations

import pytest

from harness.template import RoleNotFound, commands_function
from tests.harness.template.example_templates import Load

FUNCTION = """
Resources:
  F:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.12
      Handler: a.b
      Handler: c.d
      Code: {ZipFile: "x"}
"""
SERVICE = FUNCTION + """
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}
  Put:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: PUT
      Integration: {Type: AWS, Uri: "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem"}
"""
SOCKET = FUNCTION + """
  Socket: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: WEBSOCKET}}
  Joined: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Socket, RouteKey: $connect}}
"""
ADDRESS = FUNCTION + """
  Address: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref F, AuthType: NONE}}
"""


class TestKeys:
    def test_the_last_one_counts(self, given_template: Load) -> None:
        """A key that stands twice is read as CloudFormation reads it."""
        assert given_template(FUNCTION).functions[0].handler == "c.d"

    def test_warning(self, given_template: Load) -> None:
        """The user is told which key it is, and on which line."""
        (told,) = given_template(FUNCTION).warnings
        assert "the same key again: Handler (line 8)" in told

    @pytest.mark.parametrize("text", [
        FUNCTION.replace("      Handler: a.b\n", ""),
        "A: &a {b: 1}\nB: {<<: *a, b: 2}" + FUNCTION.replace("      Handler: a.b\n", "")])
    def test_none(self, given_template: Load, text: str) -> None:
        """A key that a merge brings along is no second one."""
        assert given_template(text).warnings == ()


class TestRoutes:
    @pytest.mark.parametrize(("text", "told"), [
        (SERVICE, "other routes alone: PUT / (to no function or queue)"),
        (SOCKET, r"other routes alone: \$connect \(of a WebSocket API\)"),
        (ADDRESS.replace("!Ref F", "another"), "other routes alone: the function URL Address"),
        (FUNCTION, "no routes at all")])
    def test_told(self, given_template: Load, text: str, told: str) -> None:
        """A template without a route to a function tells those that it has."""
        with pytest.raises(RoleNotFound, match=told.replace("/ (to no", r"/ \(to no").replace(
                "queue)", r"queue\)")):
            commands_function(given_template(text), "/orders")
