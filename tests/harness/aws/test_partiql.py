"""PartiQL statements do what DynamoDB says they do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.aws.partiql import operation
from tests.harness.playground import answer, playground

KEYS = {"t": ("id",)}
INSERT = "INSERT INTO \"{table}\" VALUE {{'id': ?, 'n': 1, 'l': [], 'm': {{'x': 'it''s'}}}}"
STATEMENTS: tuple[tuple[str, list[str], str], ...] = (
    ('UPDATE "{table}" SET n = 5 WHERE id = ?', ["a"], "ConditionalCheckFailedException"),
    (INSERT, ["a"], ""),
    (INSERT, ["a"], "DuplicateItemException"),
    ('UPDATE "{table}" SET n = n + 2 SET l = list_append(l, [?]) WHERE id = ? AND n < 3',
     ["e", "a"], ""),
    ('UPDATE "{table}" SET n = 9 WHERE id = ? AND n < 3', ["a"], "ConditionalCheckFailedException"),
    ("UPDATE \"{table}\" SET m.y = ? REMOVE m.x WHERE id = 'a'", ["y"], ""),
    ('DELETE FROM "{table}" WHERE id = ? AND n = 1', ["a"], "ConditionalCheckFailedException"),
)


class TestStatements:
    def test_one_after_another(self, tmp_path: Path) -> None:
        """Conditions hold or fail as they ought to, and what is written is there."""
        with playground(tmp_path) as stage:
            stage.start(fresh=False, always_cold=False)
            told = [answer(stage, f"""
                answer = attempt(dynamodb.execute_statement, Statement={text!r}.format(table=table),
                                 Parameters=[{{"S": value}} for value in {given}]) or ""
            """) for text, given, _ in STATEMENTS]
            item = answer(stage, """
                answer = dynamodb.execute_statement(
                    Statement=f"SELECT * FROM \\"{table}\\" WHERE id = 'a'")["Items"]
            """)
        assert told == [error for _, _, error in STATEMENTS]
        assert item == [{"id": {"S": "a"}, "n": {"N": "3"}, "l": {"L": [{"S": "e"}]},
                         "m": {"M": {"y": {"S": "y"}}}}]

    @pytest.mark.parametrize("text", [
        "", "SELECT", "SELECT n FROM t WHERE id = 'a'", "SELECT * FROM t", "UPDATE t SET n = 1",
        "SELECT * FROM t WHERE id = 'a' AND n = 1", "UPDATE t SET n = ? WHERE id = ?",
        "INSERT INTO other VALUE {'id': 'a'}", "INSERT INTO t VALUE {'id'", "DROP TABLE t",
        "UPDATE t SET n = 1 WHERE id = 'a' AND n IS MISSING",
    ])
    def test_left_alone(self, text: str) -> None:
        """A statement that cannot be parsed is not performed as an operation."""
        statement: dict[str, Any] = {"Statement": text}
        assert operation(statement, KEYS) is None
