"""The template is read as an implementation: whatever people write, and whatever is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from harness.template import (
    CodeMissing,
    HandlerMissing,
    InlineCode,
    NotATemplate,
    PackageUnsupported,
    ParameterInvalid,
    QueueFeed,
    RemoteCode,
    RoleNotFound,
    Route,
    SettingsInvalid,
    Target,
    Template,
    TemplateError,
    TemplateNotFound,
    TemplateUnreadable,
    TranslationFailed,
    commands_function,
    load,
    projection_functions,
    query_function,
    route,
)

Load = Callable[..., Template]

SAM_REST = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: dev}
  Retention: {Type: Number, Default: 14}
  Named: {Type: "AWS::SSM::Parameter::Value<String>", Default: /some/name}
Conditions: {IsProd: !Equals [!Ref Stage, prod]}
Mappings: {Sizes: {dev: {memory: 256}, prod: {memory: 1024}}}
Globals:
  Function:
    Runtime: python3.12
    Timeout: 10
    MemorySize: !FindInMap [Sizes, !Ref Stage, memory]
    CodeUri: src/
    AutoPublishAlias: live
    Layers: [!Ref Library, "arn:aws:lambda:us-east-1:1:layer:other:4"]
    Environment:
      Variables:
        BUCKET: !Ref Events
        TABLE: !Ref ReadModel
        BUS: !Ref Bus
        PORT: 8080
        FLAG: true
        ONLY_PROD: !If [IsProd, x, !Ref AWS::NoValue]
        API: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/"
        QUEUE: !GetAtt Inbox.QueueUrl
        NAMED: !Ref Named
        HOST: !Select [2, !Split ["/", !GetAtt CommandUrl.FunctionUrl]]
        SHARED: !ImportValue shared-value
Resources:
  Library: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer/}}
  Events:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    Properties:
      BucketName: !Sub "events-${AWS::AccountId}-${Stage}"
      VersioningConfiguration: {Status: Enabled}
      Tags: [{Key: stage, Value: !Ref Stage}]
  EventsPolicy:
    Type: AWS::S3::BucketPolicy
    Properties: {Bucket: !Ref Events, PolicyDocument: {Statement: []}}
  OnlyProd: {Type: AWS::S3::Bucket, Condition: IsProd}
  ReadModel:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
      StreamSpecification: {StreamViewType: NEW_IMAGE}
  Global:
    Type: AWS::DynamoDB::GlobalTable
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      Replicas: [{Region: us-east-1}]
  Simple: {Type: AWS::Serverless::SimpleTable}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: !Sub "orders-${Stage}"}}
  Letters:
    Type: AWS::SQS::Queue
    Properties: {FifoQueue: true, KmsMasterKeyId: !Ref Key, MessageRetentionPeriod: 1209600}
  Key: {Type: AWS::KMS::Key, Properties: {EnableKeyRotation: true, KeyPolicy: {}}}
  Inbox:
    Type: AWS::SQS::Queue
    Properties:
      RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}
  Dead: {Type: AWS::SQS::Queue}
  InboxPolicy:
    Type: AWS::SQS::QueuePolicy
    Properties: {Queues: [!Ref Inbox], PolicyDocument: {Statement: []}}
  Topic:
    Type: AWS::SNS::Topic
    Properties: {Subscription: [{Protocol: sqs, Endpoint: !GetAtt Dead.Arn}]}
  Config:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Name: /x/api, Value: !Ref ServerlessRestApi}
  Command:
    Type: AWS::Serverless::Function
    Connectors:
      ToBus: {Properties: {Destination: {Id: Bus}, Permissions: [Write]}}
    Properties:
      Handler: command.handler
      ReservedConcurrentExecutions: 5
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Dead.Arn}
      EventInvokeConfig: {MaximumRetryAttempts: 1}
      FunctionUrlConfig: {AuthType: NONE}
      Policies:
        - S3CrudPolicy: {BucketName: !Ref Events}
        - EventBridgePutEventsPolicy: {EventBusName: !Ref Bus}
        - AmazonS3FullAccess
      Events:
        Post: {Type: Api, Properties: {Path: /orders, Method: post}}
  Query:
    Type: AWS::Serverless::Function
    Properties:
      Handler: query.handler
      Policies: [{DynamoDBReadPolicy: {TableName: !Ref ReadModel}}]
      Events:
        Get: {Type: Api, Properties: {Path: "/orders/{id}", Method: get}}
  Projection:
    Type: AWS::Serverless::Function
    Properties:
      Handler: projection.handler
      Policies: [{DynamoDBCrudPolicy: {TableName: !Ref ReadModel}}]
      Events:
        Ordered:
          Type: EventBridgeRule
          Properties:
            EventBusName: !Ref Bus
            Pattern: {source: [orders]}
            DeadLetterConfig: {Type: SQS}
        Older: {Type: CloudWatchEvent, Properties: {Pattern: {source: [old]}}}
        Queued:
          Type: SQS
          Properties:
            Queue: !GetAtt Inbox.Arn
            BatchSize: 5
            FunctionResponseTypes: [ReportBatchItemFailures]
        Daily: {Type: Schedule, Properties: {Schedule: rate(1 day)}}
        Stream:
          Type: DynamoDB
          Properties: {Stream: !GetAtt ReadModel.StreamArn, StartingPosition: LATEST}
  Outside:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: outside
      EventPattern: {source: [orders]}
      Targets:
        - {Id: q, Arn: !GetAtt Inbox.Arn, InputPath: $.detail}
        - {Id: f, Arn: !Ref Projection.Alias, Input: "{}"}
        - {Id: l, Arn: !GetAtt Logs.Arn}
  Logs: {Type: AWS::Logs::LogGroup, Properties: {RetentionInDays: !Ref Retention}}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties: {AlarmActions: [!Ref Topic]}
  Machine: {Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: machine.json}}
  Managed:
    Type: AWS::IAM::ManagedPolicy
    DependsOn: [Logs, Events]
    Properties:
      Roles: [!Ref CommandRole]
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          - {Effect: Allow, Action: "states:StartExecution", Resource: !Ref Machine}
          - {Effect: Allow, Action: "s3:*", Resource: [!Sub "${Events.Arn}/*", !GetAtt Logs.Arn]}
  Custom: {Type: "Custom::Thing", Properties: {ServiceToken: !GetAtt Command.Arn}}
  Application:
    Type: AWS::Serverless::Application
    Properties: {Location: {ApplicationId: "arn:aws:x", SemanticVersion: 1.0.0}}
Outputs:
  Api: {Value: !Sub "https://${ServerlessRestApi}"}
  Url: {Value: !GetAtt CommandUrl.FunctionUrl}
"""

