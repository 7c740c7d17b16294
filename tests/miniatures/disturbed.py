"""Miniatures that only a fault, a crash or an order of AWS calls reveals.

Called one after another, on a system where every call works, each of them is right; which is
why tests of the usual kind let them pass.
"""

from __future__ import annotations

from tests.miniatures import sources
from tests.miniatures.building import (
    COMMAND,
    PROJECTION,
    PROJECTOR,
    PUBLISHER,
    QUERY,
    READ_MODEL,
    REJECTIONS,
    SERVICE,
    STORE,
    TEMPLATE,
    Change,
    Miniature,
    row,
)

EARLIER = """            if earlier := _earlier(history, command, event_id):
                return earlier
            self._decide"""
"""Where the reference implementation recognises, in each attempt, an event as its own."""
TAKEN = """            if self.store.append(event):
                return event
"""
"""Where it learns that the version is taken, and begins again."""
DELETING = Change(TEMPLATE, "Action: [s3:GetObject, s3:PutObject]",
                  "Action: [s3:GetObject, s3:PutObject, s3:DeleteObject]")


def _only_if(condition: str) -> str:
    """There, but only under a condition."""
    return EARLIER.replace(":= _earlier(history, command, event_id)",
                           ":= _earlier(history, command, event_id) if CONDITION else None"
                           ).replace("CONDITION", condition)


