"""Kinesis streams that feed functions are read."""

from typing import Any

import pytest

from harness.core.carriers import Carrier
from harness.template import ShardFeed, ways
from harness.template.describe.chains import Way
from tests.harness.template.example_templates import Load, resources

STREAM = {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 2}}
ARN = {"Fn::GetAtt": ["S", "Arn"]}


def mapping(source: Any = ARN, **properties: Any) -> dict[str, Any]:
    """A mapping from the stream to the function F."""
    return {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {
        "EventSourceArn": source, "FunctionName": {"Ref": "F"}, **properties}}


class TestRead:
    def test_settings(self, given_template: Load) -> None:
        """A mapping has the shards of its stream, and its own settings."""
        found = given_template(resources(S=STREAM, M=mapping(
            BatchSize=7, ParallelizationFactor=3, BisectBatchOnFunctionError=True,
            MaximumRetryAttempts=2, FunctionResponseTypes=["ReportBatchItemFailures"],
            DestinationConfig={"OnFailure": {"Destination": "x"}},
            FilterCriteria={"Filters": [{"Pattern": '{"partitionKey": ["a"]}'}]})))
        assert found.shards == (ShardFeed(
            "M", "S", "F", 7, True, True, 2, True, 3, ('{"partitionKey": ["a"]}',), shards=2),)

    @pytest.mark.parametrize(("properties", "shards"), [
        ({"ShardCount": 3}, 3), ({}, 1), ({"StreamModeDetails": {"StreamMode": "ON_DEMAND"}}, 4)])
    def test_shards(self, given_template: Load, properties: dict[str, Any], shards: int) -> None:
        """A stream has the shards that it names; one on demand begins with four."""
        stream = {"Type": "AWS::Kinesis::Stream", "Properties": properties}
        found = given_template(resources(S=stream, M=mapping()))
        assert (found.shards[0].shards, found.kinesis) == (shards, {"S": shards})

    def test_consumer(self, given_template: Load) -> None:
        """A consumer with a pipe of its own reads the same stream."""
        consumer = {"Type": "AWS::Kinesis::StreamConsumer", "Properties": {"StreamARN": ARN}}
        found = given_template(resources(S=STREAM, C=consumer, M=mapping({"Ref": "C"})))
        assert [feed.source for feed in found.shards] == ["S"]

    def test_disabled(self, given_template: Load) -> None:
        """A mapping that is not enabled feeds nothing."""
        assert given_template(resources(S=STREAM, M=mapping(Enabled=False))).shards == ()


@pytest.mark.parametrize(("factor", "carrier"), [
    (1, Carrier.SHARDS), (2, Carrier.PARALLEL_SHARDS)])
def test_way(given_template: Load, factor: int, carrier: Carrier) -> None:
    """The stream leads to the function, in an order that its mapping decides."""
    found = given_template(resources(S=STREAM, M=mapping(ParallelizationFactor=factor)))
    assert ways(found) == (Way((carrier,), "S", "F"),)


class TestNotImitated:
    def test_windows(self, given_template: Load) -> None:
        """Tumbling windows hand a state from batch to batch, which no run does."""
        found = given_template(resources(S=STREAM, M=mapping(TumblingWindowInSeconds=30)))
        assert [(r.source, r.imitated) for r in found.relays] == [
            ("the stream of S in tumbling windows", False)]

    def test_fed_by_dynamodb(self, given_template: Load) -> None:
        """DynamoDB may tell a Kinesis stream of changes, which it does not do here."""
        table = {"Type": "AWS::DynamoDB::Table", "Properties": {
            "KeySchema": [], "KinesisStreamSpecification": {"StreamArn": ARN}}}
        found = given_template(resources(S=STREAM, T=table, M=mapping()))
        assert [(r.source, r.imitated) for r in found.relays] == [
            ("the Kinesis stream S that DynamoDB feeds with the table T", False)]
