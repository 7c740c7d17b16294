"""Implementations of other designs, all of which conform.

Most are the reference implementation with something changed. Those that are other throughout have
a folder here with their own template; a folder without one is laid over the reference.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from harness.mutants.catalogue import Implementation
from scenarios.domains import accounts, orders
from tests.miniatures.building import (
    COMMAND,
    EVENTS,
    PROJECTION,
    PROJECTOR,
    QUERY,
    READ_MODEL,
    SERVICE,
    STORE,
    TEMPLATE,
    Change,
    Miniature,
    build,
)

VARIANTS = Path(__file__).parent
INTERFACE = "lambdas/domain/interface.py"
BUCKET_OF_PROJECTION = """        Variables:
          EVENT_BUCKET: !Ref EventBucket
          EVENT_SOURCE: cqrs.orders
          TABLE_NAME: !Ref ReadModelTable
"""
RULE = """        OnEvent:
          Type: EventBridgeRule
          Properties:
            EventBusName: !GetAtt EventBus.Name
            Pattern:
              source: [cqrs.orders]
              detail-type: [OrderCreated, OrderUpdated, OrderDeleted]
            RetryPolicy:
              MaximumRetryAttempts: 185
              MaximumEventAgeInSeconds: 86400
            DeadLetterConfig:
              Arn: !GetAtt ProjectionDeadLetters.Arn
"""
TABLE_KEY = """      AttributeDefinitions:
        - AttributeName: id
          AttributeType: S
      KeySchema:
        - AttributeName: id
          KeyType: HASH
"""

WAITING = Miniature(
    "waits_for_missing_events",
    "The projection reads no events: one that comes early fails until those before it are there.",
    (Change(PROJECTOR, "            missing = self.store", (
        "            if event.version > seen.version + 1:\n"
        "                raise ContendedError(\"events are missing before this one\")\n"
        "            missing = self.store"
    )),),
    frozenset(),
)
"""A correct design, too: the bus delivers what failed again until it gets through."""

BUFFERS = Miniature(
    "buffers_gaps",
    "The projection reads no events: one that comes early is kept in a second table.",
    (
        Change(PROJECTION, "EventStore(aws.client(\"s3\"), BUCKET, DOMAIN)",
               "Waiting(aws.client(\"dynamodb\"), WAITING, DOMAIN)"),
        Change(PROJECTION, "from .event_store import EventStore\n", ""),
        Change(PROJECTION, "import ReadModel\n", "import ReadModel\nfrom .waiting import Waiting\n"),
        Change(PROJECTION, "BUCKET, SOURCE, TABLE = settings.read(\"EVENT_BUCKET\",",
               "WAITING, SOURCE, TABLE = settings.read(\"WAITING_TABLE\","),
        Change(SERVICE, "            if self.store.append(event):", (
            "            for last in history[-1:]:  # so all but an aggregate's last are published\n"
            "                self.publisher.publish(last)\n"
            "            if self.store.append(event):"
        )),
        Change(TEMPLATE, BUCKET_OF_PROJECTION, BUCKET_OF_PROJECTION.replace(
            "EVENT_BUCKET: !Ref EventBucket", "WAITING_TABLE: !Ref WaitingTable")),
        Change(TEMPLATE, """              Action: s3:GetObject
              Resource: !Sub "${EventBucket.Arn}/*"
""", """              Action: [dynamodb:Query, dynamodb:PutItem, dynamodb:DeleteItem]
              Resource: !GetAtt WaitingTable.Arn
"""),
        Change(TEMPLATE, "  ProjectionDeadLetters:\n", """  WaitingTable:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions:
        - {AttributeName: id, AttributeType: S}
        - {AttributeName: version, AttributeType: N}
      KeySchema:
        - {AttributeName: id, KeyType: HASH}
        - {AttributeName: version, KeyType: RANGE}

  ProjectionDeadLetters:
"""),
    ),
    frozenset(),
    overlay=VARIANTS / "buffers_gaps",
)
"""Nothing fills a gap but a delivery, so a command first publishes the event it follows on."""

QUEUES_EVENTS = Miniature(
    "queues_events",
    "The rule sends to a queue that feeds the projection in batches; failed records come again.",
    (
        Change(TEMPLATE, RULE, """        OnQueuedEvent:
          Type: SQS
          Properties:
            Queue: !GetAtt Published.Arn
            BatchSize: 10
            FunctionResponseTypes: [ReportBatchItemFailures]
