"""The check of separation: violations, and access that is allowed."""

from dataclasses import replace

import pytest

from harness.core.history import Called, FunctionFacts, Role
from harness.core.violation import Kind
from tests.harness.histories import CREATED, Story, event

COMMAND, PROJECTION, QUERY = Role.COMMAND, Role.PROJECTION, Role.QUERY
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/table"
BUCKET = "arn:aws:s3:::bucket"


def read() -> Story:
    """The query function has read the item of an order, the projection written it."""
    return Story().call(QUERY, "GetItem").call(PROJECTION, "PutItem")


class TestCommandSide:
    def test_own_items_of_a_shared_table(self) -> None:
        """One table may hold keys of idempotency beside the views."""
        assert read().call(COMMAND, "PutItem", key="key#k").violations == []

    def test_own_items_of_a_shared_partition(self) -> None:
        """A view and a key of idempotency may differ by their sort keys only."""
        story = Story().call(QUERY, "GetItem", key="a\tview")
        assert story.call(COMMAND, "PutItem", key="a\tkey#k").violations == []

    @pytest.mark.parametrize(("viewed", "touched"), [
        ("a\tview", "a\tview"), ("a\tview", "a"), ("a", "a\tview")])
    def test_view_of_a_partition(self, viewed: str, touched: str) -> None:
        """A view is touched as an item, or with the whole partition that it is in."""
        story = Story().call(QUERY, "Query", key=viewed).call(PROJECTION, "PutItem", key=viewed)
        story.call(COMMAND, "Query", key=touched)
        assert story.kinds == {Kind.COMMAND_TOUCHES_VIEW}

    @pytest.mark.parametrize(("operation", "key"), [
        ("GetItem", "currency"), ("Query", "currency"), ("Scan", "")])
    def test_settings(self, operation: str, key: str) -> None:
        """Both sides may read what neither of them, nor a projection, writes."""
        story = read().call(QUERY, operation, resource="settings", key=key)
        assert story.call(COMMAND, operation, resource="settings", key=key).violations == []

    def test_settings_among_views(self) -> None:
        """So they may where one table has both."""
        story = read().call(QUERY, "GetItem", key="settings")
        assert story.call(COMMAND, "GetItem", key="settings").violations == []

    @pytest.mark.parametrize("written", ["a", ""])
    def test_written_who_knows_where(self, written: str) -> None:
        """A projection that wrote some item of the table may have written this one."""
        story = Story().call(QUERY, "GetItem").call(PROJECTION, "ExecuteStatement", key=written)
        assert story.call(COMMAND, "GetItem").kinds == {Kind.COMMAND_TOUCHES_VIEW}

    def test_view_that_nobody_projected(self) -> None:
        """The command function must not write the data that a query reads."""
        story = Story().call(QUERY, "GetItem").call(COMMAND, "PutItem")
        assert story.kinds == {Kind.COMMAND_TOUCHES_VIEW}

    @pytest.mark.parametrize(("role", "kinds"), [
        (QUERY, set()), (PROJECTION, {Kind.COMMAND_TOUCHES_VIEW})])
    def test_without_a_projection(self, role: Role, kinds: set[Kind]) -> None:
        """Where no function projects, commands write what a query reads."""
        story = Story().call(QUERY, "GetItem").call(COMMAND, "PutItem")
        facts = tuple(FunctionFacts(each, each, None) for each in (COMMAND, role))
        story.system = replace(story.system, functions=facts)
        assert story.kinds == kinds

    def test_query_by_several_values(self) -> None:
        """A query whose key is not known is not blamed, even when views are queried so too."""
        story = Story().call(QUERY, "Query", key="").call(COMMAND, "Query", key="")
        assert story.violations == []

    def test_another_table(self) -> None:
        """The same key in another table is another item."""
        assert read().call(COMMAND, "GetItem", resource="markers").violations == []

    def test_store_and_bus(self) -> None:
        """The command function reads and writes events and publishes them."""
        story = read().call(COMMAND, "PutObject", service="s3", resource="bucket", key="a/1")
        assert story.call(COMMAND, "PutEvents", service="events", resource="bus").violations == []

    @pytest.mark.parametrize("operation", ["GetItem", "PutItem", "UpdateItem", "DeleteItem"])
    def test_a_view(self, operation: str) -> None:
        """A command function that touches an item of the read model is blamed."""
        assert read().call(COMMAND, operation).kinds == {Kind.COMMAND_TOUCHES_VIEW}

    def test_among_several(self) -> None:
        """One item of the read model among others is enough."""
        story = read().call(COMMAND, "TransactWriteItems", key="a\nkey#k")
        assert story.kinds == {Kind.COMMAND_TOUCHES_VIEW}

    def test_scan(self) -> None:
        """A command function that scans the read model's table is blamed."""
        assert read().call(COMMAND, "Scan", key="").kinds == {Kind.COMMAND_TOUCHES_VIEW}

    def test_scan_of_its_own(self) -> None:
        """A scan of another table is its own business."""
        assert read().call(COMMAND, "Scan", resource="markers", key="").violations == []


