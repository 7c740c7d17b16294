"""``adopt`` writes a first dialect and a contract that load, and says what to do next."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any
from zipfile import ZipFile

import pytest

from harness.adopt.draft import plain_name
from harness.dialect.schema import check_schema
from tests.harness.adopt.commands import REFERENCE, SYSTEMS, Ended, system

Run = Callable[..., Ended]
PAGE = Path(__file__).parents[3] / "docs" / "adopting.md"
NODE = """\
exports.create = async (event) => {
  const { customer, amount } = JSON.parse(event.body);
  const id = randomUUID();
  await client.send(new PutCommand({ Item: { id, type: "ORDER_CREATED", version: 1, data: {} } }));
};
exports.get = async (event) => ({ statusCode: 200 });
"""


def drafted(folder: Path) -> dict[str, Any]:
    """A dialect that was written, which fits the schema."""
    document = tomllib.loads((folder / "dialect.toml").read_text("utf-8"))
    check_schema(document, "the draft")
    return document


class TestSystems:
    @pytest.mark.parametrize("template", [
        SYSTEMS / "tickets", SYSTEMS / "stock", SYSTEMS / "club", REFERENCE],
        ids=lambda path: path.name)
    def test_loads(self, cqrs: Run, tmp_path: Path, template: Path) -> None:
        """The drafts of each system load, and fit its template."""
        adopted = cqrs("adopt", "--template", template, "--into", tmp_path)
        checked = cqrs("check-template", template, "--contract", tmp_path / "contract.py",
                       "--dialect", tmp_path / "dialect.toml")
        assert (adopted.code, adopted.error, checked.code) == (0, "", 0)
        assert drafted(tmp_path)

    def test_tickets(self, cqrs: Run, tmp_path: Path) -> None:
        """Routes, ids of the server, the table's keys and the types of events are found."""
        cqrs("adopt", "--template", SYSTEMS / "tickets", "--into", tmp_path)
        found = drafted(tmp_path)
        assert {kind: form["route"] for kind, form in found["commands"].items()} == {
            "OpenTicket": "POST /v1/tickets", "AddComment": "POST /v1/tickets/{id}/comments",
            "CloseTicket": "DELETE /v1/tickets/{id}"}
        assert (found["server_ids"], found["query"]["route"]) == ("id", "GET /v1/tickets/{id}")
        assert found["events"] == {
            "table": "EventsTable",
            "members": {"type": "kind", "event_id": "eventId", "payload": "data|json"},
            "match": {"pk": "TICKET#{id}", "sk": "EVENT#{version}"},
            "types": {"TICKET_OPENED": "OpenTicket", "COMMENT_ADDED": "AddComment",
                      "TICKET_CLOSED": "CloseTicket"}}

    def test_types_in_the_body(self, cqrs: Run, tmp_path: Path) -> None:
        """Where one route takes several types, each is a command, and the body names it."""
        folder = system("club", tmp_path)
        (folder / "app" / "rpc.py").write_text(dedent("""\
            def handler(event, context):
                body = json.loads(event["body"])
                key = event["headers"].get("idempotency-key")
                if body["type"] == "MemberJoined":
                    return body["name"]
                return "MEMBER_LEFT"
            """), "utf-8")
        cqrs("adopt", "--template", folder, "--into", tmp_path / "drafts")
        common = {"route": "POST /rpc", "headers": {"Idempotency-Key": "$key"}}
        assert drafted(tmp_path / "drafts")["commands"] == {
            "MemberJoined": {**common, "body": {"type": "MemberJoined", "$": 1}},
            "MemberLeft": {**common, "body": {"type": "MEMBER_LEFT", "$": 1}}}

    def test_page(self, cqrs: Run, tmp_path: Path) -> None:
        """The page on adopting shows the beginning of this draft."""
        cqrs("adopt", "--template", SYSTEMS / "tickets", "--into", tmp_path)
        shown = PAGE.read_text("utf-8").partition("```toml\n")[2].partition("```")[0]
        assert shown in (tmp_path / "dialect.toml").read_text("utf-8")

    def test_stock(self, cqrs: Run, tmp_path: Path) -> None:
        """Functions without a route are invoked; the id and the repetition mark are found."""
        cqrs("adopt", "--template", SYSTEMS / "stock", "--into", tmp_path)
        found = drafted(tmp_path)
        assert found["commands"]["Ship"] == {
            "invoke": "ShipFunction", "body": {"sku": "$id", "requestId": "$key", "$": 1}}
        assert found["query"] == {"invoke": "GetItemFunction", "body": {"sku": "$id"}}

    def test_club(self, cqrs: Run, tmp_path: Path) -> None:
        """A query that serves a list is marked."""
        cqrs("adopt", "--template", SYSTEMS / "club", "--into", tmp_path)
        assert drafted(tmp_path)["query"] == {"route": "GET /members", "among": "id"}


    @pytest.mark.parametrize("template", ["lockers/stream.yaml", "tickets/template.yaml"])
    def test_projected(self, cqrs: Run, tmp_path: Path, template: str) -> None:
        """A system whose view a rule or a stream feeds is not taken for one that folds."""
        cqrs("adopt", "--template", SYSTEMS / template, "--into", tmp_path)
        assert "projection" not in drafted(tmp_path)