"""),
        Change(TEMPLATE, """      # Two nets: the rule's own dead letters are events that never reached the function, the
      # function's are those on which it raised, after two more attempts.
      EventInvokeConfig:
        MaximumRetryAttempts: 2
        DestinationConfig:
          OnFailure:
            Type: SQS
            Destination: !GetAtt ProjectionDeadLetters.Arn
""", ""),
        Change(TEMPLATE, "  ProjectionDeadLetters:\n", """  Published:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 180
      RedrivePolicy:
        deadLetterTargetArn: !GetAtt ProjectionDeadLetters.Arn
        maxReceiveCount: 50

  PublishedRule:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !GetAtt EventBus.Name
      EventPattern:
        source: [cqrs.orders]
        detail-type: [OrderCreated, OrderUpdated, OrderDeleted]
      Targets:
        - Id: published
          Arn: !GetAtt Published.Arn

  ProjectionDeadLetters:
"""),
        Change(TEMPLATE, "      Queues: [!Ref ProjectionDeadLetters]", "      Queues: [!Ref Published]"),
        Change(TEMPLATE, """            Resource: !GetAtt ProjectionDeadLetters.Arn
            Condition:
              ArnEquals:
                aws:SourceArn: !GetAtt ProjectionFunctionOnEvent.Arn
""", """            Resource: !GetAtt Published.Arn
            Condition:
              ArnEquals:
                aws:SourceArn: !GetAtt PublishedRule.Arn
"""),
    ),
    frozenset(),
)

HTTP_API = Miniature(
    "http_api",
    "An HTTP API with payloads of version 2.0 in the place of the REST API.",
    (
        Change(TEMPLATE, """    Type: AWS::Serverless::Api
    Properties:
      StageName: live
      BinaryMediaTypes: [application~1octet-stream]
      EndpointConfiguration:
        Type: REGIONAL
""", """    Type: AWS::Serverless::HttpApi
    Properties:
      StageName: live
"""),
        Change(TEMPLATE, """          Type: Api
          Properties:
            RestApiId: !Ref OrdersApi
            Path: /orders
            Method: post
""", """          Type: HttpApi
          Properties:
            ApiId: !Ref OrdersApi
            PayloadFormatVersion: "2.0"
            Path: /orders
            Method: post
"""),
        Change(TEMPLATE, """          Type: Api
          Properties:
            RestApiId: !Ref OrdersApi
            Path: /orders/{id}
            Method: get
""", """          Type: HttpApi
          Properties:
            ApiId: !Ref OrdersApi
            PayloadFormatVersion: "2.0"
            Path: /orders/{id}
            Method: get
"""),
        Change(COMMAND, "        request = front_door.request(payload)\n", (
            "        if payload[\"version\"] != \"2.0\":\n"
            "            raise ValueError(\"not an HTTP API's payload\")\n"
            "        request = front_door.request(payload)\n"
        )),
    ),
    frozenset(),
)

ACCEPTED = Miniature(
    "replies_202",
    "An accepted command's reply is 202 and says no more than where the view will be.",
    (
        Change(COMMAND, "        return front_door.reply(200, _receipt(_accept(request.body, request.key)))\n", (
            "        event = _accept(request.body, request.key)\n"
            "        place = f\"/orders/{event.aggregate_id}\"\n"
            "        accepted = front_door.reply(202, {\"status\": \"accepted\", \"view\": place})\n"
            "        return {**accepted, \"headers\": {**accepted[\"headers\"], \"Location\": place}}\n"
        )),
        Change(COMMAND, """def _receipt(event: Event) -> dict[str, Any]:
    return {
        "eventId": event.event_id,
        DOMAIN.id_member: event.aggregate_id,
        "version": event.version,
        "type": event.type,
    }
""", ""),
    ),
    frozenset(),
)

ONE_TABLE = Miniature(
    "one_table",
    "Views, marks of projected events and Idempotency-Keys share one table, by pk and sk.",
    (
        Change(SERVICE, "        event_id = _event_id(command.aggregate_id, key)\n",
               "        event_id = self.keys.event_id(command, key)\n"),
        Change(SERVICE, "    publisher: Publisher\n", "    publisher: Publisher\n    keys: Keys\n"),
        Change(SERVICE, "from .publisher", "from .one_table import Keys\nfrom .publisher"),
        Change(COMMAND, "    Publisher(aws.client(\"events\"), BUS, SOURCE),\n", (
            "    Publisher(aws.client(\"events\"), BUS, SOURCE),\n"
            "    Keys(aws.client(\"dynamodb\"), settings.read(\"TABLE_NAME\")[0]),\n"
        )),
        Change(COMMAND, "from .publisher", "from .one_table import Keys\nfrom .publisher"),
        Change(PROJECTOR, """        for _ in range(ATTEMPTS):
