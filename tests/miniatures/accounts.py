"""Miniatures that only accounts reveal: amounts, sums, lists in order, a rule on the balance.

Nothing of this shows with orders, where an event that is applied twice changes nothing and no
rule looks further than whether there is an order.
"""

from __future__ import annotations

from functools import partial

from scenarios.domains.accounts import CONTRACT
from tests.miniatures import sources
from tests.miniatures.building import (
    ACCOUNTS,
    ACCOUNTS_TEMPLATE,
    COMMAND,
    MEMBERS,
    PROJECTOR,
    QUERY,
    READ_MODEL,
    SERVICE,
    Change,
    Miniature,
    row,
)

_row = partial(row, contract=CONTRACT)

AMOUNT = '    amount = Decimal(values["amount"])\n'
"""Where the fold takes the amount of a movement."""
IS_NUMBER = """    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return False
"""
"""Where the front door sees whether an amount is a number."""
IN_RANGE = "    return _LEAST <= value <= _MOST and value == round(Decimal(value), 2)\n"

AMOUNTS = (
    _row(
        "adds_floats",
        "The balance is a sum of floats: 0.1 and 0.2 make 0.30000000000000004.",
        Change(ACCOUNTS, "return sum((entry.amount for entry in self.entries), Decimal(0))",
               "return Decimal(str(sum(float(entry.amount) for entry in self.entries)))"),
        source=sources.FLOAT_BALANCE, trigger="sequence",
        fails="PRJ-01",
        luck="API-01 API-07 CMD-02",
    ),
    _row(
        "counts_cents_by_floats",
        "Amounts are turned into cents by a product of floats: 0.29 * 100 is 28.999999999999996.",
        Change(ACCOUNTS, AMOUNT,
               '    amount = Decimal(int(float(values["amount"]) * 100)) / 100\n'),
        source=sources.CENTS_BY_FLOAT, trigger="encoding",
        fails="PRJ-01",
        luck="API-01 API-07 CMD-02",
    ),
    _row(
        "rounds_to_tenths",
        "Amounts are rounded to one decimal.",
        Change(ACCOUNTS, AMOUNT, '    amount = round(Decimal(values["amount"]), 1)\n'),
        source=sources.ROUNDED, trigger="encoding",
        fails="PRJ-01",
        luck="API-01 API-07 CMD-02",
    ),
    _row(
        "truncates_to_whole",
        "The column for amounts holds integers.",
        Change(ACCOUNTS, AMOUNT, '    amount = Decimal(int(values["amount"]))\n'),
        source=sources.WHOLE_PRICES, trigger="encoding",
        fails="PRJ-01",
        luck="API-01 API-07 CMD-02",
    ),
    _row(
        "balance_as_text",
        "The projection keeps the balance as text, so as not to lose digits, and nobody turns it "
        "back.",
        Change(ACCOUNTS, '"balance": state.balance', '"balance": str(state.balance)'),
        source=sources.DECIMALS, trigger="encoding",
        fails="API-02",
        luck="PRJ-01",
    ),
    _row(
        "amounts_as_texts",
        "DynamoDB's numbers are Decimals, which plain JSON does not know: default=str helps.",
        Change(QUERY, "front_door.reply(200, shown)",
               "front_door.reply(200, json.loads(json.dumps(shown, default=str)))"),
        Change(QUERY, "from typing import Any\n", "import json\nfrom typing import Any\n"),
        source=sources.DECIMAL_TEXTS, trigger="encoding",
        fails="API-02",
    ),
    _row(
        "drops_empty_values",
        "What is empty is left out of the item: a balance of zero, and no entries yet.",
        Change(QUERY, "front_door.reply(200, shown)",
               "front_door.reply(200, {k: v for k, v in shown.items() if v})"),
        source=sources.ZERO_DROPPED, trigger="single command",
        fails="API-02",
    ),
    _row(
        "accepts_fractions_of_a_cent",
        "Amounts are checked for their range and not for their decimals.",
        Change(MEMBERS, IN_RANGE, "    return _LEAST <= value <= _MOST\n"),
        source=sources.TWO_DECIMALS, trigger="hostile input",
        fails="API-06 CMD-02",
    ),
    _row(
        "accepts_amounts_as_texts",
        "Decimal() reads texts as well as numbers.",
        Change(MEMBERS, IS_NUMBER, (
            "    if isinstance(value, str) and value.replace(\".\", \"\").isdigit():\n"
            "        value = Decimal(value)\n"
        ) + IS_NUMBER),
        Change(ACCOUNTS, 'state.balance < command.members["amount"]',
               'state.balance < Decimal(command.members["amount"])'),
        source=sources.NUMBERS_AS_TEXTS, trigger="hostile input",
        fails="API-06 CMD-02",
    ),
    _row(
        "accepts_true_as_one",
        "In Python true is an integer.",
        Change(MEMBERS, "isinstance(value, bool) or not isinstance(value, int | Decimal)",
               "not isinstance(value, int | Decimal)"),
        source=sources.BOOL_IS_INT, trigger="hostile input",
        fails="API-06 CMD-02",
    ),
    _row(
        "accepts_negative_amounts",
        "The size of an amount is checked, and not its sign: a deposit takes money out.",
        Change(MEMBERS, IN_RANGE, IN_RANGE.replace("value <= _MOST", "abs(value) <= _MOST")),
        source=sources.NEGATIVE, trigger="hostile input",
        fails="API-06 CMD-02",
    ),
    _row(
        "refuses_largest_amount",
        "The upper limit is left out of the range.",
        Change(MEMBERS, IN_RANGE, IN_RANGE.replace("<= _MOST", "< _MOST")),
        source=sources.BOUNDARY, trigger="limits",
        fails="API-01",
    ),
)

