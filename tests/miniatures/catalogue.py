"""The miniatures, in the order of the path of an event: door, rules, store, bus, view, query.

Each row is a fault that people make, the change that brings it into the reference
implementation, and the requirements that have to fail: those and no others.
"""

from __future__ import annotations

from tests.miniatures import sources
from tests.miniatures.building import (
    BATCH,
    CODEC,
    COMMAND,
    DOOR,
    EVENTS,
    MEMBERS,
    ORDERS,
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

TAKEN = "    return {name: body[name] for name in shape if name in body}"
"""Where the reference implementation picks the members that a command has."""
WHOLE_BODY = Change(MEMBERS, TAKEN, (
    "    own = (\"type\", \"eventId\", \"version\")\n"
    "    return {name: value for name, value in body.items() if name not in own}"
))

DOORS = (
    row(
        "refuses_with_500",
        "A rule's exception has no handler, so what the rules refuse is a server error.",
        Change(REJECTIONS, "AlreadyExistsError: 409", "AlreadyExistsError: 500"),
        source=sources.REFUSAL_IS_500, trigger="sequence",
        fails="API-07",
    ),
    row(
        "does_not_decode_base64",
        "Binary media types are on, and nobody looks at isBase64Encoded.",
        Change(DOOR, '_decoded(body) if payload.get("isBase64Encoded") else body', "body"),
        source=sources.BASE64, trigger="encoding",
        fails="API-11",
    ),
    row(
        "crashes_on_undecodable_bytes",
        "Only what is no base64 is refused: bytes that are no UTF-8 end in a server error.",
        Change(DOOR, "b64decode(body, validate=True).decode()\n    except ValueError as error:",
               "b64decode(body, validate=True).decode()\n    except base64.binascii.Error as error:"),
        source=sources.UNDECODABLE, trigger="encoding",
        fails="API-11",
    ),
    row(
        "leaks_exception_text",
        "The parser's own message goes to the caller.",
        Change(DOOR, """    except ValueError as error:  # lone surrogates or no JSON
        raise InvalidCommandError("body: expected a JSON object") from error""",
               """    except ValueError as error:
        raise InvalidCommandError(f"body: {error.__cause__ or error}") from error"""),
        source=sources.RAW_EXCEPTION, trigger="hostile input",
        fails="API-10",
    ),
    row(
        "accepts_a_list",
        "A list of one command is taken for that command.",
        Change(DOOR, "    if not isinstance(value, dict):\n",
               "    if isinstance(value, list) and len(value) == 1:\n        value = value[0]\n"
               "    if not isinstance(value, dict):\n"),
        source=sources.NOT_AN_OBJECT, trigger="hostile input",
        fails="API-04 CMD-02",
    ),
    row(
        "crashes_without_body",
        "Nobody has thought of a request without a body, where API Gateway's event says null.",
        Change(DOOR, """    if not isinstance(body, str):
        raise InvalidCommandError("body: expected a JSON object")
""", ""),
        source=sources.NULL_BODY, trigger="hostile input",
        fails="API-04",
    ),
    row(
        "crashes_on_non_object",
        "What is JSON is taken for an object: null, a number or a text ends in an exception.",
        Change(DOOR, """    if not isinstance(value, dict):
        raise InvalidCommandError("body: expected a JSON object")
""", ""),
        source=sources.NOT_AN_OBJECT, trigger="hostile input",
        fails="API-04",
    ),
    row(
        "accepts_empty_body",
        "Where there is nothing to read there is nothing wrong: an empty body is answered with 200.",
        Change(COMMAND, "        request = front_door.request(payload)\n",
               "        if not payload.get(\"body\"):\n            return front_door.reply(200, {})\n"
               "        request = front_door.request(payload)\n"),
        source=sources.LENIENT_BODY, trigger="hostile input",
        fails="API-04",
    ),
    row(
        "accepts_any_date",
        "Dates are texts, and any text will do.",
        Change(ORDERS, "_DATE_TIME = Member(members.is_date_time", "_DATE_TIME = Member(members.is_text"),
        source=sources.ANY_DATE, trigger="hostile input",
        fails="API-06 CMD-02",
    ),
    row(
        "accepts_digits_of_any_script",
        "A date's pattern names its digits by a class that takes every script's.",
        Change(MEMBERS, 'r"([0-9]{4})-([0-9]{2})-([0-9]{2})"', 'r"(\\d{4})-(\\d{2})-(\\d{2})"'),
        source=sources.ANY_DIGIT, trigger="encoding",
        fails="API-06 CMD-02",
    ),
    row(
        "crashes_on_nesting",
        "What the parser raises at a body that nests too deep is not among the errors expected.",
        Change(CODEC, "except (ValueError, ArithmeticError, RecursionError)",
               "except (ValueError, ArithmeticError)"),
        source=sources.NESTED, trigger="hostile input",
        fails="API-04",
    ),
    row(
        "refuses_blank_customer",
        "A name of spaces is taken for no name.",
        Change(MEMBERS, "_TEXT.fullmatch(value) is not None",
               "_TEXT.fullmatch(value) is not None and not value.isspace()"),
        source=sources.BLANK, trigger="limits",
        fails="API-01",
        by="API-02",
    ),
    row(
        "update_takes_created_at",
        "What changes an order may change any member that orders have.",
        Change(ORDERS, '        "updatedAt": _DATE_TIME,\n',
               '        "updatedAt": _DATE_TIME,\n'
               '        "createdAt": replace(_DATE_TIME, optional=True),\n'),
        Change(ORDERS, 'customer=customer, updated_at=values["updatedAt"]',
               'customer=customer, updated_at=values["updatedAt"],\n'
               '                   created_at=values.get("createdAt", order.created_at)'),
        source=sources.MASS_ASSIGNMENT, trigger="hostile input",
        fails="API-12",
    ),
    row(
        "accepts_any_id",
        "Ids are checked for their first character and their length.",
        Change(MEMBERS, '_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")',
               '_IDENTIFIER = re.compile(r"[A-Za-z0-9].{0,127}")'),
        source=sources.ID_IN_KEY, trigger="hostile input",
        fails="API-08 CMD-02",
    ),
    row(
        "optional_member_is_needed",
        "The fold reads a member that an update may leave out.",
        Change(ORDERS, 'values.get("customer", order.customer)', 'values["customer"]'),
        source=sources.PARTIAL_UPDATE, trigger="sequence",
        fails="API-01 API-13 PRJ-01",
        luck="API-07 CMD-06 CMD-07 CMD-14 QRY-04 PRJ-04",
    ),
    row(
        "accepts_unknown_type",
        "A body without a type is taken for a new order.",
        Change(MEMBERS, 'body.get("type")', 'body.get("type", "OrderCreated")'),
        source=sources.DEFAULT_TYPE, trigger="hostile input",
        fails="API-05 CMD-02",
    ),
    row(
        "counts_bytes",
        "The limit on the customer's name counts UTF-8 bytes.",
        Change(MEMBERS, "isinstance(value, str) and _TEXT.fullmatch(value) is not None",
               "isinstance(value, str) and _TEXT.fullmatch(value) is not None and "
               "len(value.encode()) <= 1000"),
        source=sources.LENGTH_UNITS, trigger="encoding",
        fails="API-01",
    ),
    row(
        "counts_utf16",
        "The limit on the customer's name counts UTF-16 units, as JavaScript's length does.",
        Change(MEMBERS, "isinstance(value, str) and _TEXT.fullmatch(value) is not None",
               "isinstance(value, str) and _TEXT.fullmatch(value) is not None and "
               'len(value.encode("utf-16-le")) <= 2000'),
        source=sources.UTF16_LENGTH, trigger="encoding",
        fails="API-01",
    ),
    row(
        "normalises_customer",
        "Texts are brought into a normal form (NFC) at the door.",
        Change(MEMBERS, "import re\n", "import re\nimport unicodedata\n"),
        Change(MEMBERS, TAKEN, (
            "    def text(name: str) -> str:\n"
            "        return unicodedata.normalize(\"NFC\", body[name])\n\n"
            "    return {name: text(name) for name in shape if name in body}"
        )),
        source=sources.NORMALISED, trigger="encoding",
        fails="CMD-13 PRJ-01",
    ),
    row(
        "mass_assignment",
        "The body goes into the event as it is, and from there into the view.",
        WHOLE_BODY,
        Change(PROJECTOR, "        return self.domain.view(state)\n", (
            "        shown = self.domain.view(state)\n"
            "        sent = [e.members for e in following]\n"
            "        return shown and {**dict(x for m in sent for x in m.items()), **shown}\n"
        )),
        source=sources.MASS_ASSIGNMENT, trigger="hostile input",
        fails="API-12",
        luck="PRJ-03 PRJ-05",
    ),
    row(
        "client_sets_version",
        "The body goes into the event as it is, over what the system itself has put there.",
        Change(MEMBERS, TAKEN, "    return {k: v for k, v in body.items() if k != \"type\"}"),
        Change(EVENTS, "{**event.members, **own}", "{**own, **event.members}"),
        Change(EVENTS, "(event.type, event.members) == (command.type, command.members)",
               "{**event.members, **_OWN} == {**command.members, **_OWN}"),
        Change(EVENTS, "class MalformedEventError", "_OWN = {\"eventId\": None, \"version\": None}\n\n\n"
               "class MalformedEventError"),
        source=sources.MASS_ASSIGNMENT, trigger="hostile input",
        fails="API-12",
        luck="CMD-07",
    ),
    row(
        "stores_oversized_then_loses",
        "The whole body goes into the event; the bus does not take it when it is already stored.",
        WHOLE_BODY,
        Change(DOOR, "MAX_BODY_BYTES = 64 * 1024", "MAX_BODY_BYTES = 6 * 1024 * 1024"),
        Change(PUBLISHER, "from .aws import Client\n",
               "from .aws import Client, ClientError\nfrom .rejections import TooLargeError\n"),
        Change(PUBLISHER,
               "outcome = self.client.put_events(Entries=[{**entry, \"EventBusName\": self.bus}])",
               "try:\n            outcome = self.client.put_events("
               "Entries=[{**entry, \"EventBusName\": self.bus}])\n"
               "        except ClientError as error:\n"
               "            raise TooLargeError(\"body: too large\") from error"),
        source=sources.ENTRY_SIZE, trigger="limits",
        fails="API-09 CMD-02",
    ),
    row(
        "refused_comes_back",
        "What the rules refuse is reported like a failure, so that it comes again for ever.",
        Change(COMMAND, "from .domain.interface import Event, RejectedError\n",
               "from .domain.interface import Event, InvalidCommandError, RejectedError\n"),
        Change(COMMAND, "    except RejectedError as error:\n        fields",
               "    except InvalidCommandError as error:\n        fields"),
        source=sources.NO_RETRY, trigger="batch",
        fails="CMD-09",
    ),
    row(
        "report_names_nobody",
        "Failed records are reported by their receipt handles.",
        Change(BATCH, "    return dict(process_partial_response(", (
            "    handles = {r[\"messageId\"]: r[\"receiptHandle\"] for r in payload[\"Records\"]}\n"
            "    failed = dict(process_partial_response("
        )),
        Change(BATCH, "handle_logged, processor))", (
            "handle_logged, processor))[\"batchItemFailures\"]\n"
            "    return {\"batchItemFailures\": [\n"
            "        {\"itemIdentifier\": handles[f[\"itemIdentifier\"]]} for f in failed]}"
        )),
        source=sources.BAD_REPORT, trigger="batch",
        fails="CMD-09 PRJ-11",
    ),
    row(
        "ignores_what_comes_again",
        "A record that was received before is taken for a duplicate, whatever had come of it.",
        Change(COMMAND, "def _from_queue(record: SQSRecord) -> None:\n", (
            "def _from_queue(record: SQSRecord) -> None:\n"
            "    if int(record.attributes.approximate_receive_count) > 1:\n"
            "        return\n"
        )),
        source=sources.IGNORED_AGAIN, trigger="batch",
        fails="CMD-11",
        by="CMD-09",
    ),
    row(
        "fails_with_its_worst_record",
        "A record that cannot be handled makes the whole batch come back, whatever was done with it.",
        Change(BATCH, "    processor = BatchProcessor", (
            "    for record in payload[\"Records\"]:\n"
            "        handle_logged(SQSRecord(record))\n"
            "    return {\"batchItemFailures\": []}\n"
            "    processor = BatchProcessor"
        )),
        source=sources.WHOLE_BATCH, trigger="batch",
        fails="PRJ-11",
    ),
    row(
        "first_command_record_only",
        "The command function reads Records[0] of a queue's batch.",
        Change(COMMAND, "return batch.each_record(payload, _from_queue, LOGGER)",
               'return batch.each_record({"Records": payload["Records"][:1]}, _from_queue, LOGGER)'),
        source=sources.FIRST_RECORD, trigger="batch",
        fails="CMD-09",
    ),
)

RETRIES = (
    row(
        "retry_appends_again",
        "The Idempotency-Key is not looked at.",
        Change(SERVICE, "uuid4() if key is None else uuid5(_NAMESPACE, f\"{aggregate_id}/{key}\")",
               "uuid4()"),
        source=sources.RETRIES, trigger="duplicate",
        fails="CMD-06 CMD-07",
    ),
    row(
        "key_header_case_sensitive",
        "The header's name is compared with its case; a proxy in between lower-cases it.",
        Change(DOOR, 'name.lower() == "idempotency-key"', 'name == "Idempotency-Key"'),
        source=sources.HEADER_CASE, trigger="duplicate",
        fails="CMD-06 CMD-07",
    ),
    row(
        "key_reuse_accepted",
        "A known key is answered as before without a look at the body.",
        Change(SERVICE, "if not events.is_record_of(event, command):", "if False:"),
        source=sources.KEY_DRAFT, trigger="duplicate",
        fails="CMD-07",
    ),
    row(
        "refused_key_is_done",
        "A key is noted when its command has been handled, refused or not; what is noted was accepted.",
        Change(SERVICE, "        event = self._stored(command, event_id)\n", (
            "        if key is not None and self.store.has_note(event_id):\n"
            "            return events.record(command, event_id, 0)\n"
            "        try:\n"
            "            event = self._stored(command, event_id)\n"
            "        except RefusedError:\n"
            "            self.store.note(event_id)\n"
            "            raise\n"
        )),
        Change(STORE, "    def append(self", """    def note(self, key: str) -> None:
        self.client.put_object(Bucket=self.bucket, Key=f"notes/{key}", Body=b"")

    def has_note(self, key: str) -> bool:
        found = self.client.list_objects_v2(Bucket=self.bucket, Prefix=f"notes/{key}")
        return bool(found["KeyCount"])

    def append(self"""),
        source=sources.REFUSED_KEY, trigger="duplicate",
        fails="CMD-06",
        luck="CMD-10",
    ),
    row(
        "key_reuse_with_more_accepted",
        "A known key's command has to have what the first had; what it has beside that is no matter.",
        Change(EVENTS, "(event.type, event.members) == (command.type, command.members)",
               "event.type == command.type and event.members.items() <= command.members.items()"),
        source=sources.KEY_FINGERPRINT, trigger="duplicate",
        fails="CMD-07",
    ),
    row(
        "keys_cut_short",
        "Keys are kept in a column of 32 characters.",
        Change(SERVICE, "f\"{aggregate_id}/{key}\")", "f\"{aggregate_id}/{key[:32]}\")"),
        source=sources.VARCHAR_255, trigger="limits",
        fails="CMD-01",
        luck="API-01 CMD-09",
        by="CMD-06",
    ),
    row(
        "remembers_keys_for_minutes",
        "A key is good for ten minutes; after that its command is another one.",
        Change(SERVICE, "        event = self._stored(command, event_id)\n", (
            "        event_id = self._still_good(event_id) if key else event_id\n"
            "        event = self._stored(command, event_id)\n"
        )),
        Change(SERVICE, "    def _stored(self", """    def _still_good(self, event_id: str) -> str:
        mark = {"Bucket": self.store.bucket, "Key": f"keys/{event_id}"}
        try:
            until = float(self.store.client.get_object(**mark)["Body"].read())
        except self.store.client.exceptions.NoSuchKey:
            until = time.time() + 600
            self.store.client.put_object(**mark, Body=str(until).encode())
        return event_id if time.time() < until else str(uuid5(_NAMESPACE, f"{event_id}/{until}"))

    def _stored(self"""),
        Change(SERVICE, "from uuid import", "import time\nfrom uuid import"),
        source=sources.KEY_EXPIRED, trigger="duplicate",
        fails="CMD-06",
    ),
    row(
        "forgets_keys_of_deleted",
        "The history of an order begins with its last creation, and so do its keys.",
        Change(SERVICE, "    for event in history:\n        if event.event_id", (
            "    for event in _life(list(history)):\n        if event.event_id")),
        Change(SERVICE, "def _earlier(", (
            "def _life(history: list[Event]) -> list[Event]:\n"
            "    gone = [n for n, event in enumerate(history) if event.type == \"OrderDeleted\"]\n"
            "    return history[max(gone, default=0):]\n\n\n"
            "def _earlier(")),
        source=sources.RETRIES, trigger="duplicate",
        fails="CMD-06",
        luck="CMD-07",
    ),
    row(
        "event_id_of_the_key_alone",
        "An event's id is made of its key, which other orders' clients use, too.",
        Change(SERVICE, "f\"{aggregate_id}/{key}\")", "key)"),
        source=sources.KEY_SCOPE, trigger="sequence",
        fails="CMD-13",
        by="CMD-06",
    ),
    row(
        "keyless_requests_collide",
        "A missing key is a key like any other.",
        Change(SERVICE, "uuid4() if key is None else uuid5(_NAMESPACE, f\"{aggregate_id}/{key}\")",
               "uuid5(_NAMESPACE, f\"{aggregate_id}/{key}\")"),
        source=sources.NO_KEY, trigger="sequence",
        fails="API-01 API-07",
        luck="CMD-01",
    ),
    row(
        "rewrites_event_on_retry",
        "A key used again writes its event again, with what the client sends now.",
        Change(SERVICE, """            if not events.is_record_of(event, command):
                raise KeyReusedError("Idempotency-Key: used before, with another command")
            return event""", "            return event"),
        Change(SERVICE, "                return earlier\n            self._decide",
               "                again = events.record(command, event_id, earlier.version)\n"
               "                self.store.append(again)\n"
               "                return again\n            self._decide"),
        Change(STORE, '                IfNoneMatch="*",\n', ""),
        source=sources.SECOND_OVERWRITES, trigger="duplicate",
        fails="CMD-07 CMD-08",
        luck="CMD-04",
    ),
)

STORES = (
    row(
        "versions_from_zero",
        "The first event has version 0.",
        Change(SERVICE, "len(history) + 1", "len(history)"),
        Change(EVENTS, "version < 1", "version < 0"),
        Change(STORE, "list(range(1, len(history) + 1))", "list(range(len(history)))"),
        Change(READ_MODEL, "NOTHING = Row(0, None)", "NOTHING = Row(-1, None)"),
        source=sources.ZERO_BASED, trigger="single command",
        fails="CMD-03",
    ),
    row(
        "unpadded_version_keys",
        "Keys end with the bare version, so that 10 sorts before 2. (It takes eleven commands.)",
        Change(STORE, "/{version:010d}.json\"\n", "/{version}.json\"\n"),
        source=sources.LEXICAL_ORDER, trigger="limits",
        fails="CMD-14",
        steps=11,
    ),
    row(
        "drops_second_page_of_listing",
        "Only the first page of a listing is read. (It takes more events than a page holds.)",
        Change(STORE, "        for page in pages.paginate(Bucket=self.bucket, "
                      "Prefix=f\"{aggregate_id}/\"):\n"
                      "            yield from (found[\"Key\"] for found in page.get(\"Contents\", ()))",
               "        for page in pages.paginate(Bucket=self.bucket, Prefix=f\"{aggregate_id}/\"):\n"
               "            yield from (found[\"Key\"] for found in page.get(\"Contents\", ()))\n"
               "            return"),
        source=sources.LISTING_PAGES, trigger="limits",
        fails="CMD-14",
        steps=12,
    ),
    row(
        "lists_by_bare_prefix",
        "The listing's prefix is the id without a separator.",
        Change(STORE, 'Prefix=f"{aggregate_id}/"', "Prefix=aggregate_id"),
        source=sources.BARE_PREFIX, trigger="sequence",
        fails="CMD-15",
    ),
    row(
        "reads_two_pages_of_listing",
        "A listing is asked once to go on. (It takes more events than two pages hold.)",
        Change(STORE, "        for page in pages.paginate(Bucket=self.bucket, "
                      "Prefix=f\"{aggregate_id}/\"):\n", (
            "        pages = pages.paginate(Bucket=self.bucket, Prefix=f\"{aggregate_id}/\")\n"
            "        for _, page in zip(range(2), pages):\n")),
        source=sources.LISTING_PAGES, trigger="limits",
        fails="CMD-14",
        luck="CMD-06",
        steps=22,
    ),
    row(
        "keeps_errors",
        "What is wrong with a command is noted in a list that nobody empties.",
        Change(MEMBERS, "def _take(", "_WRONG: list[str] = []\n\n\ndef _take("),
        Change(MEMBERS, "            raise InvalidCommandError(f\"{name}: expected {member.expected}\")\n", (
            "            _WRONG.append(f\"{name}: expected {member.expected}\")\n"
            "    if _WRONG:\n"
            "        raise InvalidCommandError(\"; \".join(_WRONG))\n")),
        source=sources.ERRORS_STAY, trigger="warm state",
        fails="SYS-02",
    ),
    row(
        "deletes_events_on_delete",
        "When an order is deleted its events are deleted, too.",
        Change(STORE, "    def _keys(", """    def clear(self, aggregate_id: str) -> None:
        for key in self._keys(aggregate_id):
            self.client.delete_object(Bucket=self.bucket, Key=key)

    def _keys("""),
        Change(SERVICE, "        self.publisher.publish(event)\n        return event", (
            "        self.publisher.publish(event)\n"
            "        if event.type == \"OrderDeleted\":\n"
            "            self.store.clear(event.aggregate_id)\n"
            "        return event"
        )),
        Change(TEMPLATE, "Action: [s3:GetObject, s3:PutObject]",
               "Action: [s3:GetObject, s3:PutObject, s3:DeleteObject]"),
        source=sources.DELETED_EVENTS, trigger="sequence",
        fails="CMD-08 CMD-01 PRJ-01",
        luck="CMD-06 CMD-07 PRJ-03 PRJ-04 PRJ-05 PRJ-09",
    ),
    row(
        "global_state_between_invocations",
        "The history of an aggregate is remembered in a module's dictionary and never read again.",
        Change(STORE, "    def load(self, aggregate_id: str) -> list[Event]:", (
            "    def load(self, aggregate_id: str) -> list[Event]:\n"
            "        if aggregate_id not in _LOADED:\n"
            "            _LOADED[aggregate_id] = self.read(aggregate_id)\n"
            "        return _LOADED[aggregate_id]\n\n"
            "    def read(self, aggregate_id: str) -> list[Event]:"
        )),
        Change(STORE, "class BrokenHistoryError", "_LOADED: dict = {}\n\n\nclass BrokenHistoryError"),
        source=sources.WARM, trigger="warm state",
        fails="SYS-02",
    ),
    row(
        "id_lowercased",
        "Ids are brought to lower case, as file names and e-mail addresses often are.",
        Change(MEMBERS, "    return Command(kind, members[id_member], members)", (
            "    members[id_member] = members[id_member].lower()\n"
            "    return Command(kind, members[id_member], members)"
        )),
        source=sources.LETTER_CASE, trigger="single command",
        fails="CMD-01 PRJ-01",
        luck="PRJ-10 API-01",
        by="CMD-15",
    ),
)

BUSES = (
    row(
        "publishes_on_the_default_bus",
        "The entry lacks EventBusName, so that no rule ever sees it.",
        Change(PUBLISHER, '{**entry, "EventBusName": self.bus}', "entry"),
        source=sources.OTHER_BUS, trigger="single command",
        fails="PRJ-01 SYS-04",
        luck="QRY-04",
    ),
    row(
        "publishes_something_else_than_stored",
        "The event's id is made where it is needed, once for the store and once for the bus.",
        Change(PUBLISHER, "from dataclasses import dataclass\n",
               "from dataclasses import dataclass\nfrom uuid import uuid4\n"),
        Change(PUBLISHER, "codec.dumps(events.to_detail(event))",
               "codec.dumps({**events.to_detail(event), \"eventId\": str(uuid4())})"),
        source=sources.MESSAGE_IDENTITY, trigger="single command",
        fails="CMD-13",
    ),
    row(
        "loses_last_event",
        "An event is published together with the next one, to save calls.",
        Change(SERVICE, "        self.publisher.publish(event)\n        return event", (
            "        for before in self.store.load(command.aggregate_id)[-2:-1]:\n"
            "            self.publisher.publish(before)\n"
            "        return event"
        )),
        source=sources.DUAL_WRITE, trigger="single command",
        fails="PRJ-01",
        luck="QRY-04",
    ),
)

PROJECTIONS = (
    row(
        "trims_customer",
        "The view's name is trimmed.",
        Change(ORDERS, 'values["customer"], values["createdAt"]',
               'values["customer"].strip(), values["createdAt"]'),
        source=sources.TRIMMED, trigger="encoding",
        fails="PRJ-01",
    ),
    row(
        "truncates_customer",
        "The read model's column takes 255 characters.",
        Change(ORDERS, '        "customer": state.customer,', '        "customer": state.customer[:255],'),
        source=sources.VARCHAR_255, trigger="limits",
        fails="PRJ-01",
    ),
    row(
        "update_replaces_item",
        "An update writes the whole item, and createdAt is not in it.",
        Change(ORDERS, "return replace(order, customer=customer, updated_at=values[\"updatedAt\"])",
               "return Order(order.order_id, customer, None, values[\"updatedAt\"])"),
        Change(ORDERS, 'shown["createdAt"], shown.get("updatedAt")',
               'shown.get("createdAt"), shown.get("updatedAt")'),
        source=sources.PUT_FOR_UPDATE, trigger="sequence",
        fails="PRJ-01",
    ),
    row(
        "keeps_old_members_after_recreation",
        "Deleting only marks the item, and what creates it again is written over the rest.",
        Change(READ_MODEL, "    view: View | None\n", "    view: View | None\n    rest: View | None = None\n"),
        Change(READ_MODEL, "Item=_item(aggregate_id, row)", "Item=_item(aggregate_id, row, seen.rest)"),
        Change(READ_MODEL, "def _item(aggregate_id: str, row: Row)",
               "def _item(aggregate_id: str, row: Row, rest: View | None)"),
        Change(READ_MODEL, '{} if row.view is None else {"view": row.view}',
               '{"view": {**(rest or {}), **(row.view or {})}}'),
        Change(READ_MODEL, 'return Row(int(values["version"]), values.get("view"))',
               'view = None if values["deleted"] else values["view"]\n'
               '    return Row(int(values["version"]), view, values["view"])'),
        source=sources.UPDATE_ITEM, trigger="sequence",
        fails="PRJ-01",
    ),
    row(
        "ignores_order",
        "Whatever is delivered last is what the view shows.",
        Change(PROJECTOR, "            if event.version <= seen.version:\n                return\n", ""),
        Change(PROJECTOR, "[*missing, event]", "[event]"),
        source=sources.BUS_ORDER, trigger="reorder",
        fails="PRJ-02 PRJ-03 PRJ-04 PRJ-05",
        luck="QRY-02",
    ),
    row(
        "handles_twice",
        "Only the very last event is recognised when it comes again; older ones are applied anew.",
        Change(PROJECTOR, "if event.version <= seen.version:", "if event.version == seen.version:"),
        source=sources.ASYNCHRONOUS, trigger="duplicate",
        fails="PRJ-02 PRJ-03 PRJ-04 PRJ-05",
        luck="QRY-02",
    ),
    row(
        "gap_skipped",
        "An event that arrives early is applied at once, and the ones before it are late for ever.",
        Change(PROJECTOR, "[*missing, event]", "[event]"),
        Change(ORDERS, """        raise ValueError(f"{event.type} cannot follow on an order that does not exist")""",
               "        return None"),
        source=sources.GAPS, trigger="reorder",
        fails="PRJ-03 PRJ-05",
        luck="PRJ-04",
    ),
    row(
        "gap_swallows_event",
        "Catching up reads the missing events and forgets the one that showed they were missing.",
        Change(PROJECTOR, "self._view(seen, [*missing, event])",
               "self._view(seen, list(missing) or [event])"),
        source=sources.GAPS, trigger="reorder",
        fails="PRJ-03 PRJ-04 PRJ-05",
    ),
    row(
        "forgets_tombstone",
        "The item of a deleted order is removed, and its version with it.",
        Change(READ_MODEL, "        try:\n            self.client.put_item(", (
            "        if row.view is None:\n"
            "            key = {\"id\": {\"S\": aggregate_id}}\n"
            "            self.client.delete_item(TableName=self.table, Key=key)\n"
            "            return True\n"
            "        try:\n            self.client.put_item("
        )),
        Change(TEMPLATE, "Action: [dynamodb:GetItem, dynamodb:PutItem]",
               "Action: [dynamodb:GetItem, dynamodb:PutItem, dynamodb:DeleteItem]"),
        source=sources.ITEM_IS_GONE, trigger="reorder",
        fails="PRJ-04",
        luck="QRY-02",
    ),
    row(
        "neighbours_share",
        "The read model's key is the id in lower case.",
        Change(READ_MODEL, '        key = {"id": {"S": aggregate_id}}\n        found',
               '        key = {"id": {"S": aggregate_id.lower()}}\n        found'),
        Change(READ_MODEL, "Item=_item(aggregate_id, row)", "Item=_item(aggregate_id.lower(), row)"),
        source=sources.LETTER_CASE, trigger="sequence",
        fails="PRJ-10",
        luck="API-03",
        by="CMD-15",
    ),
    row(
        "key_cut_to_column",
        "The read model's key is the id as far as a column of 100 characters takes it.",
        Change(READ_MODEL, '        key = {"id": {"S": aggregate_id}}\n        found',
               '        key = {"id": {"S": aggregate_id[:100]}}\n        found'),
        Change(READ_MODEL, "Item=_item(aggregate_id, row)", "Item=_item(aggregate_id[:100], row)"),
        source=sources.CUT_OFF, trigger="limits",
        fails="PRJ-10",
        luck="CMD-15 API-03",
        by="CMD-15",
    ),
    row(
        "catches_up_five",
        "An event that comes early brings along the five before it at most.",
        Change(PROJECTOR, "            missing = self.store.between("
                          "event.aggregate_id, seen.version, event.version)\n", (
            "            first = max(seen.version, event.version - 6)\n"
            "            missing = self.store.between(event.aggregate_id, first, event.version)\n"
        )),
        Change(ORDERS, """        raise ValueError(f"{event.type} cannot follow on an order that does not exist")""",
               "        return None"),
        source=sources.GAPS, trigger="reorder",
        fails="PRJ-03",
        by="CMD-14",
        steps=9,
    ),
    row(
        "handles_first_record_only",
        "The projection reads Records[0] of a queue's batch.",
        Change(PROJECTION, "return batch.each_record(payload, _from_queue, LOGGER)",
               'return batch.each_record({"Records": payload["Records"][:1]}, _from_queue, LOGGER)'),
        source=sources.FIRST_RECORD, trigger="batch",
        fails="PRJ-11",
    ),
    row(
        "whole_batch_acknowledged_after_failure",
        "A batch ends at the first record that fails, and all of it is acknowledged.",
        Change(BATCH, "    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure="
                      "False)\n    return dict(process_partial_response(dict(payload), "
                      "handle_logged, processor))", (
            "    try:\n"
            "        for record in payload[\"Records\"]:\n"
            "            handle_logged(SQSRecord(record))\n"
            "    except Exception:\n"
            "        pass\n"
            "    return {\"batchItemFailures\": []}"
        )),
        source=sources.PARTIAL_BATCH, trigger="batch",
        fails="PRJ-11",
    ),
    row(
        "batch_failures_misspelt",
        "The projection waits for missing events, and reports what failed under a wrong name.",
        Change(PROJECTOR, "            missing = self.store", (
            "            if event.version > seen.version + 1:\n"
            "                raise ContendedError(\"events are missing before this one\")\n"
            "            missing = self.store"
        )),
        Change(BATCH, "    return dict(process_partial_response(", (
            "    return dict(BatchItemFailures=process_partial_response("
        )),
        Change(BATCH, "handle_logged, processor))", "handle_logged, processor)[\"batchItemFailures\"])"),
        source=sources.PARTIAL_BATCH, trigger="batch",
        fails="PRJ-11",
        luck="CMD-11 PRJ-07",
    ),
    row(
        "malformed_event_stops_the_projection",
        "After an event that it cannot read an environment refuses every other one.",
        Change(PROJECTION, "DOMAIN = settings.domain()\n",
               "DOMAIN = settings.domain()\n_STOPPED = []\n"),
        Change(PROJECTION, "    PROJECTOR.project(_event(payload))\n    return None\n", (
            "    if _STOPPED:\n        raise RuntimeError(\"stopped\")\n"
            "    try:\n        event = _event(payload)\n"
            "    except MalformedEventError:\n        _STOPPED.append(payload)\n        raise\n"
            "    PROJECTOR.project(event)\n    return None\n"
        )),
        source=sources.STOPPED, trigger="warm state",
        fails="SYS-02",
        by="PRJ-06",
    ),
    row(
        "unknown_type_wipes",
        "An event of a type nobody knows is taken for a deletion.",
        Change(PROJECTION, "    event = from_detail(DOMAIN, codec.exact(envelope.get(\"detail\")))", (
            "    detail = codec.exact(envelope.get(\"detail\"))\n"
            "    kind = envelope.get(\"detail-type\")\n"
            "    if kind not in (\"OrderCreated\", \"OrderUpdated\"):\n"
            "        kind = \"OrderDeleted\"\n"
            "    detail = {\"eventId\": \"?\", \"version\": 99, **detail, \"type\": kind}\n"
            "    event = from_detail(DOMAIN, detail)"
        )),
        Change(PROJECTION, "    if envelope.get(\"detail-type\") != event.type:\n"
                           "        raise MalformedEventError(\"expected the detail's type as "
                           "detail-type\")\n", ""),
        Change(PROJECTOR, "            missing = self.store.between("
                          "event.aggregate_id, seen.version, event.version)\n",
               "            last = 0 if event.version == 99 else event.version\n"
               "            missing = self.store.between(event.aggregate_id, seen.version, last)\n"),
        Change(TEMPLATE, "              detail-type: [OrderCreated, OrderUpdated, OrderDeleted]\n", ""),
        source=sources.MISSING_TYPE, trigger="hostile input",
        fails="PRJ-06",
    ),
    row(
        "markers_outlive_the_view",
        "What was handled is marked in the event bucket, where a rebuild of the view finds it.",
        Change(PROJECTOR, "        for _ in range(ATTEMPTS):\n", (
            "        bucket, key = self.store.bucket, f\"handled/{event.event_id}\"\n"
            "        found = self.store.client.list_objects_v2(Bucket=bucket, Prefix=key)\n"
            "        if found[\"KeyCount\"]:\n"
            "            return\n"
            "        self._project(event)\n"
            "        self.store.client.put_object(Bucket=bucket, Key=key, Body=b\"\")\n\n"
            "    def _project(self, event: Event) -> None:\n"
            "        for _ in range(ATTEMPTS):\n"
        )),
        Change(TEMPLATE, "              Action: s3:GetObject\n              Resource: "
                         "!Sub \"${EventBucket.Arn}/*\"\n", (
            "              Action: [s3:GetObject, s3:PutObject]\n"
            "              Resource: !Sub \"${EventBucket.Arn}/*\"\n"
            "            - Effect: Allow\n"
            "              Action: s3:ListBucket\n"
            "              Resource: !GetAtt EventBucket.Arn\n"
        )),
        source=sources.STATUS_KEPT, trigger="duplicate",
        fails="PRJ-09",
    ),
)

QUERIES = (
    row(
        "found_although_deleted",
        "A deleted order's item is still there, and the query answers 200 with what it finds.",
        Change(QUERY, "    return READ_MODEL.get(aggregate_id).view", (
            "    row = READ_MODEL.get(aggregate_id)\n"
            "    return {\"status\": \"gone\"} if row.version and row.view is None else row.view"
        )),
        source=sources.SOFT_DELETED, trigger="sequence",
        fails="QRY-04",
        luck="QRY-03",
    ),
    row(
        "query_cuts_extension",
        "The query takes what follows the last dot of an id for a file's extension.",
        Change(QUERY, "    return READ_MODEL.get(aggregate_id).view",
               "    return READ_MODEL.get(aggregate_id.rpartition(\".\")[0] or aggregate_id).view"),
        source=sources.CUT_AT_DOT, trigger="sequence",
        fails="API-02",
        luck="CMD-15 PRJ-10",
        by="API-03",
    ),
    row(
        "empty_object_for_unknown",
        "An item that is not there is answered with 200 and an empty object.",
        Change(QUERY, 'front_door.reply(404, {"message": "not found"})', "front_door.reply(200, {})"),
        source=sources.BLANK_200, trigger="single command",
        fails="API-03 API-08 QRY-04",
        luck="QRY-03",
    ),
    row(
        "wrong_content_type",
        "Replies say that they are plain text.",
        Change(DOOR, "application/json", "text/plain"),
        source=sources.TEXT_PLAIN, trigger="single command",
        fails="API-02",
    ),
    row(
        "query_remembers_views",
        "The query function keeps the views it has read.",
        Change(QUERY, "    return READ_MODEL.get(aggregate_id).view", (
            "    if aggregate_id not in REMEMBERED:\n"
            "        REMEMBERED[aggregate_id] = READ_MODEL.get(aggregate_id).view\n"
            "    return REMEMBERED[aggregate_id]"
        )),
        Change(QUERY, "def handler(", "REMEMBERED: dict = {}\n\n\ndef handler("),
        source=sources.WARM, trigger="warm state",
        fails="SYS-02",
    ),
    row(
        "query_remembers_deleted",
        "What was deleted stays deleted, so the query function need not ask again.",
        Change(QUERY, "    return READ_MODEL.get(aggregate_id).view", (
            "    if aggregate_id in DELETED:\n"
            "        return None\n"
            "    row = READ_MODEL.get(aggregate_id)\n"
            "    if row.version and row.view is None:\n"
            "        DELETED.add(aggregate_id)\n"
            "    return row.view"
        )),
        Change(QUERY, "def handler(", "DELETED: set[str] = set()\n\n\ndef handler("),
        source=sources.NEGATIVE_CACHE, trigger="warm state",
        fails="SYS-02",
        steps=5,
    ),
    row(
        "query_trims_id",
        "Spaces around an id are a slip of whoever typed it.",
        Change(QUERY, "    if not isinstance(aggregate_id, str)",
               "    aggregate_id = str(aggregate_id).strip()\n"
               "    if not isinstance(aggregate_id, str)"),
        source=sources.TRIMMED, trigger="hostile input",
        fails="API-08",
    ),
    row(
        "query_reads_numbers",
        "An id that consists of digits is taken for a number.",
        Change(QUERY, "    return READ_MODEL.get(aggregate_id).view", (
            "    if aggregate_id.isdigit():\n"
            "        aggregate_id = str(int(aggregate_id))\n"
            "    return READ_MODEL.get(aggregate_id).view"
        )),
        source=sources.LEADING_ZERO, trigger="encoding",
        fails="API-02",
        by="API-01",
    ),
    row(
        "query_writes",
        "Each read of a view is counted in its item.",
        Change(QUERY, "    return READ_MODEL.get(aggregate_id).view", (
            "    view = READ_MODEL.get(aggregate_id).view\n"
            "    if view is not None:\n"
            "        READ_MODEL.client.update_item(\n"
            "            TableName=TABLE, Key={\"id\": {\"S\": aggregate_id}},\n"
            "            UpdateExpression=\"ADD #reads :one\",\n"
            "            ExpressionAttributeNames={\"#reads\": \"reads\"},\n"
            "            ExpressionAttributeValues={\":one\": {\"N\": \"1\"}},\n"
            "        )\n"
            "    return view"
        )),
        Change(TEMPLATE, "Action: dynamodb:GetItem\n",
               "Action: [dynamodb:GetItem, dynamodb:UpdateItem]\n"),
        source=sources.CQRS, trigger="single command",
        fails="QRY-01",
    ),
)

FAILURES = (
    row(
        "holds_keys_forever",
        "An attempt claims its key first, for good: when it ends early nobody can repeat it.",
        Change(SERVICE, "        event = self._stored(command, event_id)\n", (
            "        if key is not None and not self.store.claim(event_id) and not any(\n"
            "            e.event_id == event_id for e in self.store.load(command.aggregate_id)\n"
            "        ):\n"
            "            raise LostRaceError(\"another attempt is under way\")\n"
            "        event = self._stored(command, event_id)\n"
        )),
        Change(STORE, "    def append(self", '''    def claim(self, event_id: str) -> bool:
        key = f"~claims/{event_id}"
        try:
            self.client.put_object(Bucket=self.bucket, Key=key, Body=b"", IfNoneMatch="*")
        except ClientError as error:
            if error_code(error) in _RACES:
                return False
            raise
        return True

    def append(self'''),
        source=sources.LEASES, trigger="crash",
        fails="CMD-10 CMD-12",
    ),
    row(
        "publishes_only_once",
        "A retry that finds its event stored takes it for published, too.",
        Change(SERVICE, "                return earlier\n            self._decide",
               "                raise _Done(earlier)\n            self._decide"),
        Change(SERVICE, "        event = self._stored(command, event_id)\n",
               "        try:\n            event = self._stored(command, event_id)\n"
               "        except _Done as done:\n            return done.args[0]\n"),
        Change(SERVICE, "ATTEMPTS = 5\n", "ATTEMPTS = 5\n\n\nclass _Done(Exception):\n    pass\n\n\n"),
        source=sources.SEND_AGAIN, trigger="crash",
        fails="CMD-10 CMD-11",
        luck="CMD-12",
    ),
    row(
        "acknowledges_failures",
        "Whatever goes wrong is logged, and the caller is told that all is well.",
        Change(COMMAND, "        return front_door.unavailable()", "        return front_door.reply(200, {})"),
        source=sources.NOT_SENT, trigger="throttling",
        fails="CMD-11 CMD-12",
        luck="CMD-10",
    ),
    row(
        "new_id_for_each_attempt",
        "The event's id is made anew when a put is tried again, after it had succeeded unheard.",
        Change(SERVICE, "            event = events.record(command, event_id, len(history) + 1)",
               "            event_id = event_id if key else _event_id(command.aggregate_id, None)\n"
               "            event = events.record(command, event_id, len(history) + 1)"),
        Change(SERVICE, "def _stored(self, command: Command, event_id: str) -> Event:\n"
                        "        for _ in range(ATTEMPTS):\n",
               "def _stored(self, command: Command, event_id: str, key: str | None) -> Event:\n"
               "        for _ in range(ATTEMPTS):\n"
               "            event_id = _event_id(command.aggregate_id, key)\n"),
        Change(SERVICE, "self._stored(command, event_id)", "self._stored(command, event_id, key)"),
        source=sources.OWN_PUT, trigger="throttling",
        fails="CMD-12",
        luck="CMD-10",
    ),
    row(
        "writes_view_in_two_steps",
        "The item is put with the id first and with the rest a moment later.",
        Change(READ_MODEL, "        try:\n            self.client.put_item(\n"
                           "                TableName=self.table, Item=_item(aggregate_id, row), "
                           "**_unchanged_since(seen)\n            )\n",
               "        first = Row(row.version, row.view and {\"orderId\": aggregate_id})\n"
               "        try:\n"
               "            for each, before in ((first, seen), (row, first)):\n"
               "                self.client.put_item(\n"
               "                    TableName=self.table, Item=_item(aggregate_id, each),\n"
               "                    **_unchanged_since(before),\n"
               "                )\n"),
        source=sources.DELETE_AND_ADD, trigger="crash",
        fails="QRY-03 PRJ-07",
        luck="PRJ-08",
    ),
)

MAY_PUBLISH = (
    Change(PROJECTION, "DOMAIN = settings.domain()\n",
           "DOMAIN = settings.domain()\n(BUS,) = settings.read(\"EVENT_BUS\")\n"),
    Change(TEMPLATE, "          EVENT_SOURCE: cqrs.orders\n          TABLE_NAME",
           "          EVENT_BUS: !GetAtt EventBus.Name\n"
           "          EVENT_SOURCE: cqrs.orders\n          TABLE_NAME"),
    Change(TEMPLATE, "              Action: [dynamodb:GetItem, dynamodb:PutItem]\n",
           "              Action: events:PutEvents\n"
           "              Resource: !GetAtt EventBus.Arn\n"
           "            - Effect: Allow\n"
           "              Action: [dynamodb:GetItem, dynamodb:PutItem]\n"),
)
"""Changes by which the projection knows the bus and may publish there."""

SYSTEM = (
    row(
        "command_reads_view",
        "The command function looks into the read model before it decides.",
        Change(COMMAND, "from .service import CommandService\n",
               "from .read_model import ReadModel\nfrom .service import CommandService\n"),
        Change(COMMAND, '"EVENT_BUCKET", "EVENT_BUS", "EVENT_SOURCE")\n',
               '"EVENT_BUCKET", "EVENT_BUS", "EVENT_SOURCE")\n(TABLE,) = settings.read("TABLE_NAME")\n'),
        Change(COMMAND, "    return SERVICE.accept(DOMAIN.parse(front_door.json_object(body)), key)", (
            "    command = DOMAIN.parse(front_door.json_object(body))\n"
            "    ReadModel(aws.client(\"dynamodb\"), TABLE).get(command.aggregate_id)\n"
            "    return SERVICE.accept(command, key)"
        )),
        Change(TEMPLATE, "          EVENT_BUS: !GetAtt EventBus.Name\n",
               "          EVENT_BUS: !GetAtt EventBus.Name\n"
               "          TABLE_NAME: !Ref ReadModelTable\n"),
        Change(TEMPLATE, "              Action: events:PutEvents\n",
               "              Action: dynamodb:GetItem\n"
               "              Resource: !GetAtt ReadModelTable.Arn\n"
               "            - Effect: Allow\n              Action: events:PutEvents\n"),
        source=sources.CQRS, trigger="single command",
        fails="SYS-01",
    ),
    row(
        "command_writes_view",
        "The command function puts the new view at once, so that the next query sees it.",
        Change(COMMAND, "from .service import CommandService\n",
               "from .read_model import ReadModel, Row\nfrom .service import CommandService\n"),
        Change(COMMAND, '"EVENT_BUCKET", "EVENT_BUS", "EVENT_SOURCE")\n',
               '"EVENT_BUCKET", "EVENT_BUS", "EVENT_SOURCE")\n(TABLE,) = settings.read("TABLE_NAME")\n'),
        Change(COMMAND, "    return SERVICE.accept(DOMAIN.parse(front_door.json_object(body)), key)", (
            "    event = SERVICE.accept(DOMAIN.parse(front_door.json_object(body)), key)\n"
            "    model = ReadModel(aws.client(\"dynamodb\"), TABLE)\n"
            "    seen = model.get(event.aggregate_id)\n"
            "    if event.version == seen.version + 1:\n"
            "        state = DOMAIN.evolve(DOMAIN.restore(seen.view), event)\n"
            "        model.replace(event.aggregate_id, seen, Row(event.version, DOMAIN.view(state)))\n"
            "    return event"
        )),
        Change(TEMPLATE, "          EVENT_BUS: !GetAtt EventBus.Name\n",
               "          EVENT_BUS: !GetAtt EventBus.Name\n"
               "          TABLE_NAME: !Ref ReadModelTable\n"),
        Change(TEMPLATE, "              Action: events:PutEvents\n",
               "              Action: [dynamodb:GetItem, dynamodb:PutItem]\n"
               "              Resource: !GetAtt ReadModelTable.Arn\n"
               "            - Effect: Allow\n              Action: events:PutEvents\n"),
        source=sources.CQRS, trigger="single command",
        fails="SYS-01",
    ),
    row(
        "projection_publishes",
        "The projection tells the bus what it has projected.",
        Change(PROJECTION, "    PROJECTOR.project(_event(payload))\n    return None\n", (
            "    PROJECTOR.project(_event(payload))\n"
            "    entry = {\"Source\": \"cqrs.views\", \"DetailType\": \"OrderProjected\"}\n"
            "    entries = [{**entry, \"Detail\": \"{}\", \"EventBusName\": BUS}]\n"
            "    aws.client(\"events\").put_events(Entries=entries)\n"
            "    return None\n"
        )),
        *MAY_PUBLISH,
        source=sources.PROJECTION_EMITS, trigger="single command",
        fails="SYS-01",
    ),
    row(
        "projection_publishes_what_it_gets",
        "The projection passes each event on, to the bus whose rule starts it: it never ends.",
        Change(PROJECTION, "    PROJECTOR.project(_event(payload))\n    return None\n", (
            "    PROJECTOR.project(_event(payload))\n"
            "    entry = {\"Source\": SOURCE, \"DetailType\": payload[\"detail-type\"]}\n"
            "    detail = codec.dumps(payload[\"detail\"])\n"
            "    entries = [{**entry, \"Detail\": detail, \"EventBusName\": BUS}]\n"
            "    aws.client(\"events\").put_events(Entries=entries)\n"
            "    return None\n"
        )),
        *MAY_PUBLISH,
        source=sources.RECURSION, trigger="single command",
        fails="PRJ-01 SYS-01",
    ),
    row(
        "shares_views_in_tmp",
        "The projection leaves each view in /tmp, and the query function looks for it there.",
        Change(PROJECTION, "    PROJECTOR.project(_event(payload))\n    return None\n", (
            "    event = _event(payload)\n"
            "    PROJECTOR.project(event)\n"
            "    view = PROJECTOR.read_model.get(event.aggregate_id).view\n"
            "    with open(f\"/tmp/{codec.key_of(event.aggregate_id)}\", \"w\") as file:\n"
            "        file.write(codec.dumps(view))\n"
            "    return None\n"
        )),
        Change(QUERY, "    return READ_MODEL.get(aggregate_id).view\n", (
            "    try:\n"
            "        with open(f\"/tmp/{codec.key_of(aggregate_id)}\") as file:\n"
            "            return codec.loads(file.read())\n"
            "    except FileNotFoundError:\n"
            "        return None\n"
        )),
        Change(QUERY, "from . import aws, front", "from . import aws, codec, front"),
        Change(CODEC, "def loads(", (
            "def key_of(id):\n"
            "    return hashlib.sha256(id.encode()).hexdigest()\n\n\n"
            "def loads("
        )),
        Change(CODEC, "import json\n", "import hashlib\nimport json\n"),
        source=sources.TMP, trigger="single command",
        fails="API-02",
    ),
    row(
        "wildcard_role",
        "The query function may do anything to the table.",
        Change(TEMPLATE, "Action: dynamodb:GetItem\n", "Action: dynamodb:*\n"),
        source=sources.EVERY_ACTION, trigger="single command",
        fails="SYS-04",
    ),
    row(
        "role_lacks_action",
        "The command function may not list the bucket, which tests without IAM never notice.",
        Change(TEMPLATE, "Action: s3:ListBucket\n", "Action: s3:GetBucketLocation\n"),
        source=sources.NO_IAM, trigger="single command",
        fails="API-01 API-07 API-13 CMD-07 SYS-04",
    ),
)

CATALOGUE: tuple[Miniature, ...] = (
    *DOORS, *RETRIES, *STORES, *BUSES, *PROJECTIONS, *QUERIES, *FAILURES, *SYSTEM,
)