""", """        if self.read_model.has_seen(event.aggregate_id, event.event_id):
            return
        for _ in range(ATTEMPTS):
"""),
        Change(PROJECTOR, "(event.aggregate_id, seen, row)",
               "(event.aggregate_id, seen, row, event.event_id)"),
        Change(TEMPLATE, TABLE_KEY, """      AttributeDefinitions:
        - {AttributeName: pk, AttributeType: S}
        - {AttributeName: sk, AttributeType: S}
      KeySchema:
        - {AttributeName: pk, KeyType: HASH}
        - {AttributeName: sk, KeyType: RANGE}
"""),
        Change(TEMPLATE, "          EVENT_BUS: !GetAtt EventBus.Name\n", (
            "          EVENT_BUS: !GetAtt EventBus.Name\n"
            "          TABLE_NAME: !Ref ReadModelTable\n"
        )),
        Change(TEMPLATE, """              Action: events:PutEvents
              Resource: !GetAtt EventBus.Arn
""", """              Action: events:PutEvents
              Resource: !GetAtt EventBus.Arn
            - Effect: Allow
              Action: [dynamodb:GetItem, dynamodb:PutItem]
              Resource: !GetAtt ReadModelTable.Arn
"""),
    ),
    frozenset(),
    overlay=VARIANTS / "one_table",
)
"""Separation is judged item by item: the command function touches no item that a query reads."""

EXTRA_MEMBERS = Miniature(
    "extra_members",
    "Events say more than they have to: schemaVersion, correlationId, actor and recordedAt.",
    (
        Change(INTERFACE, "from dataclasses import dataclass\n",
               "from dataclasses import dataclass, field\n"),
        Change(INTERFACE, """    type: str
    aggregate_id: str
    members: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Domain""", """    type: str
    aggregate_id: str
    members: Mapping[str, Any]
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Domain"""),
        Change(EVENTS, "    return {**event.members, **own}\n",
               "    return {\"schemaVersion\": 3, **event.about, **event.members, **own}\n"),
        Change(EVENTS, "        return record(domain.parse(detail), event_id, version)\n", (
            "        about = {name: detail[name] for name in ABOUT if name in detail}\n"
            "        return record(domain.parse(detail), event_id, version, about)\n"
        )),
        Change(EVENTS, "def record(command: Command, event_id: str, version: int) -> Event:\n",
               "def record(command, event_id, version, about):\n"),
        Change(EVENTS, "command.aggregate_id, command.members)",
               "command.aggregate_id, command.members, about)"),
        Change(EVENTS, "class MalformedEventError", (
            "ABOUT = (\"correlationId\", \"actor\", \"recordedAt\")\n\n\nclass MalformedEventError"
        )),
        Change(SERVICE, "            event = events.record(command, event_id, len(history) + 1)\n", (
            "            about = {\n"
            "                \"correlationId\": str(uuid4()),\n"
            "                \"actor\": {\"kind\": \"customer\", \"roles\": [\"buyer\", None], \"level\": 1.5},\n"
            "                \"recordedAt\": datetime.now(UTC).isoformat(),\n"
            "            }\n"
            "            event = events.record(command, event_id, len(history) + 1, about)\n"
        )),
        Change(SERVICE, "from functools import reduce\n",
               "from datetime import UTC, datetime\nfrom functools import reduce\n"),
    ),
    frozenset(),
)

ARCHIVES = Miniature(
    "archives",
    "A second function behind a rule keeps all events in an archive.",
    (
        Change(TEMPLATE, "  QueryFunction:\n", """  Archive:
    Type: AWS::S3::Bucket

  ArchiveFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: archive
      Handler: archive.handler
      Environment:
        Variables:
          ARCHIVE: !Ref Archive
      Policies:
        - Version: "2012-10-17"
          Statement:
            - Effect: Allow
              Action: s3:PutObject
              Resource: !Sub "${Archive.Arn}/*"
      Events:
        OnAnyEvent:
          Type: EventBridgeRule
          Properties:
            EventBusName: !GetAtt EventBus.Name
            Pattern:
              source: [cqrs.orders]

  QueryFunction:
"""),
    ),
    frozenset(),
    overlay=VARIANTS / "archives",
)

RECEIPTS = Miniature(
    "keeps_receipts",
    "The bucket also has a receipt for each Idempotency-Key, which says less than its event.",
    (
        Change(SERVICE, "        self.publisher.publish(event)\n        return event\n", (
            "        self.publisher.publish(event)\n"
            "        if key is not None:\n"
            "            self.store.keep_receipt(event)\n"
            "        return event\n"
        )),
        Change(STORE, "    def append(self", """    def keep_receipt(self, event: Event) -> None:
        receipt = {name: value for name, value in events.to_detail(event).items()
                   if name in ("eventId", "type", "version", self.domain.id_member)}
        self.client.put_object(Bucket=self.bucket, Key=f"receipts/{event.event_id}.json",
                               Body=codec.dumps(receipt).encode())

    def append(self"""),
    ),
    frozenset(),
)

SINCE = Change(STORE, "    def append(self", """    def since(self, aggregate_id: str, version: int) -> list[Event]:
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=f"{aggregate_id}/", StartAfter=_key(aggregate_id, version))
        return [self._get(found["Key"]) for page in pages for found in page.get("Contents", ())]

    def append(self""")

KEEPS_SNAPSHOTS = Miniature(
    "keeps_snapshots",
    "Commands read the latest snapshot and the events since then.",
    (SINCE,),
    frozenset(),
    overlay=VARIANTS / "snapshots",
)

AS_TEXT = Miniature(
    "keeps_views_as_text",
    "The table has each view as one JSON text, numbers and lists and all.",
    (
        Change(READ_MODEL, "from .aws import", "from . import codec\nfrom .aws import"),
        Change(READ_MODEL, '{"view": row.view}', '{"view": codec.dumps(row.view)}'),
        Change(READ_MODEL, 'values.get("view"))', 'codec.loads(values.get("view", "null")))'),
    ),
    frozenset(),
    contract=accounts.CONTRACT,
)

UNPACKS = Miniature(
    "unpacks_into_tmp",
    "The query function reads a file beside its code, and works with a copy in its own /tmp.",
    (
        Change(QUERY, "READ_MODEL = ReadModel(aws.client(\"dynamodb\"), TABLE)\n", (
            "READ_MODEL = ReadModel(aws.client(\"dynamodb\"), TABLE)\n"
            "MESSAGES = Path(tempfile.gettempdir(), \"messages.json\")\n"
            "with MESSAGES.open(\"x\") as copy, open(\"messages.json\") as packed:\n"
            "    copy.write(packed.read())\n"
        )),
        Change(QUERY, '{"message": "not found"}',
               '{"message": codec.loads(MESSAGES.read_text())["missing"]}'),
        Change(QUERY, "from typing import Any\n",
               "import tempfile\nfrom pathlib import Path\nfrom typing import Any\n"),
        Change(QUERY, "from . import aws, front", "from . import aws, codec, front"),
    ),
    frozenset(),
    overlay=VARIANTS / "unpacks",
)
"""It ends with an error where /tmp is not empty, or where the working folder is another one."""


def _as_it_is(template: Path, folder: Path) -> Path:
    """One with code of its own needs no copy: nothing is changed."""
    return template


CHANGED = (WAITING, BUFFERS, QUEUES_EVENTS, HTTP_API, ACCEPTED, ONE_TABLE, EXTRA_MEMBERS, ARCHIVES,
           RECEIPTS, AS_TEXT, KEEPS_SNAPSHOTS, UNPACKS)
"""Systems that are built from the reference implementation."""
OWN_CODE = tuple(sorted(VARIANTS.glob("*/template.yaml")))
"""Templates of what has code of its own."""
ACCOUNTS = dict.fromkeys(("entries_apart", "locks", "tasks", "zipped"), accounts.CONTRACT)
"""Those that are no orders."""
CONFORMING: tuple[Implementation, ...] = (
    *(Implementation(name, ACCOUNTS.get(name, orders.CONTRACT), partial(_as_it_is, template))
      for template in OWN_CODE for name in [template.parent.name]),
    *(Implementation(each.name, each.contract, partial(build, each)) for each in CHANGED),
)
"""All of them."""