RACES = (
    row(
        "puts_without_condition",
        "Events are put without If-None-Match, so the later of two writers wins.",
        Change(STORE, '                IfNoneMatch="*",\n', ""),
        source=sources.S3_CONDITIONAL, trigger="concurrency",
        fails="CMD-04 CMD-05 CMD-08",
    ),
    row(
        "rereads_version_before_saving",
        "The version is read again just before the put: decided on one state, saved on another.",
        Change(SERVICE, "events.record(command, event_id, len(history) + 1)",
               "events.record(\n                command, event_id, "
               "len(self.store.load(command.aggregate_id)) + 1\n            )"),
        source=sources.STREAM_VERSION, trigger="concurrency",
        fails="CMD-04 CMD-05",
    ),
    row(
        "takes_every_412_for_its_own",
        "A taken version is believed to hold this very event, from an attempt before.",
        Change(SERVICE, TAKEN, "            self.store.append(event)\n            return event\n"),
        source=sources.RETRIED_412, trigger="concurrency",
        fails="CMD-04 CMD-05",
    ),
    row(
        "lost_race_reported_as_500",
        "Nobody has thought of a reply to a command that lost a race.",
        Change(SERVICE, "ATTEMPTS = 5", "ATTEMPTS = 1"),
        Change(REJECTIONS, "LostRaceError: 409", "LostRaceError: 500"),
        source=sources.CONFLICT_IS_500, trigger="concurrency",
        fails="API-13",
        by="CMD-05",
    ),
    row(
        "contested_put_is_done",
        "A put that meets another one is believed to be done, by whoever made the other.",
        Change(STORE, """            if error_code(error) in _RACES:
                return False
""", """            if error_code(error) in _RACES:
                return error_code(error) == "ConditionalRequestConflict"
"""),
        source=sources.TAKEN_OR_NOT, trigger="throttling",
        fails="CMD-12",
    ),
    row(
        "third_lost_race_is_500",
        "A command that loses a race is decided anew, three times and then no more.",
        Change(SERVICE, "ATTEMPTS = 5", "ATTEMPTS = 3"),
        Change(REJECTIONS, "LostRaceError: 409", "LostRaceError: 500"),
        source=sources.CONFLICT_IS_500, trigger="concurrency",
        fails="API-13",
        by="CMD-05",
        steps=5,
    ),
    row(
        "idempotency_check_then_act",
        "Known keys are objects beside the events: looked for at first, written afterwards.",
        Change(SERVICE, "        event = self._stored(command, event_id)\n", (
            "        mark = {\"Bucket\": self.store.bucket, \"Key\": f\"keys/{event_id}\"}\n"
            "        found = self.store.client.list_objects_v2(\n"
            "            Bucket=mark[\"Bucket\"], Prefix=mark[\"Key\"])\n"
            "        event = self._stored(command, event_id, found[\"KeyCount\"])\n"
            "        self.store.client.put_object(**mark, Body=b\"\")\n"
        )),
        Change(SERVICE, "def _stored(self, command: Command, event_id: str)",
               "def _stored(self, command: Command, event_id: str, known: int)"),
        Change(SERVICE, EARLIER, _only_if("known")),
        source=sources.KEY_RACE, trigger="concurrency",
        fails="CMD-04 CMD-05 CMD-10 CMD-12",
    ),
    row(
        "claim_of_refused_is_gone",
        "A key is claimed first, and given back by a refusal: who comes second reads the claim.",
        Change(SERVICE, "        event = self._stored(command, event_id)\n", (
            "        mark = {\"Bucket\": self.store.bucket, \"Key\": f\"keys/{event_id}\"}\n"
            "        try:\n"
            "            self.store.client.put_object(**mark, Body=b\"\", IfNoneMatch=\"*\")\n"
            "        except ClientError:\n"
            "            self.store.client.get_object(**mark)\n"
            "        try:\n"
            "            event = self._stored(command, event_id)\n"
            "        except RejectedError:\n"
            "            self.store.client.delete_object(**mark)\n"
            "            raise\n"
        )),
        Change(SERVICE, "from .domain.interface", "from .aws import ClientError\n"
                                                  "from .domain.interface"),
        Change(SERVICE, "import KeyReusedError, LostRaceError",
               "import KeyReusedError, LostRaceError, RejectedError"),
        DELETING,
        source=sources.KEY_TAKEN, trigger="concurrency",
        fails="API-13",
        by="CMD-05",
    ),
    row(
        "own_id_is_own_event",
        "After a lost race an event with the command's id is taken for its own, whatever it says.",
        Change(SERVICE, "            if self.store.append(event):\n                return event\n", (
            "            if self.store.append(event):\n"
            "                return event\n"
            "            for other in self.store.load(command.aggregate_id):\n"
            "                if other.event_id == event_id:\n"
            "                    return other\n"
        )),
        source=sources.KEY_DRAFT, trigger="concurrency",
        fails="CMD-04 CMD-05",
    ),
    row(
        "caches_aggregate_between_invocations",
        "Histories are kept in memory, with what is appended, and dropped when a put is refused.",
        Change(STORE, "class BrokenHistoryError", "_KEPT: dict = {}\n\n\nclass BrokenHistoryError"),
        Change(STORE, "    def load(self, aggregate_id: str) -> list[Event]:", (
            "    def load(self, aggregate_id: str) -> list[Event]:\n"
            "        if aggregate_id not in _KEPT:\n"
            "            _KEPT[aggregate_id] = self.read(aggregate_id)\n"
            "        return list(_KEPT[aggregate_id])\n\n"
            "    def read(self, aggregate_id: str) -> list[Event]:"
        )),
        Change(STORE, "            if error_code(error) in _RACES:\n                return False\n"
                      "            raise\n", (
            "            _KEPT.pop(event.aggregate_id, None)\n"
            "            if error_code(error) in _RACES:\n"
            "                return False\n"
            "            raise\n"
            "        except BaseException:\n"
            "            _KEPT.pop(event.aggregate_id, None)\n"
            "            raise\n"
            "        _KEPT[event.aggregate_id].append(event)\n"
        )),
        source=sources.WARM, trigger="warm state",
        fails="SYS-02",
    ),
)