SAM_HTTP = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: nodejs20.x, Handler: a.b}}
Resources:
  Command:
    Type: AWS::Serverless::Function
    Properties:
      Events: {Post: {Type: HttpApi, Properties: {Path: /orders, Method: POST}}}
  Query:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Get: {Type: HttpApi, Properties: {Path: "/orders/{id}", Method: GET}}
        Old:
          Type: HttpApi
          Properties: {Path: "/old/{proxy+}", Method: ANY, PayloadFormatVersion: "1.0"}
        Rest: {Type: HttpApi}
"""

PLAIN = """
Resources:
  Command:
    Type: AWS::Lambda::Function
    Properties:
      Handler: index.handler
      Runtime: python3.12
      Role: !GetAtt Role.Arn
      Code: {ZipFile: "def handler(event, context): return {}"}
  Alias:
    Type: AWS::Lambda::Alias
    Properties: {FunctionName: !Ref Command, FunctionVersion: !GetAtt Version.Version, Name: live}
  Version: {Type: AWS::Lambda::Version, Properties: {FunctionName: !Ref Command}}
  Query:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: orders-query
      Handler: main
      Runtime: provided.al2023
      Role: arn:aws:iam::123456789012:role/given
      Code: ./query
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: orders}}
  Orders:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: orders}
  Order:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !Ref Orders, PathPart: "{id}"}
  Post:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Orders
      HttpMethod: POST
      Integration:
        Type: AWS_PROXY
        Uri: !Join
          - ""
          - - !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
            - !Ref Alias
            - /invocations
  Get:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Order
      HttpMethod: GET
      Integration:
        Type: AWS
        Uri: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\
          arn:aws:lambda:us-east-1:123456789012:function:orders-query/invocations"
  Deployment:
    Type: AWS::ApiGateway::Deployment
    DependsOn: [Post, Get]
    Properties: {RestApiId: !Ref Api}
  Permission:
    Type: AWS::Lambda::Permission
    Properties: {FunctionName: !Ref Command, Action: "lambda:InvokeFunction", Principal: "*"}
