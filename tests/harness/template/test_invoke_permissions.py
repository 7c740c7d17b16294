"""Ways that AWS never goes: a rule or a route to a function that it may not invoke."""

from __future__ import annotations

import pytest

from harness.template import NeverInvoked, refuse_unreached
from tests.harness.template.example_templates import Load

FUNCTION = "{Type: AWS::Lambda::Function, Properties: {Runtime: python3.12, Handler: a.b, Code: .}}"
RULE = f"""
Resources:
  Project: {FUNCTION}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {{source: [shop]}}
      Targets: [{{Id: p, Arn: !GetAtt Project.Arn}}]
"""
PERMISSION = """
  May:
    Type: AWS::Lambda::Permission
    Properties: {Action: lambda:InvokeFunction, FunctionName: %s, Principal: %s}
"""
QUEUED = f"""
Resources:
  Project: {FUNCTION}
  Inbox: {{Type: AWS::SQS::Queue}}
  Feed:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {{EventSourceArn: !GetAtt Inbox.Arn, FunctionName: !Ref Project}}
  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: {{source: [shop]}}
      Targets: [{{Id: p, Arn: !GetAtt Inbox.Arn}}]
"""
POLICY = """
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Inbox]
      PolicyDocument:
        Statement: [{Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: "sqs:*"}]
"""
KEY = """
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Statement:
          - {Effect: Allow, Principal: {AWS: "arn:aws:iam::123456789012:root"}, Action: "kms:*",
             Resource: "*"}
          - {Effect: Allow, Principal: {Service: sqs.amazonaws.com}, Action: "kms:Decrypt",
             Resource: "*"}
  Name:
    Type: AWS::KMS::Alias
    Properties: {AliasName: alias/inbox, TargetKeyId: !Ref Key}
"""
API = f"""
Resources:
  Project: {FUNCTION}
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        paths:
          /orders:
            post:
              x-amazon-apigateway-integration:
                type: aws_proxy
                httpMethod: METHOD
                uri: !Sub "arn:aws:apigateway:x:lambda:path/2015-03-31/functions/${{Project.Arn}}/x"
"""
POST = API.replace("METHOD", "POST")
TOLD = f"""
Resources:
  Project: {FUNCTION}
  Topic:
    Type: AWS::SNS::Topic
    Properties: {{Subscription: [{{Protocol: lambda, Endpoint: !GetAtt Project.Arn}}]}}
"""
FORWARDED = QUEUED.partition("  Rule:")[0] + """
  Topic:
    Type: AWS::SNS::Topic
    Properties: {Subscription: [{Protocol: sqs, Endpoint: !GetAtt Inbox.Arn}]}
"""


def encrypted(key: str) -> str:
    """The queue with its policy, and with a key by that name."""
    inbox = "Inbox: {Type: AWS::SQS::Queue"
    return (QUEUED + POLICY).replace(
        inbox, f"{inbox}, Properties: {{KmsMasterKeyId: {key}}}")


class TestRefused:
    @pytest.mark.parametrize(("text", "reason"), [
        (RULE, "AWS::Lambda::Permission lets events.amazonaws.com"),
        (RULE + PERMISSION % ("!Ref Project", "apigateway.amazonaws.com"), "events.amazonaws.com"),
        (QUEUED, "AWS::SQS::QueuePolicy lets events.amazonaws.com"),
        (TOLD, "AWS::Lambda::Permission lets sns.amazonaws.com"),
        (FORWARDED + POLICY, "AWS::SQS::QueuePolicy lets sns.amazonaws.com"),
        (encrypted("alias/aws/sqs"), "alias/aws/sqs, which events.amazonaws.com may not use"),
        (encrypted("!GetAtt Key.Arn") + KEY, "its key Key does not let events.amazonaws.com"),
        (encrypted("!Ref Name") + KEY, "its key Key does not let events.amazonaws.com"),
        (POST, "AWS::Lambda::Permission lets apigateway.amazonaws.com"),
        (API.replace("METHOD", "GET") + PERMISSION % ("!Ref Project", "apigateway.amazonaws.com"),
         "method GET"),
    ])
    def test_never_invoked(self, given_template: Load, text: str, reason: str) -> None:
        """A function that takes part and that AWS never invokes is a mistake in the template."""
        with pytest.raises(NeverInvoked, match=reason):
            refuse_unreached(given_template(text), ["Project"])


class TestSpared:
    @pytest.mark.parametrize("text", [
        RULE + PERMISSION % ("!Ref Project", "events.amazonaws.com"),
        RULE + PERMISSION % ("!GetAtt Project.Arn", "events.amazonaws.com"),
        RULE + PERMISSION % ("!ImportValue Function", "events.amazonaws.com"),
        RULE.replace("Project.Arn}", "Project.Arn, RoleArn: !ImportValue Role}"),
        QUEUED + POLICY,
        encrypted("!Ref Key") + KEY.replace("sqs.a", "events.a"),
        encrypted("!Ref Key") + KEY.replace("{Service: sqs.amazonaws.com}", '"*"'),
        encrypted("!ImportValue Key"),
        encrypted("alias/inbox"),
        TOLD + PERMISSION % ("!Ref Project", "sns.amazonaws.com"),
        FORWARDED + POLICY.replace("events.", "sns."),
        POST + PERMISSION % ("!Ref Project", "apigateway.amazonaws.com"),
        POST.replace("httpMethod", "credentials: !ImportValue Role\n                httpMethod"),
    ])
    def test_invoked(self, given_template: Load, text: str) -> None:
        """A right in any form, and one that only deployment knows, is enough."""
        refuse_unreached(given_template(text), ["Project"])

    def test_beside(self, given_template: Load) -> None:
        """A function that takes no part in a run may lack it."""
        refuse_unreached(given_template(RULE), ["Other"])