class TestOutput:
    def test_next_steps(self, cqrs: Run, tmp_path: Path) -> None:
        """The commands that come next are printed with the files."""
        ended = cqrs("adopt", "--template", SYSTEMS / "tickets", "--into", tmp_path)
        assert "Commands found: OpenTicket, AddComment, CloseTicket" in ended.out
        options = f"--contract {tmp_path}/contract.py --dialect {tmp_path}/dialect.toml"
        template = SYSTEMS / "tickets" / "template.yaml"
        lines = [" ".join(line.split()) for line in ended.out.splitlines()]
        assert any(line.startswith("cqrs-conformance check-template") and line.endswith(
            f"{template.name} {options} --try") for line in lines)
        assert lines[-1].startswith("cqrs-conformance run --template")

    def test_nothing_is_overwritten(self, cqrs: Run, tmp_path: Path) -> None:
        """A file that is there stays as it is, and no other one is written."""
        folder = system("tickets", tmp_path)
        (folder / "contract.py").unlink()
        before = (folder / "dialect.toml").read_text("utf-8")
        ended = cqrs("adopt", "--template", folder)
        assert (ended.code, ended.out) == (2, "")
        assert "is not overwritten; give another folder with --into" in ended.error
        assert (folder / "dialect.toml").read_text("utf-8") == before
        assert not (folder / "contract.py").exists()

    def test_things_that_commands_need(self, cqrs: Run, tmp_path: Path) -> None:
        """A creation of what no query shows may be a set-up, as the draft says beside it."""
        cqrs("adopt", "--template", SYSTEMS / "baskets", "--into", tmp_path)
        text = (tmp_path / "dialect.toml").read_text("utf-8")
        assert text.count("if it makes a thing that other commands need: a table [setup.") == 1

    def test_no_commands(self, cqrs: Run, tmp_path: Path) -> None:
        """A template without functions cannot be adopted."""
        (tmp_path / "template.yaml").write_text(
            "Resources: {B: {Type: 'AWS::S3::Bucket'}}\n", "utf-8")
        ended = cqrs("adopt", "--template", tmp_path)
        assert (ended.code, "neither a route nor a function" in ended.error) == (2, True)