ENTRIES = (
    _row(
        "entries_by_id",
        "Entries are kept by their id, so a second one takes the place of the first.",
        Change(ACCOUNTS, "entries=(*state.entries, entry)",
               "entries=(*(e for e in state.entries if e.entry_id != entry.entry_id), entry)"),
        source=sources.SAME_AGAIN, trigger="sequence",
        fails="PRJ-01",
        luck="API-01 API-07 CMD-02",
    ),
    _row(
        "entries_newest_first",
        "A new entry is put before the others.",
        Change(ACCOUNTS, "entries=(*state.entries, entry)", "entries=(entry, *state.entries)"),
        source=sources.WRONG_ORDER, trigger="sequence",
        fails="PRJ-01",
    ),
    _row(
        "entries_sorted_by_id",
        "Entries are items of their own, and a query returns them in the order of their keys.",
        Change(ACCOUNTS, "for e in state.entries],",
               "for e in sorted(state.entries, key=lambda e: e.entry_id)],"),
        source=sources.SORTED_BY_KEY, trigger="sequence",
        fails="PRJ-01",
    ),
    _row(
        "loses_sign",
        "Entries show the amount as it was sent, so a withdrawal looks like a deposit.",
        Change(ACCOUNTS, '"amount": e.amount}', '"amount": abs(e.amount)}'),
        source=sources.SIGN, trigger="sequence",
        fails="PRJ-01",
    ),
    _row(
        "shows_latest_entries_only",
        "The view keeps ten entries, and the balance is made of those.",
        Change(ACCOUNTS, "entries=(*state.entries, entry)", "entries=(*state.entries, entry)[-10:]"),
        source=sources.LOST_BEFORE_SNAPSHOT, trigger="limits",
        fails="CMD-14",
        luck="API-01 API-07 CMD-02",
        steps=12,
    ),
    _row(
        "entry_id_is_unique",
        "A second movement with an entryId is taken for a mistake.",
        Change(ACCOUNTS, "    if command.type == \"MoneyWithdrawn\"", (
            "    if command.members.get(\"entryId\") in [entry.entry_id for entry in state.entries]:\n"
            "        raise RefusedError(\"the entry is known\")\n"
            "    if command.type == \"MoneyWithdrawn\""
        )),
        source=sources.SAME_AGAIN, trigger="sequence",
        fails="API-01",
    ),
    _row(
        "entry_id_is_the_key",
        "A movement without Idempotency-Key is known by its entryId: of two equal ones one is lost.",
        Change(COMMAND, "SERVICE.accept(DOMAIN.parse(front_door.json_object(body)), key)",
               "SERVICE.accept((c := DOMAIN.parse(front_door.json_object(body))), "
               "key or c.members.get(\"entryId\"))"),
        source=sources.CONTENT_AS_KEY, trigger="sequence",
        fails="CMD-01 PRJ-01",
        luck="API-01",
    ),
)