Outputs: {Url: {Value: !Sub "https://${Api}"}}
"""

QUEUES = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.12, Handler: a.b}}
Resources:
  Api: {Type: AWS::Serverless::Api, Properties: {StageName: prod, DefinitionUri: openapi.yaml}}
  Commands: {Type: AWS::SQS::Queue, Properties: {QueueName: commands}}
  Published: {Type: AWS::SQS::Queue}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {source: [orders]}
      Targets: [{Id: queue, Arn: !GetAtt Published.Arn}]
  Command:
    Type: AWS::Serverless::Function
    Properties: {Events: {Q: {Type: SQS, Properties: {Queue: !GetAtt Commands.Arn}}}}
  Projection:
    Type: AWS::Serverless::Function
    Properties: {Events: {Q: {Type: SQS, Properties: {Queue: !GetAtt Published.Arn}}}}
"""

OPENAPI = """
paths:
  /orders:
    post:
      x-amazon-apigateway-integration:
        type: aws
        uri: !Sub "arn:aws:apigateway:${AWS::Region}:sqs:path/1/${Commands.QueueName}"
  /named:
    post:
      x-amazon-apigateway-integration:
        {type: aws, uri: "arn:aws:apigateway:us-east-1:sqs:path/1/commands"}
  /action:
    post:
      x-amazon-apigateway-integration:
        type: aws
        uri: "arn:aws:apigateway:us-east-1:sqs:action/SendMessage"
        requestTemplates:
          application/json: !Sub "Action=SendMessage&QueueUrl=${Commands}&MessageBody=$input.body"
  /mock:
    post: {x-amazon-apigateway-integration: {type: mock}}
"""

FUNCTION = {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "a.b", "Code": "."}}


@pytest.fixture
def given_template(tmp_path: Path) -> Load:
    """Writes a template (text or data) and loads it."""

    def write(content: str | Mapping[str, Any], **parameters: str) -> Template:
        text = content if isinstance(content, str) else json.dumps(content)
        path = tmp_path / "template.yaml"
        path.write_text(text, encoding="utf-8")
        (tmp_path / "openapi.yaml").write_text(OPENAPI, encoding="utf-8")
        (tmp_path / ".git").mkdir(exist_ok=True)
        return load(path, parameters)

    return write


def resources(**entries: Any) -> dict[str, Any]:
    """A plain template with a function F and these resources."""
    return {"Resources": {"F": FUNCTION, **entries}}


def http(function: str = "F", **properties: Any) -> dict[str, Any]:
    """An HTTP API's integration of a function."""
    uri = {"Fn::GetAtt": [function, "Arn"]}
    return {
        "Type": "AWS::ApiGatewayV2::Integration",
        "Properties": {"ApiId": {"Ref": "Api"}, "IntegrationUri": uri, **properties},
    }


def routed(key: str) -> dict[str, Any]:
    """An HTTP API's route to the integration I."""
    target = {"Fn::Sub": "integrations/${I}"}
    return {
        "Type": "AWS::ApiGatewayV2::Route",
        "Properties": {"ApiId": {"Ref": "Api"}, "RouteKey": key, "Target": target},
    }