class TestOpenApi:
    DOCUMENT = """\
        openapi: 3.0.0
        paths:
          /v1/tickets:
            post:
              operationId: raiseTicket
              requestBody:
                content:
                  application/json: {schema: {$ref: "#/components/schemas/New"}}
          /v1/tickets/{id}:
            get:
              responses:
                200:
                  content:
                    application/json:
                      schema: {properties: {title: {type: string}, state: {type: string}}}
        components:
          schemas:
            New:
              required: [subject]
              properties: {subject: {type: string}, priority: {type: integer}}
        """

    def test_names(self, cqrs: Run, tmp_path: Path) -> None:
        """Names of operations, members with their types, and the view come from the document."""
        (tmp_path / "api.yaml").write_text(dedent(self.DOCUMENT), "utf-8")
        ended = cqrs("adopt", "--template", SYSTEMS / "tickets", "--into", tmp_path,
                     "--openapi", tmp_path / "api.yaml")
        contract = (tmp_path / "contract.py").read_text("utf-8")
        assert ended.code == 0
        assert "RaiseTicket" in drafted(tmp_path)["commands"]
        assert '"priority": values.number("1", "1000", required=False),' in contract
        assert "the members that the query shows: title, state." in contract

    def test_route_for_all_paths(self, cqrs: Run, tmp_path: Path) -> None:
        """Where one route has all paths, they are those of the document."""
        folder = system("club", tmp_path)
        template = folder / "template.yaml"
        text = template.read_text("utf-8").replace("/rpc", '"/{proxy+}"')
        template.write_text(text.replace("Method: post", "Method: any"), "utf-8")
        (tmp_path / "api.yaml").write_text(dedent(self.DOCUMENT), "utf-8")
        without = cqrs("adopt", "--template", template, "--into", tmp_path / "without")
        ended = cqrs("adopt", "--template", template, "--into", tmp_path / "drafts",
                     "--openapi", tmp_path / "api.yaml")
        found = drafted(tmp_path / "drafts")
        assert (ended.code, found["commands"]["RaiseTicket"]["route"], found["query"]["route"]) == (
            0, "POST /v1/tickets", "GET /v1/tickets/{id}")
        assert (without.code, "with --openapi the paths" in without.error) == (2, True)

    def test_routes_in_the_sources(self, cqrs: Run, tmp_path: Path) -> None:
        """Where one route has all paths, and there is no document, the sources name them."""
        folder = system("club", tmp_path)
        template = folder / "template.yaml"
        text = template.read_text("utf-8").replace("/rpc", '"/{proxy+}"')
        template.write_text(text.replace("Method: post", "Method: any"), "utf-8")
        (folder / "web.ts").write_text(
            "app.post('/tickets', raise); app.get('/tickets/:ticketId', show)", "utf-8")
        ended = cqrs("adopt", "--template", template, "--into", tmp_path / "drafts")
        found = drafted(tmp_path / "drafts")
        assert (ended.code, [each["route"] for each in found["commands"].values()],
                found["query"]["route"]) == (0, ["POST /tickets"], "GET /tickets/{id}")

    def test_no_document(self, cqrs: Run, tmp_path: Path) -> None:
        """Another file is a usage error, and nothing is written."""
        (tmp_path / "api.yaml").write_text("a: 1\n", "utf-8")
        ended = cqrs("adopt", "--template", SYSTEMS / "tickets", "--into", tmp_path / "new",
                     "--openapi", tmp_path / "api.yaml")
        assert (ended.code, (tmp_path / "new").exists()) == (2, False)


def resources(code: dict[str, Any], **metadata: str) -> dict[str, Any]:
    """An HTTP API before two functions in Node.js, and a table of events."""
    def function(handler: str) -> dict[str, Any]:
        return {"Type": "AWS::Lambda::Function", "Metadata": metadata, "Properties": {
            "Runtime": "nodejs22.x", "Handler": f"app.{handler}", "Code": code, "Role": "r"}}

    def route(name: str, key: str) -> dict[str, Any]:
        return {
            f"{name}Integration": {"Type": "AWS::ApiGatewayV2::Integration", "Properties": {
                "ApiId": {"Ref": "Api"}, "IntegrationType": "AWS_PROXY",
                "IntegrationUri": {"Fn::GetAtt": [name, "Arn"]}, "PayloadFormatVersion": "2.0"}},
            f"{name}Route": {"Type": "AWS::ApiGatewayV2::Route", "Properties": {
                "ApiId": {"Ref": "Api"}, "RouteKey": key, "Target": {"Fn::Join": [
                    "/", ["integrations", {"Ref": f"{name}Integration"}]]}}}}

    return {
        "Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": "HTTP"}},
        "CreateOrderFnA1B2C3D4": function("create"), "GetOrderFnA1B2C3D5": function("get"),
        "GetAuthorFnA1B2C3D7": function("get"),
        **route("GetAuthorFnA1B2C3D7", "GET /authors/{name}"),
        **route("CreateOrderFnA1B2C3D4", "POST /orders"),
        **route("GetOrderFnA1B2C3D5", "GET /orders/{orderId}"),
        "OrderEventsA1B2C3D6": {"Type": "AWS::DynamoDB::Table", "Properties": {
            "AttributeDefinitions": [], "KeySchema": [
                {"AttributeName": "id", "KeyType": "HASH"},
                {"AttributeName": "version", "KeyType": "RANGE"}]}}}