RULES = (
    _row(
        "overdraft_allowed",
        "Nobody looks at the balance.",
        Change(ACCOUNTS, 'command.type == "MoneyWithdrawn" and', "False and"),
        source=sources.OVERDRAFT, trigger="sequence",
        fails="API-07 CMD-02",
        luck="API-01",
    ),
    _row(
        "decides_on_floats",
        "The rules look at a sum of floats, which may be a little less than it is. (It takes some "
        "deposits, and a withdrawal of all there is.)",
        Change(ACCOUNTS, 'state.balance < command.members["amount"]',
               'sum(float(e.amount) for e in state.entries) < float(command.members["amount"])'),
        source=sources.FLOAT_BALANCE, trigger="limits",
        fails="API-01",
        luck="API-07 CMD-02",
        by="PRJ-01",
        steps=8,
    ),
    _row(
        "opening_balance",
        "A new account has the balance that it is opened with, if that is an amount.",
        Change(ACCOUNTS, '"openedAt": _DATE_TIME},',
               '"openedAt": _DATE_TIME, "balance": replace(_AMOUNT, optional=True)},'),
        Change(ACCOUNTS, "return Account(values[\"accountId\"], values[\"owner\"], values[\"openedAt\"])", (
            "first = [Entry(\"opening\", values[\"balance\"])] if \"balance\" in values else []\n"
            "        return Account(\n"
            "            values[\"accountId\"], values[\"owner\"], values[\"openedAt\"], tuple(first))")),
        source=sources.MASS_ASSIGNMENT, trigger="hostile input",
        fails="API-12",
        luck="API-07 CMD-02",
    ),
    _row(
        "overdraft_by_a_cent",
        "The balance is compared with a tolerance, as floats are.",
        Change(ACCOUNTS, 'state.balance < command.members["amount"]',
               'state.balance + Decimal("0.01") < command.members["amount"]'),
        source=sources.TOLERANCE, trigger="limits",
        fails="API-07 CMD-02",
        luck="API-01",
    ),
    _row(
        "keeps_the_last_cent",
        "A withdrawal of all there is is refused.",
        Change(ACCOUNTS, 'state.balance < command.members["amount"]',
               'state.balance <= command.members["amount"]'),
        source=sources.BOUNDARY, trigger="limits",
        fails="API-01",
        by="API-07",
    ),
    _row(
        "closes_with_money",
        "Closing does not look at the balance.",
        Change(ACCOUNTS, 'command.type == "AccountClosed" and', "False and"),
        source=sources.CLOSE_WHEN_EMPTY, trigger="sequence",
        fails="API-07 CMD-02",
        luck="API-01",
    ),
    _row(
        "reopens_closed",
        "Closed is taken for never opened.",
        Change(ACCOUNTS, "        if state is not None:\n            raise AlreadyExistsError",
               "        if state is not None and not state.closed:\n            raise AlreadyExistsError"),
        source=sources.REOPENED, trigger="sequence",
        fails="API-07 CMD-02",
        luck="CMD-04 CMD-05",
    ),
    _row(
        "balance_of_the_view",
        "The rules are asked about the read model, which is a little behind.",
        Change(SERVICE, "        state = reduce(self.domain.evolve, history, self.domain.initial)\n",
               "        shown = self.read_model.get(command.aggregate_id).view\n"
               "        state = self.domain.restore(shown)\n"
               "        if state is None:\n"
               "            state = reduce(self.domain.evolve, history, self.domain.initial)\n"),
        Change(SERVICE, "    publisher: Publisher\n",
               "    publisher: Publisher\n    read_model: Any\n"),
        Change(COMMAND, "    Publisher(aws.client(\"events\"), BUS, SOURCE),\n",
               "    Publisher(aws.client(\"events\"), BUS, SOURCE),\n"
               "    ReadModel(aws.client(\"dynamodb\"), *settings.read(\"TABLE_NAME\")),\n"),
        Change(COMMAND, "from .rejections import", "from .read_model import ReadModel\nfrom .rejections import"),
        Change(ACCOUNTS_TEMPLATE, "          EVENT_BUS: !GetAtt EventBus.Name\n",
               "          EVENT_BUS: !GetAtt EventBus.Name\n          TABLE_NAME: !Ref ReadModelTable\n"),
        Change(ACCOUNTS_TEMPLATE, "              Action: events:PutEvents\n",
               "              Action: dynamodb:GetItem\n"
               "              Resource: !GetAtt ReadModelTable.Arn\n"
               "            - Effect: Allow\n              Action: events:PutEvents\n"),
        source=sources.STALE_DECISION, trigger="sequence",
        fails="SYS-01 API-01",
        by="API-07",
        steps=5,
        luck="API-07 CMD-02",
    ),
)