CALLS = (
    row(
        "gives_up_after_three_failures",
        "Failures of publishing are counted; after the third one the event is taken for published. "
        "(Three faults and as many attempts.)",
        Change(SERVICE, "        self.publisher.publish(event)\n        return event\n", (
            "        try:\n"
            "            self.publisher.publish(event)\n"
            "        except Exception:\n"
            "            if self.store.failures(event.event_id) < 3:\n"
            "                raise\n"
            "        return event\n"
        )),
        Change(STORE, "    def append(self", """    def failures(self, event_id: str) -> int:
        place = {"Bucket": self.bucket, "Prefix": f"failures/{event_id}/"}
        number = self.client.list_objects_v2(**place)["KeyCount"] + 1
        self.client.put_object(Bucket=self.bucket, Key=f"{place['Prefix']}{number}", Body=b"")
        return int(number)

    def append(self"""),
        source=sources.GAVE_UP, trigger="throttling",
        fails="CMD-11",
        steps=7,
    ),
    row(
        "appends_again_after_lost_response",
        "Its own event, whose response got lost, is taken for another command's.",
        Change(SERVICE, "        for _ in range(ATTEMPTS):\n            history",
               "        for attempt in range(ATTEMPTS):\n            history"),
        Change(SERVICE, EARLIER, _only_if("not attempt")),
        source=sources.OWN_PUT, trigger="throttling",
        fails="CMD-04 CMD-05 CMD-12",
    ),
    row(
        "reports_conflict_after_lost_response",
        "A taken version is a conflict, though it is its own event that has taken it.",
        Change(SERVICE, TAKEN, "            if self.store.append(event):\n"
                               "                return event\n"
                               "            raise LostRaceError(\"another command came first\")\n"),
        source=sources.RETRIED_412, trigger="throttling",
        fails="CMD-12",
    ),
    row(
        "retry_gets_new_event_id",
        "An event's id is made where it is put, so without a key an own event looks foreign.",
        Change(SERVICE, "uuid4() if key is None else uuid5(", "\"\" if key is None else uuid5("),
        Change(SERVICE, "events.record(command, event_id, len(history) + 1)",
               "events.record(command, event_id or str(uuid4()), len(history) + 1)"),
        source=sources.RETRIES, trigger="throttling",
        fails="CMD-12",
    ),
    row(
        "treats_listing_error_as_empty",
        "An aggregate whose events cannot be listed has none.",
        Change(STORE, "sorted(self._keys(aggregate_id))", "sorted(self._found(aggregate_id))"),
        Change(STORE, "    def _keys(", (
            "    def _found(self, aggregate_id: str) -> list[str]:\n"
            "        try:\n"
            "            return list(self._keys(aggregate_id))\n"
            "        except ClientError:\n"
            "            return []\n\n"
            "    def _keys("
        )),
        source=sources.PARTIAL_HISTORY, trigger="throttling",
        fails="CMD-12",
    ),
    row(
        "treats_throttling_as_refusal",
        "Whatever AWS refuses, the client is to blame.",
        Change(COMMAND, "        return front_door.rejection(error)\n", (
            "        return front_door.rejection(error)\n"
            "    except aws.ClientError:\n"
            "        return front_door.reply(400, {\"message\": \"bad request\"})\n"
        )),
        source=sources.THROTTLED_400, trigger="throttling",
        fails="CMD-11 CMD-12",
    ),
    row(
        "takes_every_error_for_a_race",
        "Whatever S3 refuses is a version that is taken: \"nothing has been done\", though it may be.",
        Change(STORE, "                return False\n            raise\n",
               "                return False\n"),
        source=sources.TAKEN_OR_NOT, trigger="throttling",
        fails="CMD-12",
    ),
    row(
        "ignores_failed_entries",
        "FailedEntryCount is not looked at.",
        Change(PUBLISHER, "if outcome[\"FailedEntryCount\"]:", "if False:"),
        source=sources.SOME_ENTRIES_FAIL, trigger="throttling",
        fails="CMD-11",
    ),
    row(
        "swallows_publish_error",
        "The event is stored, and that its publishing failed is only logged.",
        Change(SERVICE, "        self.publisher.publish(event)\n        return event", (
            "        try:\n"
            "            self.publisher.publish(event)\n"
            "        except Exception:\n"
            "            pass\n"
            "        return event"
        )),
        source=sources.NOT_SENT, trigger="throttling",
        fails="CMD-11 CMD-12",
    ),
)

