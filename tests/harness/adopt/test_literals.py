"""Names in the code of a function: those of its body, its items and its events."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from zipfile import ZipFile

import pytest

from harness.adopt.code_reading import literals_of
from harness.adopt.literals import Literals, of_events
from harness.template import Function, InlineCode


def python(folder: Path, source: str, handler: str = "app.handler", **others: str) -> Literals:
    """The literals of a handler in Python."""
    (folder / "app.py").write_text(dedent(source), "utf-8")
    for name, text in others.items():
        (folder / f"{name}.py").write_text(dedent(text), "utf-8")
    return literals_of(Function("F", "python3.13", handler, folder))


def javascript(folder: Path, source: str, **others: str) -> Literals:
    """The literals of a handler in Node.js."""
    (folder / "app.js").write_text(dedent(source), "utf-8")
    for name, text in others.items():
        (folder / f"{name}.js").write_text(dedent(text), "utf-8")
    return literals_of(Function("F", "nodejs22.x", "app.handler", folder))


class TestPython:
    @pytest.mark.parametrize("source", [
        'def handler(event, context):\n    body = json.loads(event["body"])\n    body["amount"]\n',
        'def handler(event, context):\n    found = json.loads(event["body"])\n'
        '    found.get("amount")\n',
        'def handler(event, context):\n    return add(json.loads(event["body"])["amount"])\n',
        'def handler(event, context):\n    text(body(event), "amount", 100)\n',
        'def handler(event, context):\n    other(event)\n\n\ndef other(payload):\n'
        '    payload["amount"]\n',
    ])
    def test_members(self, tmp_path: Path, source: str) -> None:
        """Members are found where a body is read, also in functions that the handler calls."""
        assert python(tmp_path, source).members == ("amount",)

    def test_other_handlers(self, tmp_path: Path) -> None:
        """Another handler in the same file has members of its own."""
        source = """\
            def handler(event, context):
                body["mine"]

            def other(event, context):
                body["other"]
            """
        assert python(tmp_path, source).members == ("mine",)

    def test_json_texts(self, tmp_path: Path) -> None:
        """Attributes that hold JSON text are told from others."""
        found = python(tmp_path, 'table.put_item(Item={"id": 1, "event": json.dumps(event)})\n')
        assert (found.attributes, found.texts) == (("id", "event"), ("event",))

    def test_models(self, tmp_path: Path) -> None:
        """The members of a pydantic model have its types."""
        source = """\
            class Order(BaseModel):
                amount: int
                note: str | None = None

            def handler(event, context):
                return Order.model_validate_json(event["body"])
            """
        assert python(tmp_path, source).models == {"amount": "int", "note": "str | None"}

    def test_items_and_events(self, tmp_path: Path) -> None:
        """Items and events are found in files that the handler imports, too."""
        found = python(tmp_path, """\
            import store

            def handler(event, context):
                store.append("ORDER_CREATED")
            """, store="""\
            def append(kind):
                item = {"pk": f"ORDER#{order}", "version": 1}
                TABLE.put_item(Item=item)
                EVENTS.put_events(Entries=[{"Detail": json.dumps({"orderId": 1})}])
            """)
        assert (found.event_types, found.attributes, dict(found.prefixes), found.detail) == (
            ("ORDER_CREATED",), ("pk", "version"), {"pk": "ORDER#"}, ("orderId",))

    def test_broken(self, tmp_path: Path) -> None:
        """Code that cannot be parsed has no literals."""
        assert python(tmp_path, "def handler(:\n") == Literals()

    def test_inline(self) -> None:
        """Code in the template is read, too."""
        source = 'def handler(event, context):\n    return body["amount"]\n'
        function = Function("F", "python3.13", "index.handler", InlineCode(source))
        assert literals_of(function).members == ("amount",)


class TestJavaScript:
    @pytest.mark.parametrize("source", [
        'const body = JSON.parse(event.body); save(body.amount);',
        'const { amount } = JSON.parse(event.body);',
        'const { amount: sum } = body;',
        'save(payload["amount"]);',
        'save(command?.amount);',
    ])
    def test_members(self, tmp_path: Path, source: str) -> None:
        """Members are found where a body is read or taken apart."""
        assert javascript(tmp_path, source).members == ("amount",)

    def test_models(self, tmp_path: Path) -> None:
        """The members of a zod schema have its types."""
        found = javascript(tmp_path, "z.object({ amount: z.number(), note: z.string() });")
        assert dict(found.models) == {"amount": "z.number()", "note": "z.string()"}

    def test_joi(self, tmp_path: Path) -> None:
        """The members of a Joi schema have its types."""
        found = javascript(tmp_path, "Joi.object().keys({ amount: Joi.number()\n .required() });")
        assert found.models["amount"].startswith("Joi.number()")

    def test_bundle(self, tmp_path: Path) -> None:
        """The packages in a bundle are not read: they tell nothing of the system's messages."""
        found = javascript(tmp_path, """\
            // node_modules/toolbox/dist/index.js
            var read = (data) => data.tableName;
            // src/handler.ts
            var handler = async (body) => body.amount;
            """)
        assert found.members == ("amount",)

    def test_minified(self, tmp_path: Path) -> None:
        """Minified code is not read."""
        assert javascript(tmp_path, f"{'var a=1;' * 1000}body.amount") == Literals()

    def test_items_and_events(self, tmp_path: Path) -> None:
        """Items and events are found in files that the handler requires, too."""
        found = javascript(tmp_path, 'const store = require("./store");', store="""\
            const item = { pk: `ORDER#${id}`, data: { a: 1, b: 2 }, version: 3 };
            new PutCommand({ TableName: "t", Item: item });
            const entry = { DetailType: "OrderCreated", Detail: JSON.stringify({ orderId, n: 1 }) };
            """)
        assert (found.attributes, dict(found.prefixes), found.detail) == (
            ("pk", "data", "version"), {"pk": "ORDER#"}, ("orderId", "n"))

    def test_json_texts(self, tmp_path: Path) -> None:
        """Attributes that hold JSON text are told from others."""
        found = javascript(tmp_path, 'put({ Item: { id, event: JSON.stringify(event), at: 1 } });')
        assert (found.attributes, found.texts) == (("id", "event", "at"), ("event",))

    def test_archive(self, tmp_path: Path) -> None:
        """A .zip is read as a folder is."""
        with ZipFile(tmp_path / "code.zip", "w") as packed:
            packed.writestr("src/app.js", "save(body.amount);")
        function = Function("F", "nodejs22.x", "src/app.handler", tmp_path / "code.zip")
        assert literals_of(function).members == ("amount",)


@pytest.mark.parametrize("pairs", [
    [("PK", "WALLET#"), ("SK", "EVENT#"), ("PK", "OUTBOX#")],
    [("PK", "OUTBOX#"), ("PK", "WALLET#"), ("SK", "EVENT#"), ("PK", "USER#")],
])
def test_items_beside_events(pairs: list[tuple[str, str]]) -> None:
    """The keys of an outbox beside the events are not taken for theirs."""
    assert of_events(pairs) == {"PK": "WALLET#", "SK": "EVENT#"}


def test_nothing_else() -> None:
    """Without other keys those are taken."""
    assert of_events([("PK", "REQUEST#")]) == {"PK": "REQUEST#"}