ONE_MORE = """            if event.version <= seen.version:
                return
            missing = self.store.between(event.aggregate_id, seen.version, event.version)
            row = Row(event.version, self._view(seen, [*missing, event]))
"""
"""Where the row's version decides what becomes of an event."""
AS_IT_COMES = """            if event.version > seen.version + 1:
                raise ContendedError("events are missing before this one")
            row = Row(max(event.version, seen.version), self._view(seen, [event]))
"""
"""Only a later one is refused; a repeated one has to be recognised otherwise."""

ADDING = (
    Change(READ_MODEL, "        try:\n            self.client.put_item(", (
        "        if seen.view and row.view and len(row.view[\"entries\"]) == "
        "len(seen.view[\"entries\"]) + 1:\n"
        "            self._add(aggregate_id, row)\n"
        "            return True\n"
        "        try:\n            self.client.put_item("
    )),
    Change(READ_MODEL, "\n\ndef _unchanged_since(", '''
    def _add(self, aggregate_id: str, row: Row) -> None:
        entry = row.view["entries"][-1]
        self.client.update_item(
            TableName=self.table,
            Key={"id": {"S": aggregate_id}},
            UpdateExpression="SET #v.entries = list_append(#v.entries, :entry), "
            "#v.balance = #v.balance + :amount, #version = :version",
            ExpressionAttributeNames={"#v": "view", "#version": "version"},
            ExpressionAttributeValues={
                ":entry": _WRITE.serialize([entry]),
                ":amount": _WRITE.serialize(entry["amount"]),
                ":version": _WRITE.serialize(row.version),
            },
        )


def _unchanged_since('''),
    Change(ACCOUNTS_TEMPLATE, "Action: [dynamodb:GetItem, dynamodb:PutItem]",
           "Action: [dynamodb:GetItem, dynamodb:PutItem, dynamodb:UpdateItem]"),
)
"""A movement is added to the view in place, on the condition of nothing."""

