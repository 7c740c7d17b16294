"""Settings of what carries events: imitated, refused as AWS refuses them, or told."""

from __future__ import annotations

import pytest

from harness.template import RuleInvalid
from tests.harness.template.example_templates import Load

FUNCTION = """
Transform: AWS::Serverless-2016-10-31
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: "def handler(event, context): pass"
"""
FED = """
      Timeout: {timeout}
      Events: {{Inbox: {{Type: SQS, Properties: {{Queue: !GetAtt Inbox.Arn}}}}}}
  Inbox: {{Type: AWS::SQS::Queue, Properties: {{{visibility}}}}}
"""


def fed(timeout: str, visibility: str) -> str:
    return FUNCTION.rstrip() + FED.format(timeout=timeout, visibility=visibility)


class TestVisibility:
    """Source: Lambda Developer Guide, "Using Lambda with Amazon SQS"."""

    @pytest.mark.parametrize(("timeout", "visibility"), [("31", ""), ("9", "VisibilityTimeout: 8")])
    def test_below_the_timeout(
        self, given_template: Load, timeout: str, visibility: str
    ) -> None:
        """A message that others see while it is worked on is refused."""
        with pytest.raises(RuleInvalid, match="VisibilityTimeout of Inbox that is not below"):
            given_template(fed(timeout, visibility))

    @pytest.mark.parametrize(("timeout", "visibility"), [
        ("30", ""), ("9", "VisibilityTimeout: 9"), ("9", "VisibilityTimeout: !ImportValue Long")])
    def test_long_enough(self, given_template: Load, timeout: str, visibility: str) -> None:
        """The same time is enough, and what only deployment knows is not judged."""
        assert given_template(fed(timeout, visibility)).feeds[0].queue == "Inbox"


class TestRetries:
    """Source: Lambda Developer Guide, "Configuring error handling for asynchronous invocation"."""

    @pytest.mark.parametrize(("config", "attempts"), [
        ("{MaximumRetryAttempts: 0}", 1), ("{MaximumRetryAttempts: 2}", 3),
        ("{MaximumEventAgeInSeconds: 60}", None)])
    def test_attempts(self, given_template: Load, config: str, attempts: int | None) -> None:
        """A function knows how often an asynchronous invocation is tried."""
        found = given_template(f"{FUNCTION.rstrip()}\n      EventInvokeConfig: {config}\n")
        assert found.functions[0].attempts == attempts


class TestTold:
    @pytest.mark.parametrize(("more", "told"), [
        ("      EventInvokeConfig: {MaximumEventAgeInSeconds: 60}",
         "MaximumEventAgeInSeconds of FEventInvokeConfig: no event gets too old in a run"),
        ("      Events: {A: {Type: Api, Properties: {Path: /a, Method: get, Auth: {ApiKeyRequired: "
         "true}}}}", "authorizers (api_key): requests come as from a caller who is let in"),
        ("      Events: {E: {Type: EventBridgeRule, Properties: {Pattern: {source: [s]}, "
         "RetryPolicy: {MaximumRetryAttempts: 1}}}}",
         "RetryPolicy of FE: AWS always reaches the target in a run")])
    def test_not_imitated(self, given_template: Load, more: str, told: str) -> None:
        """A setting that no run imitates is told, with the resource that has it."""
        assert given_template(f"{FUNCTION.rstrip()}\n{more}\n").not_imitated == (told,)

    def test_nothing(self, given_template: Load) -> None:
        assert given_template(FUNCTION).not_imitated == ()
