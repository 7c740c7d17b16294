"""Pipes from the stream of a table are read."""

from typing import Any

import pytest

from harness.core.carriers import Carrier
from harness.template import PipeFeed, ways
from harness.template.describe.chains import Way
from tests.harness.template.example_templates import Load, resources

TABLE = {"Type": "AWS::DynamoDB::Table", "Properties": {
    "KeySchema": [], "StreamSpecification": {"StreamViewType": "NEW_IMAGE"}}}
STREAM = {"Fn::GetAtt": ["T", "StreamArn"]}
FILTER = '{"eventName": ["INSERT"]}'


def pipe(target: Any, **properties: Any) -> dict[str, Any]:
    """A pipe from the table's stream, with a filter."""
    return {"Type": "AWS::Pipes::Pipe", "Properties": {
        "Name": "p", "Source": STREAM, "Target": target, "SourceParameters": {
            "FilterCriteria": {"Filters": [{"Pattern": FILTER}]}}, **properties}}


class TestRead:
    def test_to_a_queue(self, given_template: Load) -> None:
        """A pipe has the view of its stream, its filters, its template and its group."""
        found = given_template(resources(
            T=TABLE, Q={"Type": "AWS::SQS::Queue"}, P=pipe(
                {"Fn::GetAtt": ["Q", "Arn"]}, TargetParameters={
                    "InputTemplate": "<$.x>", "SqsQueueParameters": {"MessageGroupId": "$.k"}})))
        assert found.pipes == (PipeFeed(
            "P", "T", "queue", "Q", "NEW_IMAGE", (FILTER,), "<$.x>", "Pipe p",
            "Event from aws:dynamodb", "$.k"),)

    @pytest.mark.parametrize("properties", [
        {"Enrichment": "x"}, {"DesiredState": "STOPPED"},
        {"Source": "arn:aws:kinesis:x:1:stream/s"}, {"Target": {"Fn::GetAtt": ["F", "Arn"]}}])
    def test_others(self, given_template: Load, properties: dict[str, Any]) -> None:
        """A pipe with another source or target, or an enrichment, is none of these."""
        topic = {"Type": "AWS::SNS::Topic"}
        written = resources(T=TABLE, S=topic, P=pipe({"Ref": "S"}, **properties))
        assert given_template(written).pipes == ()


def test_way_through_a_bus(given_template: Load) -> None:
    """A pipe to a bus leads from the table to the targets of the bus's rules."""
    rule = {"Type": "AWS::Events::Rule", "Properties": {
        "EventBusName": {"Ref": "B"}, "EventPattern": {"source": ["s"]},
        "Targets": [{"Id": "f", "Arn": {"Fn::GetAtt": ["F", "Arn"]}}]}}
    found = given_template(resources(
        T=TABLE, B={"Type": "AWS::Events::EventBus", "Properties": {"Name": "b"}}, R=rule,
        P=pipe({"Fn::GetAtt": ["B", "Arn"]})))
    assert Way((Carrier.STREAM, Carrier.BUS), "T", "F") in ways(found)