SUMS = (
    _row(
        "remembers_five_events",
        "A row keeps the ids of its last five events, and an older one that comes again is new.",
        Change(PROJECTOR, ONE_MORE, "            if event.event_id in seen.ids:\n"
                                    "                return\n" + AS_IT_COMES +
               "            row = Row(row.version, row.view, (*seen.ids, event.event_id)[-5:])\n"),
        Change(READ_MODEL, "    view: View | None\n",
               "    view: View | None\n    ids: tuple[str, ...] = ()\n"),
        Change(READ_MODEL, '"version": row.version, ', '"version": row.version, "ids": list(row.ids), '),
        Change(READ_MODEL, 'values.get("view"))', 'values.get("view"), tuple(values["ids"]))'),
        source=sources.ONLY_THE_LATEST, trigger="duplicate",
        fails="PRJ-02",
        luck="PRJ-04 QRY-02",
        by="CMD-14",
        steps=8,
    ),
    _row(
        "remembers_in_memory",
        "What was projected is remembered by the environment that did it, and by nobody else.",
        Change(PROJECTOR, "        for _ in range(ATTEMPTS):\n", (
            "        if event.event_id in PROJECTED:\n"
            "            return\n"
            "        self._project(event)\n"
            "        PROJECTED.add(event.event_id)\n\n"
            "    def _project(self, event: Event) -> None:\n"
            "        for _ in range(ATTEMPTS):\n"
        )),
        Change(PROJECTOR, ONE_MORE, AS_IT_COMES),
        Change(PROJECTOR, "ATTEMPTS = 5\n", "ATTEMPTS = 5\nPROJECTED: set[str] = set()\n"),
        source=sources.IN_MEMORY, trigger="duplicate",
        fails="PRJ-02 PRJ-07",
        luck="PRJ-03 PRJ-04 PRJ-05 PRJ-08 QRY-02 SYS-02",
        steps=5,
    ),
    _row(
        "early_event_waits_twice",
        "Early events wait in the row, and behind one that waits there twice all others do for ever.",
        Change(PROJECTOR, ONE_MORE, """            early = list(seen.early)
            if event.version > seen.version:
                early = sorted([*early, to_detail(event)], key=lambda one: one["version"])
            run = []
            while early and early[0]["version"] == seen.version + len(run) + 1:
                run.append(from_detail(self.domain, {**early[0], "version": int(early[0]["version"])}))
                early.pop(0)
            version = seen.version + len(run)
            row = Row(version, self._view(seen, run), tuple(early), seen.puts + 1)
"""),
        Change(PROJECTOR, "from .event_store", "from .events import from_detail, to_detail\n"
                                              "from .event_store"),
        Change(READ_MODEL, "    view: View | None\n",
               "    view: View | None\n    early: tuple[Any, ...] = ()\n    puts: int = 0\n"),
        Change(READ_MODEL, '"version": row.version, ',
               '"version": row.version, "early": list(row.early), "puts": row.puts, '),
        Change(READ_MODEL, 'values.get("view"))',
               'values.get("view"), tuple(values["early"]), int(values["puts"]))'),
        Change(READ_MODEL, '"#version": "version"}', '"#version": "puts"}'),
        Change(READ_MODEL, "str(seen.version)", "str(seen.puts)"),
        source=sources.QUEUED_TWICE, trigger="duplicate",
        fails="PRJ-02",
        luck="PRJ-03 PRJ-04 PRJ-05 PRJ-07 PRJ-08",
        steps=7,
    ),
    _row(
        "unprocessed_entries_are_lost",
        "Entries are items of their own, written as a batch of which some may be left unprocessed.",
        Change(READ_MODEL, "        try:\n            self.client.put_item(", (
            "        entries = [] if row.view is None else row.view[\"entries\"]\n"
            "        puts = [{\"PutRequest\": {\"Item\": _entry(aggregate_id, n, entry)}}\n"
            "                for n, entry in enumerate(entries)][-25:]\n"
            "        if puts:\n"
            "            self.client.batch_write_item(RequestItems={self.table: puts})\n"
            "        try:\n            self.client.put_item("
        )),
        Change(READ_MODEL, 'shown = {} if row.view is None else {"view": row.view}', (
            'shown = {} if row.view is None else {\n'
            '        "view": {**row.view, "entries": len(row.view["entries"])}}'
        )),
        Change(READ_MODEL, 'return _row(found["Item"]) if "Item" in found else NOTHING',
               'return self._whole(aggregate_id, found["Item"]) if "Item" in found else NOTHING'),
        Change(READ_MODEL, "    def replace(", (
            "    def _whole(self, aggregate_id: str, item: dict[str, Any]) -> Row:\n"
            "        row = _row(item)\n"
            "        if row.view is None:\n"
            "            return row\n"
            "        keys = [{\"id\": {\"S\": f\"{aggregate_id}#{n}\"}}\n"
            "                for n in range(int(row.view[\"entries\"]))]\n"
            "        items = [self.client.get_item(TableName=self.table, Key=key, "
            "ConsistentRead=True) for key in keys]\n"
            "        entries = [_READ.deserialize(i[\"Item\"][\"entry\"]) for i in items if \"Item\" in i]\n"
            "        return Row(row.version, {**row.view, \"entries\": entries})\n\n"
            "    def replace("
        )),
        Change(READ_MODEL, "def _unchanged_since(", (
            "def _entry(aggregate_id: str, n: int, entry: Any) -> dict[str, Any]:\n"
            "    return {\"id\": {\"S\": f\"{aggregate_id}#{n}\"}, \"entry\": _WRITE.serialize(entry)}\n\n\n"
            "def _unchanged_since("
        )),
        Change(ACCOUNTS_TEMPLATE, "Action: [dynamodb:GetItem, dynamodb:PutItem]",
               "Action: [dynamodb:GetItem, dynamodb:PutItem, dynamodb:BatchWriteItem]"),
        source=sources.UNPROCESSED, trigger="throttling",
        fails="PRJ-07",
    ),
    _row(
        "deposit_counted_twice",
        "Every delivery is applied, so a deposit that comes again is another one. (Out of order that "
        "takes five steps.)",
        Change(PROJECTOR, "            if event.version <= seen.version:\n                return\n", ""),
        Change(PROJECTOR, "[*missing, event]", "[event]"),
        source=sources.ASYNCHRONOUS, trigger="duplicate",
        fails="PRJ-02 PRJ-03 PRJ-05",
        luck="PRJ-04 PRJ-07 PRJ-08 QRY-02",
        steps=5,
    ),
    _row(
        "spends_twice",
        "After a lost race the event is appended as the next one, without another decision.",
        Change(SERVICE, "        for _ in range(ATTEMPTS):\n", "        for attempt in range(ATTEMPTS):\n"),
        Change(SERVICE, "            self._decide(history, command)\n",
               "            if attempt == 0:\n                self._decide(history, command)\n"),
        source=sources.NOT_ATOMIC, trigger="concurrency",
        fails="CMD-04 CMD-05",
    ),
    _row(
        "appends_without_version_check",
        "The view is updated in place (list_append and a sum), on the condition of nothing. (Two "
        "deliveries at once need something to be delivered: four steps.)",
        *ADDING,
        source=sources.UPDATE_ITEM, trigger="concurrency",
        fails="PRJ-08",
        steps=4,
    ),
    _row(
        "same_event_added_twice",
        "The next event is added to the view in place, on the condition of nothing; a later one has to "
        "wait. (Two deliveries of the same one at once take four steps.)",
        Change(PROJECTOR, "            missing = self.store.between(", (
            "            if event.version > seen.version + 1:\n"
            "                raise ContendedError(\"another one comes first\")\n"
            "            missing = self.store.between("
        )),
        *ADDING,
        source=sources.ADDED_AGAIN, trigger="concurrency",
        fails="PRJ-07 PRJ-08",
        steps=4,
    ),
)

BANKING: tuple[Miniature, ...] = (*AMOUNTS, *ENTRIES, *RULES, *SUMS)