HTTP_API = {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": "HTTP"}}


def summary(template: Template) -> set[tuple[str, str, str, str, str]]:
    """Each route as method, path, payload, target and its kind."""
    return {(r.method, r.path, r.payload, r.target, r.target_kind) for r in template.routes}


class TestFunctions:
    """Functions, with what Globals and parameters add to them."""

    def test_globals_are_merged(self, given_template: Load, tmp_path: Path) -> None:
        """A function has the runtime, timeout, memory, code and layers of Globals."""
        command = given_template(SAM_REST).functions[0]
        assert (command.runtime, command.handler) == ("python3.12", "command.handler")
        assert (command.timeout, command.memory) == (10.0, 256)
        assert (command.code, command.layers) == (tmp_path / "src", (tmp_path / "layer",))
        assert command.remote_layers == ("arn:aws:lambda:us-east-1:1:layer:other:4",)

    def test_parameters_decide(self, given_template: Load) -> None:
        """A given parameter goes before its default and decides conditions and mappings."""
        found = given_template(SAM_REST, Stage="prod")
        assert (found.functions[0].memory, found.buckets) == (1024, ("Events", "OnlyProd"))

    def test_defaults_are_lambdas(self, given_template: Load, tmp_path: Path) -> None:
        """Without a word in the template, three seconds, 128 MB and the template's folder."""
        command = given_template(SAM_HTTP).functions[0]
        assert (command.timeout, command.memory, command.code) == (3.0, 128, tmp_path)

    @pytest.mark.parametrize(
        ("properties", "expected"),
        [
            ({"Code": {"ZipFile": "x"}}, InlineCode("x")),
            ({"Code": {"S3Bucket": "b", "S3Key": "k"}}, RemoteCode("s3", "s3://b/k")),
            ({"Code": {"ImageUri": "i:1"}, "PackageType": "Image"}, RemoteCode("image", "i:1")),
        ],
    )
    def test_code_is_kept_as_it_is(
        self, given_template: Load, properties: dict[str, Any], expected: Any
    ) -> None:
        """Inline code, images and S3 objects are told apart."""
        function = {"Type": "AWS::Lambda::Function", "Properties": properties}
        assert given_template({"Resources": {"F": function}}).functions[0].code == expected

    def test_cdk_assets_are_local(self, given_template: Load, tmp_path: Path) -> None:
        """A template that the CDK has synthesised names its code in its metadata."""
        function = {
            "Type": "AWS::Lambda::Function",
            "Properties": {"Code": {"S3Bucket": {"Fn::Sub": "cdk-${AWS::Region}"}, "S3Key": "k"}},
            "Metadata": {"aws:asset:path": "asset.1"},
        }
        found = given_template({"Resources": {"F": function}})
        assert found.functions[0].code == tmp_path / "asset.1"

    def test_an_image_without_uri_is_read(self, given_template: Load) -> None:
        """A SAM image that is still to be built needs no ImageUri."""
        function = {"Type": "AWS::Serverless::Function", "Properties": {"PackageType": "Image"}}
        with pytest.raises(PackageUnsupported, match="container image"):
            given_template({"Resources": {"F": function}}).functions[0].runnable()

    def test_code_in_place_is_runnable(self, given_template: Load, tmp_path: Path) -> None:
        """A function whose code and handler are there can be run."""
        assert given_template(resources()).functions[0].runnable() == tmp_path

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            ({"code": Path("/nowhere/at/all")}, CodeMissing),
            ({"handler": ""}, HandlerMissing),
            ({"code": RemoteCode("s3", "s3://b/k")}, PackageUnsupported),
        ],
    )
    def test_what_cannot_be_run_is_refused(
        self, given_template: Load, change: dict[str, Any], error: type[TemplateError]
    ) -> None:
        """Missing code, a missing handler and remote code are refused when asked to run."""
        function = replace(given_template(resources()).functions[0], **change)
        with pytest.raises(error, match="function F"):
            function.runnable()


class TestRoutes:
    """Routes, whichever way they are written."""

    def test_sam_rest(self, given_template: Load) -> None:
        """Implicit REST APIs have payload 1.0, and aliases lead to their function."""
        assert summary(given_template(SAM_REST)) == {
            ("POST", "/orders", "1.0", "Command", "function"),
            ("GET", "/orders/{id}", "1.0", "Query", "function"),
        }

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


def with_routes(*keys: str, api: Any = "http") -> Template:
    """A template with these routes, each leading to a target of its own key."""
    found = tuple(
        Route(key.split(" ")[0], key.split(" ")[1], "2.0", key, "function", api, "Api")
        for key in keys
    )
    return Template(Path("t"), (), found, (), (), (), (), (), {})


SEGMENTS = st.text(min_size=1, max_size=8)
LITERALS = st.text("abcxyz-._~%/ é", min_size=1, max_size=6)


