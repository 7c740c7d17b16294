"""Miniatures of kinds that need time, many events, or what is left behind: over several designs.

Each is a conforming design with a few texts replaced. ``base`` is the folder of its code; what is
built from the reference has the overlay's folder.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from harness.core.contract import Contract
from scenarios.domains import accounts, orders
from tests.miniatures.building import (
    COMMAND,
    PROJECTOR,
    PUBLISHER,
    QUERY,
    READ_MODEL,
    REFERENCE,
    SERVICE,
    STORE,
    TEMPLATE,
    Change,
    apply,
)
from tests.variants.changed import BUFFERS, SINCE, VARIANTS, WAITING

WRITE, TELLER, TAKER = "src/write.py", "fn/teller.py", "code/command.py"
INTENDER = "src/command.py"


@dataclass(frozen=True, slots=True)
class Kind:
    """A broken design. ``by``: a requirement whose scenarios find it; ``fails``: what they may show.

    ``bases``: folders that are laid over each other.
    """

    name: str
    why: str
    bases: tuple[Path, ...]
    changes: tuple[Change, ...]
    by: str
    fails: frozenset[str]
    contract: Contract = orders.CONTRACT


def build_kind(kind: Kind, folder: Path) -> Path:
    """Make it in an empty folder, beside the layers that it may use; gives its template."""
    own = folder / "design"
    copies = [(base, own) for base in kind.bases]
    copies += [(VARIANTS / layer, folder / layer) for layer in ("rules_layer", "accounts_layer")]
    for source, target in copies:
        shutil.copytree(source, target, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("__pycache__"))
    for change in kind.changes:
        apply(kind.name, change, own / change.file)
    return own / TEMPLATE


INTENTS, LEASES = VARIANTS / "intents", VARIANTS / "leases"
LOCKS, QUEUED = VARIANTS / "locks", VARIANTS / "queued"
POWERTOOLS, SNAPSHOTS = VARIANTS / "powertools", VARIANTS / "snapshots"
NO_FENCE = Change(TELLER, '            Body=dumps(e).encode(),\n            IfNoneMatch="*",\n',
                  "            Body=dumps(e).encode(),\n")
TOLD_TOGETHER = (
    Change(TAKER, "            handle(orders.read", "            made = handle(orders.read"),
    Change(TAKER, "        except (orders.Invalid",
           "            told += [(record, made)]\n        except (orders.Invalid"),
    Change(TAKER, "    again = []\n", "    again, told = [], []\n"),
    Change(TAKER, "            return publish(known)\n", "            return known\n"),
    Change(TAKER, "            return publish(event)\n", "            return event\n"),
    Change(TAKER, "def publish(event):", "def publish(events):"),
)
"""The events of a batch are kept in ``told``, to be published at once."""
BUSY = Change(TELLER, 'raise Rejected(409, "the account is busy', 'raise Rejected(429, "the account is busy')
CONDITION = (
    '                ConditionExpression="attribute_not_exists(account) OR #u < :now OR #o = :me",\n'
    '                ExpressionAttributeNames={"#u": "until", "#o": "owner"},\n'
    '                ExpressionAttributeValues={":now": now.isoformat(), ":me": owner},\n'
)
STRIPES = (
    Change(TELLER, "import uuid\n", "import uuid\nimport zlib\n"),
    Change(TELLER, 'acquire(c["accountId"], owner)', 'acquire(stripe(c["accountId"]), owner)'),
    Change(TELLER, 'release(c["accountId"], owner)', 'release(stripe(c["accountId"]), owner)'),
    Change(TELLER, "def acquire(", "def stripe(account):\n"
           '    return f"s{zlib.crc32(account.encode()) % 8}"\n\n\ndef acquire('),
    BUSY,
)

KINDS = (
    Kind("lease_is_shorter_than_the_time_out",
         "Two work at once when the first one's calls are slow, and nothing else guards the store.",
         (LOCKS,), (Change(TELLER, "timedelta(seconds=40)", "timedelta(seconds=2)"), NO_FENCE),
         "CMD-04", frozenset({"CMD-04", "CMD-05", "CMD-08", "CMD-12"}), accounts.CONTRACT),
    Kind("lease_ends_in_another_unit",
         "After a crash the account is locked for ever, and answers 429 for ever.",
         (LOCKS,), (Change(TELLER, "timedelta(seconds=40)", "timedelta(days=40)"), BUSY),
         "CMD-10", frozenset({"CMD-10", "CMD-12"}), accounts.CONTRACT),
    Kind("key_is_leased_in_milliseconds",
         "After a crash the key is being worked on for ever.",
         (LEASES,), (Change(WRITE, '":l": now + LEASE', '":l": (now + LEASE) * 1000'),),
         "CMD-10", frozenset({"CMD-10", "CMD-12"})),
    Kind("lock_is_kept_after_a_refusal",
         "A refused command leaves its lock, which answers 429 until it runs out.",
         (LOCKS,), (Change(TELLER, '        finally:\n            release(c["accountId"], owner)\n',
                           '        except (ClientError, BotoCoreError):\n'
                           '            release(c["accountId"], owner)\n            raise\n'
                           '        release(c["accountId"], owner)\n'), BUSY),
         "API-13", frozenset({"API-13"}), accounts.CONTRACT),
    Kind("lock_is_taken_without_a_condition",
         "Two see it free, both take it, and nothing else guards the store.",
         (LOCKS,), (NO_FENCE, Change(TELLER, CONDITION, ""), Change(
             TELLER, "        try:\n            locks.put_item(",
             '        held = locks.get_item(Key={"account": account}, ConsistentRead=True).get("Item")\n'
             '        if held and held["until"] >= now.isoformat():\n'
             "            time.sleep(0.2)\n            continue\n"
             "        try:\n            locks.put_item("),
             Change(TEMPLATE, "[dynamodb:PutItem, dynamodb:DeleteItem]",
                    "[dynamodb:GetItem, dynamodb:PutItem, dynamodb:DeleteItem]")),
         "CMD-05", frozenset({"CMD-04", "CMD-05", "CMD-08"}), accounts.CONTRACT),
    Kind("loser_gives_back_the_lock",
         "Who finds it taken gives it back all the same, and a third one comes in.",
         (LOCKS,), (NO_FENCE, Change(
             TELLER, '            ConditionExpression="#o = :me",\n'
             '            ExpressionAttributeNames={"#o": "owner"},\n'
             '            ExpressionAttributeValues={":me": owner},\n', ""), Change(
             TELLER, '        acquire(c["accountId"], owner)\n        try:\n',
             '        try:\n            acquire(c["accountId"], owner)\n')),
         "CMD-04", frozenset({"CMD-04", "CMD-05", "CMD-08"}), accounts.CONTRACT),
    Kind("locks_are_striped",
         "Accounts share eight locks, so that one is turned away because of another.",
         (LOCKS,), STRIPES, "PRJ-10", frozenset({"API-13"}), accounts.CONTRACT),
    Kind("publishes_only_while_there_is_time",
         "With less than two seconds left an event is acknowledged and not published.",
         (REFERENCE,), (
             Change(COMMAND, '    if "Records" in payload:',
                    "    Publisher.left = staticmethod(context.get_remaining_time_in_millis)\n"
                    '    if "Records" in payload:'),
             Change(PUBLISHER, "        detail = codec", "        if self.left() < 2000:\n"
                    "            return\n        detail = codec")),
         "CMD-01", frozenset({"CMD-12"})),
    Kind("stops_a_batch_while_there_is_time",
         "With little time left the rest of a batch is neither handled nor reported.",
         (QUEUED,), (Change(TAKER, '    for record in event["Records"]:\n        try:\n            handle(',
                            '    for record in event["Records"]:\n'
                            "        if context.get_remaining_time_in_millis() < 2000:\n"
                            "            break\n        try:\n            handle("),),
         "CMD-09", frozenset({"CMD-09", "CMD-12"})),
    Kind("remembers_a_lost_race",
         "A command that others overtook is refused for ever under its key.",
         (POWERTOOLS,), (
             Change("src/command.py", "for _ in range(5):", "for _ in range(1):"),
             Change("src/command.py",
                    'raise ServiceError(HTTPStatus.TOO_MANY_REQUESTS, "Too busy, please send it again.")',
                    'return {"status": 409, "body": {"message": "Too busy."}}')),
         "CMD-04", frozenset({"CMD-04", "CMD-05"})),
    Kind("snapshot_before_its_event",
         "A crash between the two leaves a snapshot of an event that never was.",
         (REFERENCE, SNAPSHOTS), (
             SINCE,
             Change(SERVICE, "            if self.store.append(event):\n"
                    "                after = self.domain.evolve(state, event)\n"
                    "                self._keep(event, after, {**places, event_id: event.version})\n",
                    "            after = self.domain.evolve(state, event)\n"
                    "            self._keep(event, after, {**places, event_id: event.version})\n"
                    "            if self.store.append(event):\n"),),
         "CMD-03", frozenset({"CMD-04", "CMD-05", "CMD-10", "CMD-12", "CMD-13", "CMD-14"})),
    Kind("tenth_event_is_seen_before_it_is_shown",
         "A crash between the two leaves the view without the tenth event.",
         (REFERENCE,), (
             Change(READ_MODEL, "        try:\n            self.client.put_item(",
                    "        try:\n            if row.version % 10 == 0:\n"
                    "                marked = Row(row.version, seen.view)\n"
                    "                self.client.put_item(\n"
                    "                    TableName=self.table, Item=_item(aggregate_id, marked),\n"
                    "                    **_unchanged_since(seen),\n"
                    "                )\n"
                    "                seen = marked\n"
                    "            self.client.put_item("),),
         "CMD-03", frozenset({"PRJ-07"})),
    Kind("tenth_event_is_kept_each_time",
         "The tenth event is kept apart, and projected whenever it comes.",
         (REFERENCE,), (
             Change(PROJECTOR, "import ReadModel, Row\n", "import NOTHING, ReadModel, Row\n"),
             Change(PROJECTOR, "            if event.version <= seen.version:\n", (
                 "            if event.version % 10 == 0:\n"
                 "                apart = f\"{event.aggregate_id}#{event.version}\"\n"
                 "                self.read_model.replace(apart, NOTHING, seen)\n"
                 "            elif event.version <= seen.version:\n")),),
         "CMD-03", frozenset({"PRJ-02", "PRJ-03"})),
    Kind("snapshot_forgets_keys",
         "Keys of events that are older than the snapshot before are forgotten.",
         (REFERENCE, SNAPSHOTS), (
             SINCE,
             Change(SERVICE, "self._keep(event, after, {**places, event_id: event.version})",
                    "self._keep(event, after, {event_id: event.version})"),),
         "CMD-03", frozenset({"CMD-06", "CMD-14"})),
    Kind("tombstone_is_read_for_minutes",
         "Ten minutes after its end an aggregate is taken for one that never was.",
         (REFERENCE,), (
             Change(READ_MODEL, "from dataclasses import dataclass\n",
                    "import time\nfrom dataclasses import dataclass\n"),
             Change(READ_MODEL, '"deleted": row.view is None}',
                    '"deleted": row.view is None, "at": int(time.time())}'),
             Change(READ_MODEL, "        return _row(found[\"Item\"]) if \"Item\" in found else NOTHING",
                    "        row = _row(found[\"Item\"]) if \"Item\" in found else NOTHING\n"
                    "        if row != NOTHING and row.view is None and (\n"
                    "            int(found[\"Item\"][\"at\"][\"N\"]) < time.time() - 600):\n"
                    "            self.client.delete_item(TableName=self.table, Key=key)\n"
                    "            return NOTHING\n        return row"),
             Change(TEMPLATE, "Action: [dynamodb:GetItem, dynamodb:PutItem]",
                    "Action: [dynamodb:GetItem, dynamodb:PutItem, dynamodb:DeleteItem]")),
         "PRJ-04", frozenset({"PRJ-02", "PRJ-03", "PRJ-04", "PRJ-05"})),
    Kind("lifecycle_rule_removes_events",
         "A rule meant for something else removes every object after a month.",
         (REFERENCE,), (
             Change(TEMPLATE, "    Properties:\n      VersioningConfiguration:\n",
                    "    Properties:\n      LifecycleConfiguration:\n        Rules:\n"
                    "          - Status: Enabled\n            ExpirationInDays: 30\n"
                    "      VersioningConfiguration:\n"),),
         "CMD-08", frozenset({"CMD-08"})),
    Kind("views_have_a_time_to_live",
         "Every item of the read model expires, also those that are still shown.",
         (REFERENCE,), (
             Change(TEMPLATE, "      BillingMode: PAY_PER_REQUEST\n",
                    "      BillingMode: PAY_PER_REQUEST\n      TimeToLiveSpecification:\n"
                    "        AttributeName: ttl\n        Enabled: true\n"),
             Change(READ_MODEL, '"deleted": row.view is None}',
                    '"deleted": row.view is None, "ttl": 4000000000}')),
         "PRJ-01", frozenset({"PRJ-01"})),
    Kind("keeps_that_a_query_failed",
         "Once a read has failed in an environment, every query there fails.",
         (REFERENCE,), (
             Change(QUERY, "    try:\n        shown", "    global BROKEN\n    try:\n"
                    "        if BROKEN:\n            raise BROKEN\n        shown"),
             Change(QUERY, "    except Exception:  # the caller must not see it, whatever it is\n",
                    "    except Exception as error:\n        BROKEN = error\n"),
             Change(QUERY, "READ_MODEL = ReadModel", "BROKEN = None\nREAD_MODEL = ReadModel")),
         "QRY-01", frozenset({"API-02", "API-13", "SYS-02"})),
    Kind("shortens_a_hash_of_the_id",
         "Sixteen bits of a hash name an aggregate's events, and two may have the same.",
         (REFERENCE,), (
             Change(STORE, "from collections.abc import Iterator\n",
                    "import zlib\nfrom collections.abc import Iterator\n"),
             Change(STORE, 'Prefix=f"{aggregate_id}/"', 'Prefix=f"{_short(aggregate_id)}/"'),
             Change(STORE, '    return f"{aggregate_id}/{version:010d}.json"',
                    '    return f"{_short(aggregate_id)}/{version:010d}.json"\n\n\n'
                    "def _short(aggregate_id: str) -> str:\n"
                    '    return f"{zlib.crc32(aggregate_id.encode()) & 0xFFFF:04x}"')),
         "PRJ-10", frozenset({"PRJ-10", "CMD-15", "API-01", "API-03", "CMD-01", "API-13", "CMD-13"})),
    Kind("clears_what_another_one_intends",
         "Whoever is late clears a newer entry, which is lost if its owner crashes then.",
         (INTENTS,), (
             Change(INTENDER, '                         ConditionExpression="pending = :this",\n', ""),
             Change(INTENDER, '{":none": None, ":this": row["pending"]}', '{":none": None}')),
         "CMD-04", frozenset({"CMD-04", "CMD-05", "CMD-06", "CMD-10"})),
    Kind("leaves_what_another_one_intends",
         "An entry that a crash has left is overwritten by the next command, which rests on it.",
         (INTENTS,), (
             Change(INTENDER, '        if row["pending"]:\n',
                    '        if row["pending"] and key in row["keys"]:\n'),
             Change(INTENDER, '"version = :seen AND pending = :none"', '"version = :seen"'),
             Change(INTENDER, '{":seen": row["version"], ":none": None}',
                    '{":seen": row["version"]}')),
         "CMD-10", frozenset({"CMD-10"})),
    Kind("kept_events_wait_for_one_delivery",
         "Only the delivery that closes a gap goes on to what is kept; where it crashes, none does.",
         (REFERENCE, VARIANTS / "buffers_gaps"), (
             *(change for change in BUFFERS.changes if change.file != SERVICE),
             Change(PROJECTOR, "        for _ in range(ATTEMPTS):", "        while True:"),
             Change(PROJECTOR, "list(_following(kept, seen.version))",
                    "list(_following(kept, seen.version))[:1]"),
             Change(PROJECTOR, "        return True\n", "        return not following\n"),
             Change(PROJECTOR, "        raise ContendedError(f\"{event.aggregate_id}, version "
                    "{event.version}\")\n", "")),
         "PRJ-07", frozenset({"PRJ-07"})),
    Kind("takes_up_ten_of_those_that_wait",
         "More early events wait than are taken up at once; the rest waits for ever.",
         (QUEUED,), (Change("code/projection.py", "    while str(version + 1) in early:",
                            '    while str(version + 1) in early and version < item["version"] + 10:'),),
         "PRJ-03", frozenset({"PRJ-03"})),
    Kind("waits_and_writes_without_a_condition",
         "What is late writes over what its repetition and the next event have written.",
         (REFERENCE,), (
             *WAITING.changes,
             Change(READ_MODEL, "_item(aggregate_id, row), **_unchanged_since(seen)\n",
                    "_item(aggregate_id, row)\n")),
         "PRJ-08", frozenset({"PRJ-08"})),
    Kind("begins_again_in_two_steps",
         "A tombstone is removed before the view that takes its place is there.",
         (REFERENCE,), (
             *WAITING.changes,
             Change(READ_MODEL, "        try:\n            self.client.put_item(\n",
                    "        try:\n            if seen != NOTHING and seen.view is None:\n"
                    "                self.client.delete_item(\n"
                    "                    TableName=self.table, Key={\"id\": {\"S\": aggregate_id}})\n"
                    "                seen = NOTHING\n            self.client.put_item(\n"),
             Change(TEMPLATE, "Action: [dynamodb:GetItem, dynamodb:PutItem]",
                    "Action: [dynamodb:GetItem, dynamodb:PutItem, dynamodb:DeleteItem]")),
         "PRJ-07", frozenset({"PRJ-07", "PRJ-08"})),
    Kind("begins_again_without_a_condition",
         "Of two who begin an order again at the same time, the later one overwrites the other.",
         (REFERENCE,), (
             Change(STORE, '                IfNoneMatch="*",\n',
                    '                **({} if event.type == "OrderCreated" and event.version > 1\n'
                    '                   else {"IfNoneMatch": "*"}),\n'),),
         "CMD-05", frozenset({"CMD-01", "CMD-04", "CMD-05", "CMD-08"})),
    Kind("pages_may_be_behind",
         "The head of a view is newer than the page with its entries.",
         (VARIANTS / "entries_apart",), (Change("src/read.py", "ConsistentRead=True, ", ""),),
         "QRY-03", frozenset({"QRY-03"}), accounts.CONTRACT),
    Kind("takes_a_conflict_for_done",
         "S3 asks to try again, since another write is under way; that is no success.",
         (POWERTOOLS,), (
             Change("src/store.py", '        if error.response["Error"]["Code"] in (',
                    '        if error.response["Error"]["Code"] == "ConditionalRequestConflict":\n'
                    '            return True\n        if error.response["Error"]["Code"] in ('),),
         "CMD-12", frozenset({"CMD-12"})),
    Kind("key_belongs_to_all_orders",
         "A key that a client has used for one order is refused for another one.",
         (POWERTOOLS,), (Change("src/command.py", '"[orderId, key]"', '"key"'),),
         "CMD-07", frozenset({"PRJ-10"})),
    Kind("keeps_keys_for_a_minute",
         "After a minute a key may come with another body.",
         (POWERTOOLS,), (
             Change("src/command.py", "raise_on_no_idempotency_key=True)",
                    "raise_on_no_idempotency_key=True,\n"
                    "                           expires_after_seconds=60)"),),
         "CMD-07", frozenset({"CMD-06", "CMD-07"})),
    Kind("shows_no_empty_account",
         "A view whose balance is nothing after some entries is taken for none.",
         (LOCKS,), (
             Change("fn/statement.py", 'row.get("state") != "open":',
                    'row.get("state") != "open" or (row["entries"] and not row["cents"]):'),),
         "PRJ-01", frozenset({"API-02", "PRJ-01"}), accounts.CONTRACT),
    Kind("reports_the_first_of_those_that_failed",
         "All events of a batch are published at once, and the wrong ones come again.",
         (QUEUED,), (
             *TOLD_TOGETHER,
             Change(TAKER, '    return {"batchItemFailures": again}\n',
                    "    failed = publish([made for _, made in told]) if told else 0\n"
                    '    again += [{"itemIdentifier": record["messageId"]}\n'
                    "              for record, _ in told[:failed]]\n"
                    '    return {"batchItemFailures": again}\n'),
             Change(TAKER, '    entry = {"EventBusName": BUS, "Source": "orders", "DetailType": event["type"],\n'
                    '             "Detail": json.dumps(event)}\n'
                    '    if bus.put_events(Entries=[entry])["FailedEntryCount"]:\n'
                    '        raise RuntimeError("the bus did not take it")\n',
                    '    entries = [{"EventBusName": BUS, "Source": "orders", "DetailType": e["type"],\n'
                    '                "Detail": json.dumps(e)} for e in events]\n'
                    '    return bus.put_events(Entries=entries)["FailedEntryCount"]\n')),
         "CMD-09", frozenset({"CMD-09", "CMD-11", "CMD-12"})),
    Kind("takes_places_in_a_request_for_places_in_the_batch",
         "The events of a large batch need two requests, and of the second the wrong ones come again.",
         (QUEUED,), (
             Change(TEMPLATE, "            BatchSize: 5\n",
                    "            BatchSize: 20\n            MaximumBatchingWindowInSeconds: 1\n"),
             *TOLD_TOGETHER,
             Change(TAKER, '    return {"batchItemFailures": again}\n',
                    "    for first in range(0, len(told), 10):\n"
                    "        failed = publish([made for _, made in told[first : first + 10]])\n"
                    '        again += [{"itemIdentifier": told[place][0]["messageId"]}\n'
                    "                  for place in failed]\n"
                    '    return {"batchItemFailures": again}\n'),
             Change(TAKER, '    entry = {"EventBusName": BUS, "Source": "orders", "DetailType": event["type"],\n'
                    '             "Detail": json.dumps(event)}\n'
                    '    if bus.put_events(Entries=[entry])["FailedEntryCount"]:\n'
                    '        raise RuntimeError("the bus did not take it")\n',
                    '    entries = [{"EventBusName": BUS, "Source": "orders", "DetailType": e["type"],\n'
                    '                "Detail": json.dumps(e)} for e in events]\n'
                    '    taken = bus.put_events(Entries=entries)["Entries"]\n'
                    '    return [place for place, each in enumerate(taken) if "ErrorCode" in each]\n')),
         "CMD-09", frozenset({"CMD-09", "CMD-11", "CMD-12"})),
    Kind("may_not_decrypt_events",
         "Commands may put events that a key encrypts, and not read them again.",
         (REFERENCE,), (
             Change(TEMPLATE, "  # The only source of truth", """  EventKey:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Statement:
          - Effect: Allow
            Principal: {AWS: !Sub "arn:aws:iam::${AWS::AccountId}:root"}
            Action: kms:*
            Resource: "*"

  # The only source of truth"""),
             Change(TEMPLATE, "SSEAlgorithm: AES256",
                    "SSEAlgorithm: aws:kms\n              KMSMasterKeyID: !GetAtt EventKey.Arn"),
             Change(TEMPLATE, "            - Effect: Allow\n              Action: events:PutEvents\n",
                    "            - Effect: Allow\n              Action: kms:GenerateDataKey\n"
                    "              Resource: !GetAtt EventKey.Arn\n"
                    "            - Effect: Allow\n              Action: events:PutEvents\n")),
         "API-01", frozenset({"API-01", "API-07", "API-13"})),
)
