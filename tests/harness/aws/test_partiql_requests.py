"""Several statements of PartiQL do what DynamoDB says they do.

Sources: DynamoDB API reference, "BatchExecuteStatement" and "ExecuteTransaction".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.harness.aws.aws_answers import answers, refused

SELECT = "SELECT * FROM \"table\" WHERE p = 'a' AND s = '{}'"
INSERT = "INSERT INTO \"table\" VALUE {{'p': 'a', 's': '{}'}}"
UPDATE = "UPDATE \"table\" SET n = 1 WHERE p = 'a' AND s = '{}'"


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with answers() as client:
        client("dynamodb").put_item(
            TableName="table", Item={"p": {"S": "a"}, "s": {"S": "there"}})
        yield client("dynamodb")


def stated(*statements: str) -> list[dict[str, str]]:
    return [{"Statement": each} for each in statements]


def items(dynamodb: Any) -> list[str]:
    return sorted(item["s"]["S"] for item in dynamodb.scan(TableName="table")["Items"])


@pytest.mark.parametrize(("parameters", "status"), [({}, 200), ({"Parameters": []}, 400)])
def test_empty_parameters(dynamodb: Any, parameters: dict[str, Any], status: int) -> None:
    """Source: LocalStack's snapshot test_dynamodb_execute_statement_empy_parameter."""
    asked = {"Statement": 'SELECT * FROM "table"', **parameters}
    assert refused(dynamodb.execute_statement, **asked)[0] == status


class TestBatch:
    def test_each_statement_has_its_answer(self, dynamodb: Any) -> None:
        """A statement that fails keeps no other one from being performed."""
        told = dynamodb.batch_execute_statement(
            Statements=stated(INSERT.format("there"), INSERT.format("new")))["Responses"]
        assert [each.get("Error", {}).get("Code") for each in told] == ["DuplicateItem", None]
        assert items(dynamodb) == ["new", "there"]

    def test_reading(self, dynamodb: Any) -> None:
        told = dynamodb.batch_execute_statement(
            Statements=stated(SELECT.format("there"), SELECT.format("no")))["Responses"]
        assert told == [{"TableName": "table", "Item": {"p": {"S": "a"}, "s": {"S": "there"}}},
                        {"TableName": "table"}]


class TestTransaction:
    @pytest.mark.parametrize(("statement", "reason"), [
        (INSERT.format("there"), "DuplicateItem"), (UPDATE.format("no"), "ConditionalCheckFailed")])
    def test_nothing_is_done_where_one_fails(
        self, dynamodb: Any, statement: str, reason: str
    ) -> None:
        """A transaction does all or nothing, and its reasons name what failed."""
        call: Callable[..., Any] = dynamodb.execute_transaction
        with pytest.raises(ClientError) as raised:
            call(TransactStatements=stated(INSERT.format("new"), statement))
        told: Any = raised.value.response
        assert [each.get("Code") for each in told["CancellationReasons"]] == ["None", reason]
        assert items(dynamodb) == ["there"]

    def test_all_is_done(self, dynamodb: Any) -> None:
        dynamodb.execute_transaction(
            TransactStatements=stated(INSERT.format("new"), UPDATE.format("there")))
        assert items(dynamodb) == ["new", "there"]

    def test_reading(self, dynamodb: Any) -> None:
        told = dynamodb.execute_transaction(TransactStatements=stated(SELECT.format("there")))
        assert told["Responses"] == [{"Item": {"p": {"S": "a"}, "s": {"S": "there"}}}]