class TestMatching:
    """Requests find their route as they do in API Gateway."""

    @pytest.mark.parametrize(
        ("method", "path", "expected"),
        [
            ("GET", "/orders/1", ("GET /orders/{id}", {"id": "1"})),
            ("get", "/orders/a%2Fb%20c?x=1", ("GET /orders/{id}", {"id": "a/b c"})),
            ("GET", "/orders/new", ("GET /orders/new", {})),
            ("GET", "/orders/a/b", ("ANY /{proxy+}", {"proxy": "orders/a/b"})),
            ("DELETE", "/orders/1", ("ANY /{proxy+}", {"proxy": "orders/1"})),
            ("GET", "/", ("GET /", {})),
            ("GET", "/orders/", ("ANY $default", {"proxy": "orders/"})),
            ("POST", "/", ("ANY $default", {"proxy": ""})),
        ],
    )
    def test_most_specific_route_wins(
        self, method: str, path: str, expected: tuple[str, dict[str, str]]
    ) -> None:
        """Literal before variable, greedy after both, ``$default`` last."""
        keys = ("ANY $default", "ANY /{proxy+}", "GET /orders/{id}", "GET /orders/new", "GET /")
        found = route(with_routes(*keys), method, path)
        assert found is not None
        assert (found[0].target, found[1]) == expected

    @pytest.mark.parametrize("path", ["/orders/", "/orders//", "/orders/a/", "//x", "/orders", "/"])
    def test_an_empty_part_matches_nothing(self, path: str) -> None:
        """A variable needs at least one character."""
        assert route(with_routes("GET /orders/{id}"), "GET", path) is None

    def test_a_rest_resource_hides_the_greedy_one(self) -> None:
        """A REST API chooses the resource before the method."""
        template = with_routes("GET /orders/{id}", "ANY /{proxy+}", api="rest")
        assert route(template, "DELETE", "/orders/1") is None

    def test_the_method_goes_before_any(self) -> None:
        """On one path, a route for the method wins over one for all."""
        found = route(with_routes("ANY /orders", "POST /orders"), "POST", "/orders")
        assert found is not None
        assert found[0].method == "POST"

    @given(st.lists(st.tuples(LITERALS, SEGMENTS), min_size=1, max_size=4), st.booleans())
    def test_parameters_come_back(self, parts: list[tuple[str, str]], greedy: bool) -> None:
        """Whatever is put into a path, percent-encoded, comes back as path parameter."""
        names = [
            f"{{p{i}{'+' if greedy and i == len(parts) - 1 else ''}}}" for i in range(len(parts))
        ]
        literals = [quote(literal, safe="") for literal, _ in parts]
        plain = [literal.replace("/", "-") for literal, _ in parts]
        pattern = "".join(f"/{a}/{b}" for a, b in zip(plain, names, strict=True))
        encoded = [quote(value, safe="", errors="replace") for _, value in parts]
        path = "".join(
            f"/{a.replace('%2F', '-')}/{b}" for a, b in zip(literals, encoded, strict=True)
        )
        expected = {
            f"p{i}": value.encode("utf-8", "replace").decode() for i, (_, value) in enumerate(parts)
        }
        found = route(
            replace(with_routes(), routes=(Route("GET", pattern, "1.0", "F", "function", "rest"),)),
            "GET",
            path,
        )
        assert found is not None
        assert found[1] == expected


class TestMessaging:
    """Rules and the queues that feed functions."""

    def test_rules(self, given_template: Load) -> None:
        """Rules know bus, targets and dead letters; schedules are left out."""
        found = {rule.logical_id: rule for rule in given_template(SAM_REST).rules}
        assert {name: rule.bus for name, rule in found.items()} == {
            "Outside": "outside",
            "ProjectionOlder": None,
            "ProjectionOrdered": "Bus",
        }
        assert found["ProjectionOrdered"].targets[0].dead_letter == "ProjectionOrderedQueue"
        assert found["Outside"].targets == (
            Target("queue", "Inbox", "q", input_path="$.detail"),
            Target("function", "Projection", "f", input="{}"),
        )

    def test_feeds(self, given_template: Load) -> None:
        """Event source mappings of queues are read, those of streams are not."""
        feed = QueueFeed("Inbox", "Projection", 5, partial=True)
        assert given_template(SAM_REST).feeds == (feed,)

    def test_stores(self, given_template: Load) -> None:
        """Buckets, tables of all three kinds and queues are listed by logical id."""
        found = given_template(SAM_REST)
        assert found.buckets == ("Events",)
        assert found.tables == ("ReadModel", "Global", "Simple")
        assert found.queues == ("Letters", "Inbox", "Dead", "ProjectionOrderedQueue")


class TestRoles:
    """Which function takes commands, answers queries, projects."""

    def test_from_routes_and_rules(self, given_template: Load) -> None:
        """POST leads to the command, GET to the query, rules to the projection."""
        found = given_template(SAM_REST)
        assert commands_function(found, "/orders").logical_id == "Command"
        assert query_function(found, "/orders").logical_id == "Query"
        assert [f.logical_id for f in projection_functions(found)] == ["Projection"]

    def test_through_queues(self, given_template: Load) -> None:
        """A queue behind the route, or behind the rule, leads to the function it feeds."""
        found = given_template(QUEUES)
        assert commands_function(found, "/orders").logical_id == "Command"
        assert [f.logical_id for f in projection_functions(found)] == ["Projection"]

    def test_errors_name_what_was_found(self, given_template: Load) -> None:
        """A missing role names the routes there are, and how to name the function."""
        found = given_template(SAM_HTTP)
        none = replace(found, routes=tuple(r for r in found.routes if r.path == "/orders"))
        with pytest.raises(RoleNotFound, match=r"behind POST /accounts, got .*/orders"):
            commands_function(none, "/accounts")
        with pytest.raises(RoleNotFound, match=r"behind GET /accounts/\{id\}"):
            query_function(none, "/accounts")
        with pytest.raises(RoleNotFound, match="got no rules at all"):
            projection_functions(none)

    def test_a_queue_that_feeds_nothing(self, given_template: Load) -> None:
        """A queue behind the route must feed a function."""
        found = replace(given_template(QUEUES), feeds=())
        with pytest.raises(RoleNotFound, match="fed by the queue Commands"):
            commands_function(found, "/orders")
        with pytest.raises(RoleNotFound, match="rules that reach none"):
            projection_functions(found)


