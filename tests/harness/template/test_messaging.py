"""Rules, the queues that feed functions, and stores are read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.template import (
    QueueFeed,
    Target,
)
from tests.harness.template.example_templates import SAM_REST, Load


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
        assert [replace(target, obstacle="") for target in found["Outside"].targets] == [
            Target("queue", "Inbox", "q", input_path="$.detail"),
            Target("function", "Projection", "f", input="{}"),
        ]

    def test_feeds(self, given_template: Load) -> None:
        """Event source mappings of queues are read, those of streams are not."""
        feed = QueueFeed("Inbox", "Projection", 5, partial=True, receives=3)
        assert given_template(SAM_REST).feeds == (feed,)

    @pytest.mark.parametrize("place", [
        "{Type: AWS::SQS::Queue, "
        "Properties: {RedrivePolicy: {deadLetterTargetArn: !GetAtt Q.Arn}}}",
        "{Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref F, "
        "DestinationConfig: {OnFailure: {Destination: !GetAtt Q.Arn}}}}",
        "{Type: AWS::SQS::Queue}"])
    def test_failures(self, given_template: Load, place: str) -> None:
        """A queue of what has failed feeds nobody: a run redrives that as it is."""
        found = given_template(f"""
            Resources:
              F: {{Type: AWS::Lambda::Function,
                  Properties: {{Runtime: python3.12, Handler: a.b, Code: {{ZipFile: x}}}}}}
              Q: {{Type: AWS::SQS::Queue}}
              Feed:
                Type: AWS::Lambda::EventSourceMapping
                Properties: {{EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F}}
              Place: {place}
            """)
        assert [feed.queue for feed in found.feeds] == (["Q"] if "Properties" not in place else [])

    def test_stores(self, given_template: Load) -> None:
        """Buckets, tables of all three kinds and queues are listed by logical id."""
        found = given_template(SAM_REST)
        assert found.buckets == ("Events",)
        assert found.tables == ("ReadModel", "Global", "Simple")
        assert found.queues == ("Letters", "Inbox", "Dead", "ProjectionOrderedQueue")