CRASHES = (
    row(
        "publishes_before_storing",
        "The event is on its way before it is known that it will be stored.",
        Change(SERVICE, "            if self.store.append(event):\n", (
            "            self.publisher.publish(event)\n"
            "            if self.store.append(event):\n"
        )),
        Change(SERVICE, "        event = self._stored(command, event_id)\n"
                        "        self.publisher.publish(event)\n        return event",
               "        return self._stored(command, event_id)"),
        source=sources.BEFORE_COMMIT, trigger="concurrency",
        fails="CMD-04 CMD-05 CMD-11 CMD-12",
        luck="CMD-10",
    ),
    row(
        "retry_publishes_the_latest",
        "Whatever is accepted or repeated, it is the newest event that is published. (It takes a "
        "later command, before the repetition.)",
        Change(SERVICE, "        self.publisher.publish(event)\n        return event",
               "        self.publisher.publish(self.store.load(command.aggregate_id)[-1])\n"
               "        return event"),
        source=sources.SEND_AGAIN, trigger="crash",
        fails="CMD-10",
        steps=6,
    ),
    row(
        "outbox_of_phantoms",
        "What is going to be stored is noted first, and published by whoever comes next.",
        Change(SERVICE, "            if self.store.append(event):\n                return event\n", (
            "            self._note(event)\n"
            "            if self.store.append(event):\n                return event\n"
        )),
        Change(SERVICE, "        event = self._stored(command, event_id)\n"
                        "        self.publisher.publish(event)\n", (
            "        self._publish_noted(command)\n"
            "        event = self._stored(command, event_id)\n"
            "        self.publisher.publish(event)\n"
            "        self.store.client.delete_object(**self._box(event))\n"
        )),
        Change(SERVICE, "    def _decide(self, history", """    def _box(self, of: Command | Event) -> dict[str, str]:
        return {"Bucket": self.store.bucket, "Key": f"outbox/{of.aggregate_id}"}

    def _note(self, event: Event) -> None:
        text = codec.dumps({"noted": events.to_detail(event)})
        self.store.client.put_object(**self._box(event), Body=text.encode())

    def _publish_noted(self, command: Command) -> None:
        box, client = self._box(command), self.store.client
        try:
            text = client.get_object(**box)["Body"].read()
        except client.exceptions.NoSuchKey:
            return
        self.publisher.publish(events.from_detail(self.domain, codec.loads(text)["noted"]))
        client.delete_object(**box)

    def _decide(self, history"""),
        Change(SERVICE, "from . import events\n", "from . import codec, events\n"),
        DELETING,
        source=sources.BEFORE_COMMIT, trigger="crash",
        fails="CMD-10",
        luck="CMD-12",
    ),
    row(
        "does_not_republish_on_retry",
        "An event is published where it is appended, so never again when that has failed.",
        Change(SERVICE, TAKEN, TAKEN.replace(
            "                return event", "                self.publisher.publish(event)\n"
                                           "                return event")),
        Change(SERVICE, "        event = self._stored(command, event_id)\n"
                        "        self.publisher.publish(event)\n        return event",
               "        return self._stored(command, event_id)"),
        source=sources.DIES_IN_BETWEEN, trigger="crash",
        fails="CMD-10 CMD-11 CMD-12",
    ),
    row(
        "lock_outlives_a_crash",
        "An aggregate is locked by an object that only the one who has put it removes.",
        Change(SERVICE, "        event = self._stored(command, event_id)\n"
                        "        self.publisher.publish(event)\n", (
            "        key = f\"locks/{command.aggregate_id}\"\n"
            "        lock = {\"Bucket\": self.store.bucket, \"Key\": key}\n"
            "        try:\n"
            "            self.store.client.put_object(**lock, Body=b\"\", IfNoneMatch=\"*\")\n"
            "        except ClientError as error:\n"
            "            raise LostRaceError(\"locked\") from error\n"
            "        try:\n"
            "            event = self._stored(command, event_id)\n"
            "            self.publisher.publish(event)\n"
            "        finally:\n"
            "            self.store.client.delete_object(**lock)\n"
        )),
        Change(SERVICE, "from .domain.interface", "from .aws import ClientError\n"
                                                  "from .domain.interface"),
        DELETING,
        source=sources.STALE_LOCK, trigger="crash",
        fails="CMD-10 CMD-12",
    ),
)