class TestSettings:
    """The table that overrides what the template says."""

    def test_roles_and_parameters(self, given_template: Load, tmp_path: Path) -> None:
        """Named functions and parameters override the template."""
        (tmp_path / "pyproject.toml").write_text(
            "[tool.cqrs-conformance]\ncommand='Query'\nquery='Command'\nprojection='Command'\n"
            "[tool.cqrs-conformance.parameters]\nStage='prod'\nRetention=7"
        )
        found = given_template(SAM_REST)
        assert commands_function(found, "/x").logical_id == "Query"
        assert query_function(found, "/x").logical_id == "Command"
        assert [f.logical_id for f in projection_functions(found)] == ["Command"]
        assert (found.parameters["Stage"], found.parameters["Retention"]) == ("prod", "7")

    @pytest.mark.parametrize("text", ["command='F'", "[tool.cqrs-conformance]\ncommand='F'"])
    def test_own_file_in_a_folder_above(self, tmp_path: Path, text: str) -> None:
        """cqrs-conformance.toml takes the keys at the top level or in the table."""
        folder = tmp_path / "service" / "deep"
        folder.mkdir(parents=True)
        (tmp_path / "service" / "pyproject.toml").write_text("[project]\nname='x'")
        (tmp_path / "cqrs-conformance.toml").write_text(text)
        (folder / "template.json").write_text(json.dumps(resources()))
        assert load(folder).settings.command == "F"

    def test_not_beyond_the_repository(self, given_template: Load, tmp_path: Path) -> None:
        """The search ends at the repository's root."""
        (tmp_path / "cqrs-conformance.toml").write_text("command='F'")
        repository = tmp_path / "repository"
        (repository / ".git").mkdir(parents=True)
        (repository / "template.json").write_text(json.dumps(resources()))
        assert load(repository).settings.command is None

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("comand='F'", "did you mean command?"),
            ("unknown=1", "parameters, command, query, projection"),
            ("command=1", "command to be a function's logical id"),
            ("projection=[1]", "projection to be"),
            ("parameters=1", "parameters to be a table"),
            ("x=", "expected TOML"),
            ("tool.cqrs-conformance=1", "to be a table"),
        ],
    )
    def test_mistakes(self, given_template: Load, tmp_path: Path, text: str, message: str) -> None:
        """Unknown keys and wrong types are named, with the keys there are."""
        (tmp_path / "cqrs-conformance.toml").write_text(text)
        with pytest.raises(SettingsInvalid) as caught:
            given_template(resources())
        assert message in str(caught.value)

    def test_an_unknown_function(self, given_template: Load, tmp_path: Path) -> None:
        """A logical id that the template does not have is an error that lists those it has."""
        (tmp_path / "cqrs-conformance.toml").write_text("command='Comand'")
        with pytest.raises(SettingsInvalid, match=r"Command, Query.*did you mean Command\?"):
            commands_function(given_template(SAM_HTTP), "/orders")


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
DOUBLING: Any = "x"
for _ in range(40):
    DOUBLING = {"Fn::Sub": ["${A}${A}", {"A": DOUBLING}]}
CONDITIONS = {f"C{i}": {"Fn::And": [{"Condition": f"C{i + 1}"}] * 2} for i in range(60)}
SAM_FUNCTION = "Resources: {F: {Type: AWS::Serverless::Function, Properties: "