class TestProjection:
    def test_reads_the_store(self) -> None:
        """The projection may read the event store, and write the view."""
        story = read().call(PROJECTION, "GetObject", service="s3", resource="bucket", key="a/1")
        assert story.violations == []

    def test_publishes(self) -> None:
        """A projection that publishes is blamed."""
        story = read().call(PROJECTION, "PutEvents", service="events", resource="bus", key="")
        assert story.kinds == {Kind.PROJECTION_PUBLISHES}

    def test_stores_an_event(self) -> None:
        """A projection that writes an event is blamed."""
        story = Story().accept(CREATED, 1).store(event(CREATED, 1), "copy", PROJECTION)
        assert story.kinds == {Kind.PROJECTION_STORES}

    @pytest.mark.parametrize(("views", "kinds"), [
        ("projector", set()), ("recorder", {Kind.PROJECTION_STORES})])
    def test_stores_apart(self, views: str, kinds: set[Kind]) -> None:
        """A function that stores what a topic carries, and writes no view, is no projection."""
        story = Story()
        story.system = replace(story.system, event_tables=("events",))
        for function, table in (("recorder", "events"), (views, "views")):
            story.add(Called(PROJECTION, function, 1, "dynamodb", "PutItem", table, "a", 200, None))
        story.publish(event(CREATED, 1)).store(event(CREATED, 1), "a/1", PROJECTION).send(CREATED)
        assert story.kinds == kinds

    def test_stores_a_snapshot(self) -> None:
        """A snapshot in the bucket is no event."""
        story = Story().accept(CREATED, 1).store({"type": "Snapshot"}, "snap", PROJECTION)
        assert story.violations == []


class TestQuery:
    @pytest.mark.parametrize(("service", "operation"), [
        ("dynamodb", "GetItem"), ("dynamodb", "Query"), ("dynamodb", "BatchGetItem"),
        ("dynamodb", "Scan"), ("dynamodb", "ExecuteStatement"), ("s3", "GetObject"),
        ("s3", "ListObjectsV2"), ("s3", "HeadObject"), ("s3", "SelectObjectContent"),
        ("xray", "PutTraceSegments"), ("cloudwatch", "PutMetricData"), ("logs", "PutLogEvents"),
        ("sts", "AssumeRole"), ("dynamodb", "TransactGetItems"),
    ])
    def test_reads(self, service: str, operation: str) -> None:
        """Reading, tracing and logging is fine."""
        assert Story().call(QUERY, operation, service=service).violations == []

    @pytest.mark.parametrize(("service", "operation"), [
        ("dynamodb", "PutItem"), ("dynamodb", "UpdateItem"), ("dynamodb", "BatchWriteItem"),
        ("dynamodb", "TransactWriteItems"), ("s3", "PutObject"), ("events", "PutEvents"),
        ("sqs", "SendMessage"), ("s3", "DeleteObject"), ("dynamodb", "DeleteItem"),
    ])
    def test_writes(self, service: str, operation: str) -> None:
        """A write is blamed."""
        assert Story().call(QUERY, operation, service=service).kinds == {Kind.QUERY_WRITES}


class TestRights:
    def test_just_enough(self) -> None:
        """Named actions on named resources that cover every call are fine."""
        story = Story().allow(QUERY, ("dynamodb:GetItem", TABLE))
        assert story.call(QUERY, "GetItem", arns=(TABLE,)).violations == []

    @pytest.mark.parametrize(("action", "resource"), [
        ("s3:GetObject", f"{BUCKET}/*"), ("s3:Get*", f"{BUCKET}/a/*"),
        ("S3:GETOBJECT", f"{BUCKET}/*"), ("s3:GetObject", "arn:aws:s3:::buck?t/*"),
    ])
    def test_patterns(self, action: str, resource: str) -> None:
        """Patterns of IAM are understood."""
        story = Story().allow(COMMAND, (action, resource))
        story.call(COMMAND, "GetObject", service="s3", arns=(f"{BUCKET}/a/1",))
        assert story.violations == []

    def test_head_is_get(self) -> None:
        """HeadObject needs what GetObject needs, a listing the bucket's own right."""
        story = Story().allow(COMMAND, ("s3:GetObject", f"{BUCKET}/*"), ("s3:ListBucket", BUCKET))
        story.call(COMMAND, "HeadObject", service="s3", arns=(f"{BUCKET}/a/1",))
        assert story.call(COMMAND, "ListObjectsV2", service="s3", arns=(BUCKET,)).violations == []

    @pytest.mark.parametrize(("action", "resource"), [
        ("dynamodb:PutItem", TABLE), ("dynamodb:GetItem", TABLE + "s"),
    ])
    def test_too_little(self, action: str, resource: str) -> None:
        """A call that the role does not allow is blamed."""
        story = Story().allow(QUERY, (action, resource)).call(QUERY, "GetItem", arns=(TABLE,))
        assert story.kinds == {Kind.NOT_ALLOWED}

    @pytest.mark.parametrize(("action", "resource"), [
        ("*", TABLE), ("dynamodb:*", TABLE), ("dynamodb:GetItem", "*"), ("*", "*"),
        ("dynamodb:*Item", TABLE), ("s3:GetObject", "arn:aws:s3:::*/*"),
        ("dynamodb:GetItem", "arn:aws:dynamodb:*:*:table/*"),
    ])
    def test_too_much(self, action: str, resource: str) -> None:
        """A wildcard action or resource is blamed."""
        assert Story().allow(QUERY, (action, resource)).kinds == {Kind.WILDCARD}

    @pytest.mark.parametrize(("action", "resource"), [
        ("logs:*", "*"), ("xray:PutTraceSegments", "*"), ("cloudwatch:PutMetricData", "*"),
        ("dynamodb:GetItem", f"{TABLE}/index/*"), ("s3:GetObject", f"{BUCKET}/*"),
    ])
    def test_fair(self, action: str, resource: str) -> None:
        """Logs and traces may go anywhere, and a bucket's objects are named by its name."""
        assert Story().allow(QUERY, (action, resource)).violations == []

    def test_unknown_role(self) -> None:
        """A function of which nothing is known is not judged."""
        assert Story().call(QUERY, "GetItem", arns=(TABLE,)).violations == []
