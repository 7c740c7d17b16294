"""Templates, and parts of templates, that several tests read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.template import (
    Template,
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
