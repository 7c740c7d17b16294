"""A rebuild wipes the items that the projection wrote; those with a time to live outlive it."""

from pathlib import Path

import pytest

from harness.stages.embedded.stage import MotoStage
from tests.harness.playground import TEMPLATE, answer, playground, run

PUT = "dynamodb.put_item(TableName=table, Item={'id': {'S': 'settings'}})"
GET_IN_TRANSACTION = """
dynamodb.transact_get_items(TransactItems=[
    {"Get": {"TableName": table, "Key": {"id": {"S": "settings"}}}}])
"""
GET = "dynamodb.get_item(TableName=table, Key={'id': {'S': 'settings'}})"
GET_IN_BATCH = """
dynamodb.batch_get_item(RequestItems={table: {"Keys": [{"id": {"S": "settings"}}]}})
"""
EXPIRING = "      TimeToLiveSpecification: {AttributeName: ttl, Enabled: true}\n"
LEFT = """
answer = sorted(item["id"]["S"] for item in dynamodb.scan(TableName=table)["Items"])
"""


def publish(stage: MotoStage, projection: str) -> None:
    """Have the projection run some code."""
    run(stage, f"""
        events.put_events(Entries=[{{"Source": "playground", "DetailType": "Code",
            "EventBusName": bus, "Detail": json.dumps({{"code": {projection!r}}})}}])""")
    stage.settle(final=False)


def left_after_wiping(folder: Path, projection: str) -> tuple[int, list[str]]:
    """The items removed, and the ids left, after the projection has run some code."""
    with playground(folder) as stage:
        stage.start(fresh=True, always_cold=False)
        run(stage, PUT)
        publish(stage, projection)
        return stage.wipe(), answer(stage, LEFT)


def test_time_to_live(tmp_path: Path) -> None:
    """An item of the projection whose time to live is a number goes with it, and no other one."""
    items = ("{'id': {'S': 'brief'}, 'ttl': {'N': '4000000000'}}",
             "{'id': {'S': 'stays'}}", "{'id': {'S': 'text'}, 'ttl': {'S': 'never'}}")
    puts = "\n".join(f"dynamodb.put_item(TableName=table, Item={item})" for item in items)
    template = TEMPLATE.replace("      BillingMode", EXPIRING + "      BillingMode")
    with playground(tmp_path, template=template) as stage:
        stage.start(fresh=True, always_cold=False)
        run(stage, PUT.replace("'settings'}", "'settings'}, 'ttl': {'N': '4000000000'}"))
        publish(stage, puts)
        assert stage.expire_views() == 1
        assert {"settings", "stays", "text"} <= set(answer(stage, LEFT))


@pytest.mark.parametrize("read", [GET, GET_IN_BATCH, GET_IN_TRANSACTION])
def test_items_only_read_stay(tmp_path: Path, read: str) -> None:
    """An item that the projection only read stays where it is."""
    assert left_after_wiping(tmp_path, read) == (1, ["settings"])


def test_items_written_are_removed(tmp_path: Path) -> None:
    """An item that the projection wrote itself is removed."""
    assert left_after_wiping(tmp_path, PUT) == (2, [])