PROJECTIONS = (
    row(
        "marks_done_before_working",
        "Events that were seen are marked, and then projected.",
        Change(PROJECTOR, "        for _ in range(ATTEMPTS):\n            seen", (
            "        mark = f\"seen#{event.event_id}\"\n"
            "        if not self.read_model.replace(mark, Row(0, None), Row(1, None)):\n"
            "            return\n"
            "        for _ in range(ATTEMPTS):\n            seen"
        )),
        source=sources.MARKED_FIRST, trigger="crash",
        fails="PRJ-07",
    ),
    row(
        "swallows_projection_errors",
        "What cannot be projected is logged, and so acknowledged.",
        Change(PROJECTION, "    PROJECTOR.project(_event(payload))\n    return None\n", (
            "    try:\n"
            "        PROJECTOR.project(_event(payload))\n"
            "    except Exception:\n"
            "        LOGGER.exception(\"not projected\")\n"
            "    return None\n"
        )),
        source=sources.ASYNCHRONOUS, trigger="throttling",
        fails="PRJ-07",
    ),
    row(
        "writes_view_unconditionally",
        "The row is put without a look at what has happened to it since it was read.",
        Change(READ_MODEL, ", **_unchanged_since(seen)", ""),
        source=sources.VERSION_LOCK, trigger="concurrency",
        fails="PRJ-08",
    ),
    row(
        "condition_only_on_first_write",
        "Only a row's first put has a condition. (It takes a row and two more events.)",
        Change(READ_MODEL, """    return {
        "ConditionExpression": "#version = :seen",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":seen": {"N": str(seen.version)}},
    }
""", "    return {}\n"),
        source=sources.VERSION_LOCK, trigger="concurrency",
        fails="PRJ-08",
        steps=5,
    ),
    row(
        "cancelled_transaction_is_done",
        "A transaction that is cancelled for no failed condition is believed to be done.",
        Change(READ_MODEL, """            self.client.put_item(
                TableName=self.table, Item=_item(aggregate_id, row), **_unchanged_since(seen)
            )
        except ClientError as error:
            if error_code(error) == "ConditionalCheckFailedException":
                return False
            raise
""", """            put = {"TableName": self.table, "Item": _item(aggregate_id, row)}
            self.client.transact_write_items(
                TransactItems=[{"Put": {**put, **_unchanged_since(seen)}}]
            )
        except ClientError as error:
            if error_code(error) == "TransactionCanceledException":
                return "ConditionalCheckFailed" not in str(error)
            raise
"""),
        source=sources.CANCELLED, trigger="throttling",
        fails="PRJ-07",
    ),
    row(
        "takes_conflict_for_done",
        "A refused put is believed to mean that somebody else has projected this event.",
        Change(READ_MODEL, "                return False\n", "                return True\n"),
        source=sources.VERSION_LOCK, trigger="concurrency",
        fails="PRJ-08",
    ),
    row(
        "missing_events_need_not_be_read",
        "What cannot be read of the events that were missed is left out, and the last one will do.",
        Change(PROJECTOR, "            missing = self.store.between("
                          "event.aggregate_id, seen.version, event.version)\n", (
            "            between = (event.aggregate_id, seen.version, event.version)\n"
            "            try:\n"
            "                missing = list(self.store.between(*between))\n"
            "            except Exception:\n"
            "                missing = []\n"
        )),
        source=sources.PARTIAL_HISTORY, trigger="throttling",
        fails="PRJ-07",
        steps=6,
    ),
    row(
        "third_lost_race_is_the_end",
        "An event whose row is changed by others three times is taken for projected. Many have to.",
        Change(PROJECTOR, "ATTEMPTS = 5", "ATTEMPTS = 3"),
        Change(PROJECTOR, "        raise ContendedError(f\"{event.aggregate_id}, "
               "version {event.version}\")\n", ""),
        source=sources.ASYNCHRONOUS, trigger="concurrency",
        fails="PRJ-08",
        steps=7,
    ),
    row(
        "gives_up_quietly",
        "A put that fails is tried five times, and then nobody is told.",
        Change(PROJECTOR, """            if self.read_model.replace(event.aggregate_id, seen, row):
                return
        raise ContendedError(f"{event.aggregate_id}, version {event.version}")
""", """            try:
                if self.read_model.replace(event.aggregate_id, seen, row):
                    return
            except Exception:
                continue
"""),
        source=sources.ASYNCHRONOUS, trigger="throttling",
        fails="PRJ-07",
    ),
    row(
        "folds_before_it_reads_the_row",
        "All events are folded anew, and put in the place of a row that was read afterwards.",
        Change(PROJECTOR, """            seen = self.read_model.get(event.aggregate_id)
            if event.version <= seen.version:
                return
            missing = self.store.between(event.aggregate_id, seen.version, event.version)
            row = Row(event.version, self._view(seen, [*missing, event]))
""", """            history = self.store.load(event.aggregate_id)
            row = Row(len(history), self._view(Row(0, None), history))
            seen = self.read_model.get(event.aggregate_id)
"""),
        Change(TEMPLATE, "              Action: s3:GetObject\n              Resource: "
                         "!Sub \"${EventBucket.Arn}/*\"\n", (
            "              Action: s3:GetObject\n"
            "              Resource: !Sub \"${EventBucket.Arn}/*\"\n"
            "            - Effect: Allow\n"
            "              Action: s3:ListBucket\n"
            "              Resource: !GetAtt EventBucket.Arn\n"
        )),
        source=sources.STALE_REFRESH, trigger="concurrency",
        fails="PRJ-08",
    ),
    row(
        "view_in_two_writes",
        "The row is put with its version first, and completed in a second call.",
        Change(READ_MODEL, "            self.client.put_item(\n", (
            "            if row.view is not None:\n"
            "                half = {k: v for k, v in row.view.items() if k != \"createdAt\"}\n"
            "                item = _item(aggregate_id, Row(row.version, half))\n"
            "                self.client.put_item(\n"
            "                    TableName=self.table, Item=item, **_unchanged_since(seen)\n"
            "                )\n"
            "                seen = row\n"
            "            self.client.put_item(\n"
        )),
        source=sources.DELETE_AND_ADD, trigger="crash",
        fails="QRY-03 PRJ-07",
    ),
    row(
        "deletes_before_writing",
        "A row is removed and put anew, and for a moment there is none. (Seen before, and then: five steps.)",
        Change(READ_MODEL, "        try:\n            self.client.put_item(\n", (
            "        try:\n"
            "            if seen != NOTHING:\n"
            "                key = {\"id\": {\"S\": aggregate_id}}\n"
            "                self.client.delete_item(\n"
            "                    TableName=self.table, Key=key, **_unchanged_since(seen))\n"
            "                seen = NOTHING\n"
            "            self.client.put_item(\n"
        )),
        Change(TEMPLATE, "Action: [dynamodb:GetItem, dynamodb:PutItem]",
               "Action: [dynamodb:GetItem, dynamodb:PutItem, dynamodb:DeleteItem]"),
        source=sources.MISSING_MOMENT, trigger="concurrency",
        fails="QRY-02",
        steps=5,
    ),
    row(
        "query_answers_404_on_error",
        "A view that cannot be read does not exist.",
        Change(QUERY, "        return front_door.unavailable()\n", "        shown = None\n"),
        source=sources.UNAVAILABLE_404, trigger="throttling",
        fails="API-02 QRY-02",
    ),
)

DISTURBED: tuple[Miniature, ...] = (*RACES, *CALLS, *CRASHES, *PROJECTIONS)
