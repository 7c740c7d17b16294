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
        {"Source": "arn:aws:kinesis:x:1:stream/s"}, {"Source": "arn:aws:kafka:x:1:cluster/c"}])
    def test_others(self, given_template: Load, properties: dict[str, Any]) -> None:
        """A pipe with another source or target, or an enrichment, is none of these."""
        topic = {"Type": "AWS::SNS::Topic"}
        queue = {"Type": "AWS::SQS::Queue"}
        written = resources(T=TABLE, S=topic, Q=queue, P=pipe({"Ref": "S"}, **properties))
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


KINESIS = {"Type": "AWS::Kinesis::Stream", "Properties": {"ShardCount": 2}}
TOPIC = {"Type": "AWS::SNS::Topic"}
F_ARN = {"Fn::GetAtt": ["F", "Arn"]}


class TestFunctions:
    """A pipe waits for its enrichment, and for a function that is its target."""

    def test_enrichment(self, given_template: Load) -> None:
        """The function reads the stream as a mapping's does, and uses the pipe's target."""
        found = given_template(resources(T=TABLE, S=TOPIC, P=pipe(
            {"Ref": "S"}, Enrichment=F_ARN, EnrichmentParameters={"InputTemplate": "<$.x>"},
            SourceParameters={"DynamoDBStreamParameters": {
                "BatchSize": 5, "MaximumRetryAttempts": 1,
                "OnPartialBatchItemFailure": "AUTOMATIC_BISECT"}})))
        feed = found.streams[0]
        told = (feed.function, feed.batch_size, feed.retries, feed.bisect, feed.template)
        assert told == ("F", 5, 1, True, "<$.x>")
        assert "S" in found.uses["F"]
        assert Way((Carrier.STREAM, Carrier.ENRICHMENT), "T", "F") in ways(found)

    def test_target(self, given_template: Load) -> None:
        """A function that is the target is at the end of the stream's way."""
        found = given_template(resources(T=TABLE, P=pipe(F_ARN)))
        assert (found.streams[0].pipe, found.streams[0].enriches) == (True, False)
        assert ways(found) == (Way((Carrier.STREAM,), "T", "F"),)


    def test_not_waited_for(self, given_template: Load) -> None:
        """A function that the pipe does not wait for is invoked asynchronously."""
        found = given_template(resources(T=TABLE, P=pipe(F_ARN, TargetParameters={
            "LambdaFunctionParameters": {"InvocationType": "FIRE_AND_FORGET"}})))
        assert found.streams == ()
        assert ways(found) == (Way((Carrier.STREAM, Carrier.INVOCATION), "T", "F"),)


Q_ARN = {"Fn::GetAtt": ["Q", "Arn"]}
QUEUE = {"Type": "AWS::SQS::Queue"}


class TestQueues:
    def test_target(self, given_template: Load) -> None:
        """A function that a pipe hands messages to is fed by the queue."""
        found = given_template(resources(Q=QUEUE, P=pipe(
            F_ARN, Source=Q_ARN, SourceParameters={
                "SqsQueueParameters": {"BatchSize": 5},
                "FilterCriteria": {"Filters": [{"Pattern": '{"body": {"n": [1]}}'}]}})))
        feed = found.feeds[0]
        told = (feed.queue, feed.function, feed.batch_size, feed.pipe, feed.filters)
        assert told == ("Q", "F", 5, "P", ('{"body": {"n": [1]}}',))
        assert ways(found) == (Way((Carrier.QUEUE,), "Q", "F"),)

    def test_enrichment(self, given_template: Load) -> None:
        """An enrichment is a relay between the queue and the pipe's target."""
        found = given_template(resources(Q=QUEUE, S=TOPIC, P=pipe(
            {"Ref": "S"}, Source=Q_ARN, Enrichment=F_ARN)))
        assert ways(found) == (Way((Carrier.QUEUE, Carrier.ENRICHMENT), "Q", "F"),)
        assert "S" in found.uses["F"]

    def test_through(self, given_template: Load) -> None:
        """A pipe without a function leads on from the queue, once on each way."""
        told = {"Type": "AWS::SNS::Topic", "Properties": {"Subscription": [
            {"Protocol": "lambda", "Endpoint": F_ARN},
            {"Protocol": "sqs", "Endpoint": Q_ARN}]}}
        found = given_template(resources(Q=QUEUE, S=told, P=pipe(
            {"Ref": "S"}, Source=Q_ARN)))
        assert Way((Carrier.QUEUE, Carrier.TOPIC), "Q", "F") in ways(found)


def test_from_bus_to_bus(given_template: Load) -> None:
    """A rule may send events to another bus, and that one no further."""
    def bus(name: str) -> dict[str, Any]:
        return {"Type": "AWS::Events::EventBus", "Properties": {"Name": name}}

    def rule(of: str, to: dict[str, Any]) -> dict[str, Any]:
        return {"Type": "AWS::Events::Rule", "Properties": {
            "EventBusName": {"Ref": of}, "EventPattern": {"source": ["s"]},
            "Targets": [{"Id": "t", "Arn": to}]}}

    found = given_template(resources(
        A=bus("a"), B=bus("b"), C=bus("c"), R=rule("A", {"Fn::GetAtt": ["B", "Arn"]}),
        S=rule("B", {"Fn::GetAtt": ["C", "Arn"]}), U=rule("C", F_ARN)))
    assert ways(found) == (Way((Carrier.BUS, Carrier.BUS), "B", "F"), Way((Carrier.BUS,), "C", "F"))


class TestShards:
    def test_source(self, given_template: Load) -> None:
        """A pipe may read a Kinesis stream."""
        found = given_template(resources(
            K=KINESIS, P=pipe(F_ARN, Source={"Fn::GetAtt": ["K", "Arn"]})))
        assert [(feed.source, feed.shards, feed.pipe) for feed in found.shards] == [("K", 2, True)]

    def test_target(self, given_template: Load) -> None:
        """A pipe may lead to a Kinesis stream, and to the function behind it."""
        mapping = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": {
            "EventSourceArn": {"Fn::GetAtt": ["K", "Arn"]}, "FunctionName": {"Ref": "F"}}}
        found = given_template(resources(T=TABLE, K=KINESIS, M=mapping, P=pipe(
            {"Fn::GetAtt": ["K", "Arn"]}, TargetParameters={
                "KinesisStreamParameters": {"PartitionKey": "$.dynamodb.Keys.id.S"}})))
        assert found.pipes[0].group == "$.dynamodb.Keys.id.S"
        assert Way((Carrier.STREAM, Carrier.SHARDS), "T", "F") in ways(found)