class TestOtherTools:
    def test_cdk(self, cqrs: Run, tmp_path: Path) -> None:
        """The output of ``cdk synth`` is adopted; hashes are no part of a name."""
        out = tmp_path / "cdk.out"
        (out / "asset.1").mkdir(parents=True)
        (out / "asset.1" / "app.js").write_text(NODE, "utf-8")
        template = {"Resources": resources({"S3Bucket": "b", "S3Key": "1.zip"},
                                           **{"aws:asset:path": "asset.1"})}
        (out / "Shop.template.json").write_text(json.dumps(template), "utf-8")
        (out / "manifest.json").write_text(json.dumps({"artifacts": {"Shop": {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": "Shop.template.json"}}}}), "utf-8")
        self.check(cqrs, tmp_path, out)

    def test_serverless(self, cqrs: Run, tmp_path: Path) -> None:
        """The output of ``serverless package`` is adopted; its code is in a .zip."""
        out = tmp_path / ".serverless"
        out.mkdir()
        with ZipFile(out / "shop.zip", "w") as packed:
            packed.writestr("app.js", NODE)
        template = {"Resources": resources({"S3Bucket": "b", "S3Key": "serverless/shop.zip"})}
        (out / "cloudformation-template-update-stack.json").write_text(
            json.dumps(template), "utf-8")
        self.check(cqrs, tmp_path, out)

    @pytest.mark.parametrize(("logical_id", "name"), [
        ("OpenDashanUnderscoreaccountLambdaFunction", "OpenAnAccount"),
        ("OpenDashboardLambdaFunction", "OpenDashboard"),
        ("OpenDashaccount", "OpenDashaccount"),
    ])
    def test_spelt_out(self, logical_id: str, name: str) -> None:
        """The marks in a function's name, which the Serverless Framework spells out, part words."""
        assert plain_name(logical_id) == name

    def check(self, cqrs: Run, folder: Path, template: Path) -> None:
        """Adopt, and see the drafts."""
        ended = cqrs("adopt", "--template", template, "--into", folder / "drafts")
        found = drafted(folder / "drafts")
        assert (ended.code, ended.error) == (0, "")
        assert {kind: form["route"] for kind, form in found["commands"].items()} == {
            "CreateOrder": "POST /orders"}
        assert found["query"]["route"] == "GET /orders/{id}"
        assert found["events"] == {
            "table": "OrderEventsA1B2C3D6", "types": {"ORDER_CREATED": "CreateOrder"},
            "members": {"type": "type", "version": "version", "payload": "data", "id": "id"}}
        contract = (folder / "drafts" / "contract.py").read_text("utf-8")
        assert '"customer": values.plain_text(100),' in contract


class TestKeys:
    @pytest.mark.parametrize(("keys", "members"), [
        ({"stream_id": "S", "changeset": "N"}, {"id": "stream_id", "version": "changeset"}),
        ({"stream_id": "S", "time": "S"}, {"id": "stream_id"}),
        ({"pk": "S", "sk": "S"}, None),
    ], ids=["number", "text", "general"])
    def test_members(
        self, cqrs: Run, tmp_path: Path, keys: dict[str, str], members: dict[str, str] | None
    ) -> None:
        """A table's keys are the id and, if it is a number, the version."""
        table = {"Type": "AWS::DynamoDB::Table", "Properties": {
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
            "AttributeDefinitions": [
                {"AttributeName": name, "AttributeType": kind} for name, kind in keys.items()],
            "KeySchema": [{"AttributeName": name, "KeyType": kind}
                          for name, kind in zip(keys, ("HASH", "RANGE"), strict=True)]}}
        function = {"Type": "AWS::Lambda::Function", "Properties": {
            "Runtime": "python3.12", "Handler": "index.handler", "Role": "r",
            "Code": {"ZipFile": "def handler(event, context): ...\n"}}}
        (tmp_path / "template.json").write_text(json.dumps(
            {"Resources": {"Items": table, "CommitFunction": function}}), "utf-8")
        ended = cqrs("adopt", "--template", tmp_path / "template.json", "--into", tmp_path)
        found = drafted(tmp_path)["events"]
        assert (ended.code, found["table"], found.get("members")) == (0, "Items", members)


class TestPostAlone:
    """An API without GET routes asks by POST."""

    @pytest.mark.parametrize(("last", "query"), [
        ("listOrders", "POST /orders/listOrders"), ("query", "POST /orders/query"),
        ("listings", "GET /order/{id}")])
    def test_query(self, cqrs: Run, tmp_path: Path, last: str, query: str) -> None:
        """The query is the POST whose name asks for something, as a word of its own."""
        (tmp_path / "index.py").write_text("def handler(event, context):\n    pass\n", "utf-8")
        functions = {name: {"Type": "AWS::Serverless::Function", "Properties": {
            "CodeUri": ".", "Handler": "index.handler", "Runtime": "python3.12",
            "Events": {"Api": {"Type": "Api", "Properties": {
                "Method": "post", "Path": f"/orders/{name}"}}}}} for name in ("place", last)}
        (tmp_path / "template.json").write_text(json.dumps({
            "Transform": "AWS::Serverless-2016-10-31", "Resources": functions}), "utf-8")
        cqrs("adopt", "--template", tmp_path / "template.json", "--into", tmp_path / "drafts")
        found = drafted(tmp_path / "drafts")
        assert found["query"]["route"].replace("aggregate", "order") == query
        assert len(found["commands"]) == (2 if last == "listings" else 1)


class TestEvents:
    @pytest.mark.parametrize(("attribute", "payload"), [
        ("event: JSON.stringify(e)", "event|json"), ("event: e", None)])
    def test_named_alike(
        self, cqrs: Run, tmp_path: Path, attribute: str, payload: str | None
    ) -> None:
        """An event has the words of its command, and its payload may be JSON text."""
        source = ("exports.handler = async () => ({});\n"
                  f"put({{ Item: {{ id, version, type, {attribute} }} }});\n")
        (tmp_path / "app").mkdir()
        (tmp_path / "app" / "index.js").write_text(source, "utf-8")
        functions = {name: {"Type": "AWS::Serverless::Function", "Properties": {
            "CodeUri": "app", "Handler": "index.handler", "Runtime": "nodejs22.x",
            "Events": {"Api": {"Type": "Api", "Properties": {"Method": "post", "Path": path}}}}}
            for name, path in (("PlaceOrder", "/orders"), ("AddItem", "/orders/{id}/items"))}
        rule = {"Type": "AWS::Events::Rule", "Properties": {
            "EventPattern": {"detail-type": ["orderPlaced", "itemAdded"]}, "Targets": []}}
        table = {"Type": "AWS::DynamoDB::Table", "Properties": {
            "BillingMode": "PAY_PER_REQUEST", "KeySchema": [
                {"AttributeName": "id", "KeyType": "HASH"},
                {"AttributeName": "version", "KeyType": "RANGE"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"},
                                     {"AttributeName": "version", "AttributeType": "N"}]}}
        template = tmp_path / "template.json"
        template.write_text(json.dumps({"Resources": {**functions, "Rule": rule,
                                                      "EventStore": table}}), "utf-8")
        assert cqrs("adopt", "--template", template, "--into", tmp_path / "drafts").code == 0
        found = drafted(tmp_path / "drafts")["events"]
        assert found["types"] == {"orderPlaced": "PlaceOrder", "itemAdded": "AddItem"}
        assert found["members"].get("payload") == payload
