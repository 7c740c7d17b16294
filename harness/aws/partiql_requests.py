"""Requests of PartiQL statements, performed as the operations that do the same.

moto performs the statements of a transaction one by one, all of them, whatever fails. Sources:
DynamoDB API reference, "ExecuteStatement", "BatchExecuteStatement" (each statement has an answer,
or an error, of its own) and "ExecuteTransaction"; LocalStack's snapshots.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.awsrequest import AWSResponse

from harness.aws import partiql
from harness.aws.calls import Call, KeyNames
from harness.aws.responses import respond

OPERATIONS = frozenset({"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"})
JSON = {"Content-Type": "application/x-amz-json-1.0"}
ACTIONS = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}
ERRORS = {"ValidationException": "ValidationError", "ThrottlingException": "ThrottlingError",
          "InternalServerError": "InternalServerError"}
"""The codes of a batch that are not an exception's name without its ending."""
Make = Callable[[], AWSResponse | None]
Translated = Callable[[Make, str, Any], AWSResponse | None]
"""Performs an operation, with its request, in the place of the one that ``Make`` performs."""


def performed(
    call: Call, keys: KeyNames, translated: Translated, perform: Make
) -> AWSResponse | None:
    """The response to a request of statements; moto's where one of them is not understood."""
    asked = json.loads(call.body)
    statements = asked.get("Statements") or asked.get("TransactStatements") or [asked]
    found = [partiql.operation(each, keys) for each in statements]
    made = [each for each in found if each is not None]
    if len(made) < len(found):
        return perform()
    if call.operation == "ExecuteTransaction":
        return _transaction(asked, made, translated, perform)
    responses = [translated(perform, each.name, each.request) for each in made]
    if call.operation == "BatchExecuteStatement":
        return _batch(made, responses)
    response = responses[0]
    if response is None:
        return None
    return _answer(response.status_code, json.loads(
        partiql.answer(made[0].name, response.status_code, response.content)))


def _answer(status: int, document: Mapping[str, Any]) -> AWSResponse:
    return respond("https://dynamodb", status, JSON, json.dumps(document))


def _batch(
    made: Sequence[partiql.Operation], responses: Sequence[AWSResponse | None]
) -> AWSResponse | None:
    told = [_of_batch(operation, response)
            for operation, response in zip(made, responses, strict=True) if response is not None]
    return _answer(200, {"Responses": told}) if len(told) == len(made) else None


def _of_batch(operation: partiql.Operation, response: AWSResponse) -> dict[str, Any]:
    body = partiql.answer(operation.name, response.status_code, response.content)
    document = json.loads(body)
    table = {"TableName": operation.request["TableName"]}
    if response.status_code < 400:
        return {**table, **({"Item": document["Items"][0]} if document.get("Items") else {})}
    name = str(document.get("__type", "")).rpartition("#")[2]
    code = ERRORS.get(name, name.removesuffix("Exception"))
    told = document.get("message") or document.get("Message") or ""
    return {**table, "Error": {"Code": code, "Message": told}}


def _transaction(
    asked: Mapping[str, Any], made: Sequence[partiql.Operation], translated: Translated,
    perform: Make,
) -> AWSResponse | None:
    reads = all(each.name == "GetItem" for each in made)
    token = {name: asked[name] for name in ("ClientRequestToken",) if name in asked}
    items = [{"Get" if reads else ACTIONS.get(each.name, "Get"): each.request} for each in made]
    if any("Get" in item for item in items) and not reads:
        return _answer(400, {"__type": "ValidationException", "message": (
            "A transaction has statements that read, or statements that write, not both")})
    response = (translated(perform, "TransactGetItems", {"TransactItems": items}) if reads else
                translated(perform, "TransactWriteItems", {"TransactItems": items, **token}))
    if response is None:
        return None
    document = json.loads(response.content or b"{}")
    if response.status_code < 400:
        return _answer(200, {"Responses": document.get("Responses") or [{} for _ in made]})
    return _answer(response.status_code, _with_duplicates(document, made))


def _with_duplicates(
    document: dict[str, Any], made: Sequence[partiql.Operation]
) -> dict[str, Any]:
    """The reasons of a cancelled transaction: an INSERT of what is there is a DuplicateItem."""
    reasons = document.get("CancellationReasons")
    if not reasons:
        return document
    told = [{**reason, "Code": "DuplicateItem"}
            if operation.name == "PutItem" and reason.get("Code") == "ConditionalCheckFailed"
            else reason for reason, operation in zip(reasons, made, strict=True)]
    codes = ", ".join(str(each.get("Code") or "None") for each in told)
    return {**document, "CancellationReasons": told, "message": (
        "Transaction cancelled, please refer cancellation reasons for specific reasons "
        f"[{codes}]")}
