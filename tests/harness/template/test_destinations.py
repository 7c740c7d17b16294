"""Destinations of functions: their results go on after asynchronous invocations."""

from typing import Any

import pytest

from harness.core.carriers import Carrier
from harness.template import Destination, ways
from harness.template.describe.chains import Way
from tests.harness.template.example_templates import FUNCTION, Load, resources

QUEUE = {"Type": "AWS::SQS::Queue"}


def config(outcome: str, destination: Any) -> dict[str, Any]:
    """A configuration of the function F."""
    return {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": {
        "FunctionName": {"Ref": "F"}, "Qualifier": "$LATEST",
        "DestinationConfig": {outcome: {"Destination": destination}}}}


@pytest.mark.parametrize(("destination", "kind", "target"), [
    ({"Fn::GetAtt": ["Q", "Arn"]}, "queue", "Q"), ({"Ref": "T"}, "topic", "T"),
    ({"Fn::GetAtt": ["G", "Arn"]}, "function", "G"),
    ("arn:aws:events:us-east-1:123456789012:event-bus/other", "bus", "other")])
def test_success(given_template: Load, destination: Any, kind: Any, target: str) -> None:
    """A result goes to a queue, a topic, a bus or a function, which the function then uses."""
    found = given_template(resources(
        G=FUNCTION, Q=QUEUE, T={"Type": "AWS::SNS::Topic"}, C=config("OnSuccess", destination)))
    assert found.destinations == (Destination("F", kind, target),)
    assert target in found.uses["F"]


def test_way(given_template: Load) -> None:
    """A function that gets results is invoked."""
    found = given_template(resources(
        G=FUNCTION, C=config("OnSuccess", {"Fn::GetAtt": ["G", "Arn"]})))
    assert ways(found) == (Way((Carrier.INVOCATION,), "G", "G"),)


def test_failure(given_template: Load) -> None:
    """A failure goes nowhere, and the user is told."""
    found = given_template(resources(Q=QUEUE, C=config("OnFailure", {"Fn::GetAtt": ["Q", "Arn"]})))
    assert (found.destinations, found.not_imitated) == ((), (
        "OnFailure of C: no invocation that may still succeed is given up in a run",))
