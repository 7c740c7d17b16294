"""The reference implementation on a simulated AWS: real handlers, real clients, moto behind them.

Every test has an account of its own and freshly imported functions (a cold environment).
"""

import importlib
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import boto3

from .payloads import batch, rest_api

BUCKET, BUS, SOURCE, TABLE = "events-bucket", "events-bus", "cqrs.orders", "read-model"
SETTINGS = {"EVENT_BUCKET": BUCKET, "EVENT_BUS": BUS, "EVENT_SOURCE": SOURCE, "TABLE_NAME": TABLE}


class Account:
    """The tests' own clients, and the session that the functions' clients come from.

    One for all tests: it keeps the descriptions of the services, which are slow to load.
    """

    def __init__(self) -> None:
        self.session = boto3.Session("x", "x", region_name="eu-west-1")
        self.s3, self.dynamodb, self.events = (
            self.session.client(name) for name in ("s3", "dynamodb", "events")
        )


class System:
    """The three functions, each in an environment of its own, and the account they run in."""

    def __init__(self, account: Account, purge: Callable[[], None]) -> None:
        self._purge = purge
        self.s3, self.dynamodb = account.s3, account.dynamodb
        self._published: list[dict[str, Any]] = []
        self._make_stores()
        account.events.create_event_bus(Name=BUS)
        self.restart()

    def restart(self) -> None:
        """End all environments; new ones start at the next use."""
        self._purge()
        self._functions: dict[str, ModuleType] = {}

    @property
    def command(self) -> ModuleType:
        """The command function's module, whose publishing is watched."""
        if "command" not in self._functions:
            self._watch(self._function("command").SERVICE.publisher.client)
        return self._function("command")

    @property
    def projection(self) -> ModuleType:
        """The projection function's module."""
        return self._function("projection")

    @property
    def query(self) -> ModuleType:
        """The query function's module."""
        return self._function("query")

    def _function(self, name: str) -> ModuleType:
        if name not in self._functions:
            self._functions[name] = importlib.import_module(f"reference_impl.lambdas.{name}")
        return self._functions[name]

    def post(self, body: Any, key: str | None = None) -> tuple[int, dict[str, Any]]:
        """Send a command; return the reply's status and object."""
        text = body if isinstance(body, str) else json.dumps(body)
        headers = {} if key is None else {"Idempotency-Key": key}
        return self.reply(self.command, rest_api(text, headers))

    def get(self, order_id: str) -> tuple[int, dict[str, Any]]:
        """Ask for a view; return the reply's status and object."""
        return self.reply(self.query, {"pathParameters": {"id": order_id}})

    @staticmethod
    def reply(function: ModuleType, payload: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Invoke a function behind API Gateway; return the reply's status and object."""
        reply = function.handler(payload, None)
        return reply["statusCode"], json.loads(reply["body"])

    def queue(self, function: ModuleType, bodies: dict[str, str]) -> list[str]:
        """Hand a batch to a function; return the message ids that it reports back."""
        outcome = function.handler(batch(bodies), None)
        return [failure["itemIdentifier"] for failure in outcome["batchItemFailures"]]

    def stored(self) -> list[dict[str, Any]]:
        """Return all stored events by key."""
        listing = self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return [self._object(found["Key"]) for found in listing]

    def published(self) -> list[dict[str, Any]]:
        """Return what the bus has taken so far, as the envelopes that it would deliver."""
        return list(self._published)

    def deliver(self, *envelopes: dict[str, Any]) -> None:
        """Hand events to the projection, one by one."""
        for envelope in envelopes:
            self.projection.handler(json.loads(json.dumps(envelope)), None)

    def row(self, order_id: str) -> dict[str, Any] | None:
        """Return the read model's item as DynamoDB has it."""
        return self.dynamodb.get_item(TableName=TABLE, Key={"id": {"S": order_id}}).get("Item")

    def happened(self, body: dict[str, Any]) -> dict[str, Any]:
        """Store a command of order o-1 as its next event; return the event's delivery."""
        version = self.s3.list_objects_v2(Bucket=BUCKET, Prefix="o-1/")["KeyCount"] + 1
        event = {**body, "eventId": f"e-{version}", "version": version}
        key = f"o-1/{version:010d}.json"
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(event).encode())
        return {"source": SOURCE, "detail-type": body["type"], "detail": event}

    def _object(self, key: str) -> dict[str, Any]:
        return json.loads(self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def _make_stores(self) -> None:
        self.s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        self.dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        )

    def _watch(self, client: Any) -> None:
        entries: list[dict[str, Any]] = []

        def offered(params: dict[str, Any], **_: Any) -> None:
            entries[:] = params["Entries"]

        def taken(parsed: dict[str, Any], **_: Any) -> None:
            if not parsed["FailedEntryCount"]:
                self._published += [envelope(entry) for entry in entries]

        client.meta.events.register("provide-client-params.eventbridge.PutEvents", offered)
        client.meta.events.register("after-call.eventbridge.PutEvents", taken)


def envelope(entry: dict[str, Any]) -> dict[str, Any]:
    """Return what EventBridge makes of an entry, as far as the projection reads it."""
    detail = json.loads(entry["Detail"])
    return {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail}