class TestMistakes:
    """Whatever is wrong, one sentence says so."""

    @pytest.mark.parametrize(
        ("content", "error", "message"),
        [
            ("", NotATemplate, "an empty file"),
            ("- a", NotATemplate, "a list"),
            ("just text", NotATemplate, "a str"),
            ("a: 1", NotATemplate, "expected a section Resources, got none"),
            ("Resources: {}", NotATemplate, "an empty one"),
            ("Resources: [1]", NotATemplate, "a list in its place"),
            ("Resources: {A: 1}", NotATemplate, "resource A"),
            ("a: [", TemplateUnreadable, "line"),
            ("a:\n\t- b", TemplateUnreadable, "no tabs"),
            ("a: 1\nb: 2\na: 3", TemplateUnreadable, "'a' twice (line 3)"),
            ('{"a": 1, "a": 2}', TemplateUnreadable, "'a' twice"),
            ('{"Resources": {]', TemplateUnreadable, "(line 1)"),
            ("a: 1\n---\nb: 2", TemplateUnreadable, "document"),
            ("a: !!python/object:os.system x", TemplateUnreadable, "constructor"),
            ("a: !!binary eA==", TemplateUnreadable, "bytes"),
            ("a: &a [*a]", TemplateUnreadable, "alias to itself"),
            (BOMB, TemplateUnreadable, "aliases that expand"),
            ("[" * 100_000, TemplateUnreadable, "too deep"),
            ("- " * 100_000, TemplateUnreadable, "nesting deeper"),
            ("a: " + "9" * 100_000, TemplateUnreadable, "digits"),
            ("a: " + "x" * 1_000_001, TemplateUnreadable, "a larger file"),
            (
                {"Resources": {"F": FUNCTION, "B": {"Type": "x", "P": DOUBLING}}},
                NotATemplate,
                "texts",
            ),
            (
                {
                    "Conditions": {"C": {"Fn::Not": [{"Condition": "C"}]}},
                    "Resources": {"B": {"Type": "x", "Condition": "C"}},
                },
                NotATemplate,
                "depends on itself",
            ),
            (f"{SAM_FUNCTION}{{Runtime: python3.12, CodeUri: [1]}}}}}}", TranslationFailed, "[F]"),
            (f"{SAM_FUNCTION}[1]}}}}", TranslationFailed, "F"),
        ],
    )
    def test_content(
        self,
        given_template: Load,
        content: str | dict[str, Any],
        error: type[TemplateError],
        message: str,
    ) -> None:
        """Content that is no template is refused, without a hang."""
        with pytest.raises(error) as caught:
            given_template(content)
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_conditions_do_not_multiply(self, given_template: Load) -> None:
        """Conditions that name each other twice are decided once each."""
        bucket = {"Type": "AWS::S3::Bucket", "Condition": "C0"}
        document = {"Conditions": {**CONDITIONS, "C60": {"Fn::Equals": [1, 1]}}}
        assert given_template({**document, **resources(B=bucket)}).buckets == ("B",)

    def test_a_binary_file(self, tmp_path: Path) -> None:
        """Bytes that are no text are refused."""
        (tmp_path / "t.yaml").write_bytes(b"\x89PNG\xff\xfe\x00")
        with pytest.raises(TemplateUnreadable, match="not UTF-8"):
            load(tmp_path / "t.yaml")

    @pytest.mark.parametrize(
        ("asked", "there", "message"),
        [
            ("templat.yml", "template.yaml", "did you mean template.yaml?"),
            ("x.json", "template.yml", "did you mean template.yml?"),
            ("x.json", "notes.txt", "no such file"),
            ("no/folder/x", "notes.txt", "does not exist either"),
            (".", "stack.json", "stack.json?"),
            ("a\0b", "notes.txt", "no such file"),
            ("a" * 5000, "notes.txt", "too long"),
        ],
    )
    def test_no_such_file(self, tmp_path: Path, asked: str, there: str, message: str) -> None:
        """A missing file is named, with the one that was probably meant."""
        (tmp_path / there).write_text("")
        with pytest.raises(TemplateNotFound) as caught:
            load(tmp_path / asked)
        assert message in str(caught.value)

    @pytest.mark.parametrize("name", ["template.yaml", "template.yml", "template.json"])
    def test_a_folder(self, tmp_path: Path, name: str) -> None:
        """A folder stands for the template in it."""
        (tmp_path / name).write_text(json.dumps(resources()))
        assert load(tmp_path).path == tmp_path / name

    def test_parameters(self, given_template: Load) -> None:
        """A parameter without a value, and a value without a parameter, are named."""
        document = {"Parameters": {"Vpc": {"Type": "String"}}, **resources()}
        with pytest.raises(ParameterInvalid, match="parameter Vpc: expected a value"):
            given_template(document)
        with pytest.raises(ParameterInvalid, match="did you mean Vpc"):
            given_template(document, Vpx="1")

    def test_fields(self, given_template: Load) -> None:
        """The sentence is also there as data."""
        with pytest.raises(NotATemplate) as caught:
            given_template("a: 1")
        error = caught.value
        assert (error.expected, error.got) == ("a section Resources", "none")

    def test_no_region_and_no_profile(
        self, given_template: Load, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Translation asks neither AWS nor its configuration."""
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        monkeypatch.setenv("AWS_PROFILE", "does-not-exist")
        assert given_template(SAM_HTTP).routes


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["Ref", "F", ".", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Ref", "Fn::Sub", "Fn::If", "Fn::GetAtt", "x"]), inner)
    ),
    max_leaves=6,
)
PLACES = [
    "AWS::Lambda::Function Code Handler Timeout Layers Environment FunctionName",
    "AWS::Serverless::Function CodeUri Handler Events Runtime Policies",
    "AWS::ApiGateway::RestApi Body BodyS3Location",
    "AWS::ApiGateway::Method RestApiId ResourceId HttpMethod Integration",
    "AWS::ApiGateway::Resource PathPart ParentId",
    "AWS::ApiGatewayV2::Route RouteKey Target ApiId",
    "AWS::Events::Rule EventPattern EventBusName Targets State",
    "AWS::Lambda::EventSourceMapping EventSourceArn FunctionName BatchSize FunctionResponseTypes",
    "AWS::SQS::Queue QueueName FifoQueue",
    "AWS::DynamoDB::GlobalTable GlobalSecondaryIndexes",
]


@st.composite
def odd_templates(draw: st.DrawFn) -> dict[str, Any]:
    """A template with a nonsensical value in each place that is read."""
    entries = {}
    for number, place in enumerate(draw(st.lists(st.sampled_from(PLACES), min_size=1, max_size=3))):
        type_, *keys = place.split()
        properties = {key: draw(JSON) for key in keys if draw(st.booleans())}
        entries[f"R{number}"] = {"Type": type_, "Properties": draw(st.just(properties) | JSON)}
    sections = {name: draw(JSON) for name in ("Parameters", "Conditions", "Globals", "Mappings")}
    chosen = {name: value for name, value in sections.items() if draw(st.booleans())}
    return {**chosen, **resources(**entries)}


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(document=odd_templates())
def test_nothing_but_template_errors(given_template: Load, document: dict[str, Any]) -> None:
    """Whatever stands in a template, it is read or refused in a sentence."""
    with suppress(TemplateError):
        json.dumps(given_template(document).body)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An AWS of moto's, for one test."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield


def created(template: Template) -> dict[str, str]:
    """Physical ids by logical id, once moto has created the template's body."""
    client = boto3.client("cloudformation", "us-east-1")
    client.create_stack(StackName="stack", TemplateBody=json.dumps(template.body))
    found = client.describe_stack_resources(StackName="stack")["StackResources"]
    return {r["LogicalResourceId"]: r.get("PhysicalResourceId", "") for r in found}


@pytest.mark.usefixtures("aws")
class TestDeploying:
    """The body can be created by moto, and leaves out what the harness does itself."""

    @pytest.mark.parametrize("content", [SAM_REST, SAM_HTTP, PLAIN, QUEUES])
    def test_everything_in_the_body_is_created(self, given_template: Load, content: str) -> None:
        """Nothing of the body is skipped by moto, and no function of the template is missing."""
        found = given_template(content)
        names = set(created(found))
        assert names == set(found.body["Resources"])
        assert names.issuperset({f.logical_id for f in found.functions})

    def test_what_the_harness_does_itself_is_not_created(self, given_template: Load) -> None:
        """No API, permission, event source mapping or custom resource is in the body."""
        types = {r["Type"] for r in given_template(SAM_REST).body["Resources"].values()}
        assert not {t for t in types if "ApiGateway" in t or "Custom" in t or "Mapping" in t}
        assert "AWS::Lambda::Permission" not in types

    def test_environments_are_resolved(self, given_template: Load) -> None:
        """A function's environment has physical names, and texts for what does not exist."""
        names = created(given_template(SAM_REST))
        client = boto3.client("lambda", "us-east-1")
        found = client.get_function_configuration(FunctionName=names["Command"])
        assert found["Environment"]["Variables"] == {
            "BUCKET": "events-123456789012-dev",
            "TABLE": names["ReadModel"],
            "BUS": "orders-dev",
            "PORT": "8080",
            "FLAG": "true",
            "API": "https://ServerlessRestApi.execute-api.us-east-1.amazonaws.com/Prod/",
            "QUEUE": names["Inbox"],
            "NAMED": "/some/name",
            "HOST": "commandurl.invalid",
            "SHARED": "shared-value",
        }

    def test_rules_are_created_on_their_bus(self, given_template: Load) -> None:
        """A rule's pattern and targets are there, also on a bus from outside the template."""
        created(given_template(SAM_REST))
        client = boto3.client("events", "us-east-1")
        rule = client.list_rules(EventBusName="outside")["Rules"][0]
        found = client.list_targets_by_rule(Rule=rule["Name"], EventBusName="outside")
        assert (rule["EventPattern"], [t["Id"] for t in found["Targets"]]) == (
            '{"source": ["orders"]}',
            ["q", "f"],
        )
