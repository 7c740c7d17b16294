"""Events of the store and of the bus: what is written in a form is read back from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.core.attribute_values import plain_item, typed_item
from harness.core.bus_entry import BusEntry
from harness.core.history import Handed, Published, Record, Role, Stored
from harness.core.http import Request, Response
from harness.core.json_values import parse_json, same_json, to_json
from harness.dialect import Interpreter, default_dialect
from harness.dialect.events import NO_EVENT, WireEvent, read_event, write_event
from harness.dialect.expressions import Pointer, Source
from harness.dialect.model import EventForm
from harness.dialect.outgoing import Spoken
from scenarios.domains.orders import CONTRACT

from .dialects import INVOCATIONS, LIST, TYPED_ROUTES, dialect
from .test_requests import commands

JSON = (("Content-Type", "application/json"),)


@st.composite
def forms(draw: Any) -> EventForm:
    """Forms of events, with their members anywhere."""
    top = st.permutations(("a", "b", "c", "d", "e"))
    names = draw(top)
    payload = draw(st.sampled_from((Pointer(), Pointer((names[4],)), Pointer((names[4], "x")))))
    inside = {"customer": Source(Pointer(("who", "name")))} if draw(st.booleans()) else {}
    types = {"CREATED": "OrderCreated", "OrderChanged": "OrderUpdated"}
    return EventForm(
        *(Source(Pointer((name,))) for name in names[:4]), payload=Source(payload),
        first=draw(st.integers(0, 2)), members=inside, types=types if draw(st.booleans()) else {})


def stored(text: str, key: str = "k", change: str = "added") -> Stored:
    return Stored(change, key, text, Role.COMMAND)


def item(number: int, id: str = "u-1", kind: str = "ORDER_PLACED", **data: Any) -> Stored:
    document = {"pk": f"ORDER#{id}", "sk": f"EVENT#{number}", "kind": kind, "eventId": f"e{number}",
                "data": to_json(data), "published": False}
    return stored(to_json(typed_item(document)), f"ORDER#{id}\tEVENT#{number}")


class TestForms:
    @given(forms(), commands(), st.integers(1, 2**53), st.text())
    def test_there_and_back(
        self, form: EventForm, command: dict[str, Any], version: int, event_id: str
    ) -> None:
        """An event is read as what was written."""
        members = {n: v for n, v in command.items() if n not in ("type", "orderId")}
        event = WireEvent(command["orderId"], command["type"], version, event_id, members)
        found = read_event(form, CONTRACT, write_event(form, CONTRACT, event), {})
        assert found is not None
        assert same_json(vars_of(found), vars_of(event))

    @given(st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(), v, max_size=3)))
    def test_items(self, value: Any) -> None:
        """A value is read from an item as what was written to it."""
        assert plain_item(typed_item({"x": value})) == {"x": value}


def vars_of(event: WireEvent) -> dict[str, Any]:
    return {"id": event.id, "kind": event.kind, "version": event.version,
            "event_id": event.event_id, "members": event.members}


def revised(text: str, *records: Record) -> list[Any]:
    found = list(records)
    interpreter = Interpreter(dialect(text), CONTRACT)
    interpreter.bindings.created("a", "u-1")
    interpreter.revise(found)
    return found


def text_of(record: Any) -> Any:
    return parse_json(record.text if isinstance(record, Stored) else record.detail)


class TestStored:
    def test_item(self) -> None:
        """An item of a table is a canonical event, with the scenario's id and a counted version."""
        found, = revised(TYPED_ROUTES, item(0, buyer="Eve", createdAt="t", other=1))
        assert text_of(found) == {
            "eventId": "e0", "type": "OrderCreated", "orderId": "a", "version": 1,
            "customer": "Eve", "createdAt": "t"}

    def test_foreign_item(self) -> None:
        """An item that does not match is no event, whatever is in it."""
        document = {"pk": "ORDER#u-1", "sk": "HEAD", "type": "OrderCreated", "orderId": "a"}
        found, = revised(TYPED_ROUTES, stored(to_json(typed_item(document))))
        assert text_of(found).keys() == {NO_EVENT}

    def test_bookkeeping(self) -> None:
        """A mark that changes in an event's item changes nothing of the event."""
        before = item(0, buyer="Eve", createdAt="t")
        after = stored(before.text.replace("false", "true"), before.key, "changed")
        first, second = revised(TYPED_ROUTES, before, after)
        assert text_of(first) == text_of(second)

    def test_object(self) -> None:
        """An object's key tells id and version; an id of the event that is not told is the key."""
        found, = revised(INVOCATIONS, stored('{"type": "OrderDeleted"}', "orders/7/3.json"))
        assert text_of(found) == {"eventId": "orders/7/3.json", "type": "OrderDeleted",
                                  "orderId": "7", "version": 3}

    def test_no_versions(self) -> None:
        """Events without versions are numbered as they come, for each aggregate."""
        text = LIST + '[events]\nbucket = "*"\nmembers = { id = "id", type = "type" }\n'
        events = [stored(to_json({"type": "OrderDeleted", "id": id}), f"{n}")
                  for n, id in enumerate("xyx")]
        assert [text_of(e)["version"] for e in revised(text, *events)] == [1, 1, 2]

    def test_number_in_a_pattern(self) -> None:
        """A whole number matches a pattern by its digits."""
        text = TYPED_ROUTES.replace('sk = "EVENT#{version}"', 'sk = "{version}"')
        document = {"pk": "ORDER#u-1", "sk": 3, "kind": "OrderDeleted", "eventId": "e"}
        found, = revised(text, stored(to_json(typed_item(document))))
        assert text_of(found)["version"] == 4

    def test_only_type(self) -> None:
        """An event of a contract with one type needs nothing that tells it."""
        one = replace(CONTRACT, types={"OrderCreated": CONTRACT.types["OrderCreated"]})
        form = EventForm(Source(Pointer(("id",))), None, None, None, Source(Pointer()))
        found = [read_event(form, contract, {"id": "u-1"}, {}) for contract in (one, CONTRACT)]
        assert [event and event.kind for event in found] == ["OrderCreated", None]

    @given(commands())
    def test_default(self, command: dict[str, Any]) -> None:
        """In the default dialect an event is what it is."""
        event = {"eventId": "e", "version": 1, **command}
        found: list[Any] = [stored(to_json(event))]
        Interpreter(default_dialect(CONTRACT), CONTRACT).revise(found)
        assert same_json(text_of(found[0]), event)


def published(document: Any, kind: str, number: int = 0) -> Published:
    return Published(number, "shop", kind, to_json(document), "default", Role.COMMAND, 1)


ENTRY = {"order": {"id": "u-1", "buyer": "Eve", "createdAt": "t"}, "at": "now"}


class TestPublished:
    def test_as_stored(self) -> None:
        """Members that the bus leaves out come from the stored event."""
        event, told = revised(TYPED_ROUTES, item(0, buyer="Eve", createdAt="t"),
                              published(ENTRY, "ORDER_PLACED"))
        assert (told.detail_type, text_of(told)) == ("OrderCreated", text_of(event))

    def test_different(self) -> None:
        """An event that is stored otherwise has no part of the stored one."""
        _, told = revised(TYPED_ROUTES, item(0, buyer="Bob", createdAt="t"),
                          published(ENTRY, "ORDER_PLACED"))
        assert "version" not in text_of(told)

    def test_published_again(self) -> None:
        """A stored event is published again in the system's own words."""
        interpreter = Interpreter(dialect(TYPED_ROUTES), CONTRACT)
        interpreter.bindings.created("a", "u-1")
        records: list[Any] = [item(0, buyer="Eve", createdAt="t"),
                              published(ENTRY, "ORDER_PLACED")]
        interpreter.revise(records)
        entry = interpreter.entry(BusEntry("shop", "OrderCreated", records[0].text))
        assert (entry.detail_type, parse_json(entry.detail)) == ("ORDER_PLACED", ENTRY)

    def test_type_in_the_source(self) -> None:
        """A system may name the type in the Source, with one DetailType for all."""
        interpreter = Interpreter(dialect(TYPED_ROUTES), CONTRACT)
        interpreter.bindings.created("a", "u-1")
        by_source = Published(0, "ORDER_PLACED", "Domain Event", to_json(ENTRY), "default",
                              Role.COMMAND, 1)
        records: list[Any] = [item(0, buyer="Eve", createdAt="t"), by_source]
        interpreter.revise(records)
        entry = interpreter.entry(BusEntry("shop", "OrderCreated", records[0].text))
        assert records[1].detail_type == "OrderCreated"
        assert (entry.source, entry.detail_type) == ("ORDER_PLACED", "Domain Event")

    def test_type_inside(self) -> None:
        """Where the dialect says that the document names the type, what is beside it need not."""
        written = dialect(TYPED_ROUTES)
        assert written.published is not None
        inside = replace(written.published, type=Source(Pointer(("kind",))), type_inside=True)
        interpreter = Interpreter(replace(written, published=inside), CONTRACT)
        interpreter.bindings.created("a", "u-1")
        records: list[Any] = [item(0, buyer="Eve", createdAt="t"),
                              published({**ENTRY, "kind": "ORDER_PLACED"}, "")]
        interpreter.revise(records)
        entry = interpreter.entry(BusEntry("shop", "OrderCreated", records[0].text))
        assert (records[1].detail_type, entry.detail_type) == ("OrderCreated", "")

    def test_never_published(self) -> None:
        """A stored event that was never published is written in the form of the bus."""
        interpreter = Interpreter(dialect(TYPED_ROUTES), CONTRACT)
        event = {"eventId": "e", "type": "OrderDeleted", "orderId": "a", "version": 2}
        interpreter.bindings.created("a", "u-1")
        entry = interpreter.entry(BusEntry("shop", "OrderDeleted", to_json(event)))
        assert (entry.detail_type, parse_json(entry.detail)) == (
            "OrderDeleted", {"order": {"id": "u-1"}})

    def test_poison(self) -> None:
        """Data that is no event is published as it is."""
        entry = BusEntry("shop", "Nothing", '{"x": 1}')
        assert Interpreter(dialect(TYPED_ROUTES), CONTRACT).entry(entry) == entry


class TestMadeIds:
    BODY = '{"type": "OrderCreated", "orderId": "a", "customer": "Eve", "createdAt": "t"}'

    def create(self, interpreter: Interpreter, key: str | None = None) -> Any:
        headers = (("Idempotency-Key", key),) if key else ()
        return interpreter.command(Request("POST", "/orders", headers, self.BODY))

    def test_renamed_afterwards(self) -> None:
        """An event that is stored before the reply gets the scenario's id with the reply."""
        interpreter = Interpreter(dialect(TYPED_ROUTES), CONTRACT)
        said = self.create(interpreter)
        records: list[Any] = [item(0, buyer="Eve", createdAt="t")]
        interpreter.revise(records)
        before = text_of(records[0]).keys()
        interpreter.command_reply(said, Response(201, JSON, '{"data": {"id": "u-1"}}'))
        interpreter.revise(records)
        assert (before, text_of(records[0])["orderId"]) == ({NO_EVENT}, "a")

    def test_a_lost_reply(self) -> None:
        """A creation whose reply is lost leaves an unknown id, which is no evidence."""
        interpreter = Interpreter(dialect(TYPED_ROUTES), CONTRACT)
        interpreter.command_reply(self.create(interpreter), Response(0))
        records: list[Any] = [item(0, buyer="Eve", createdAt="t")]
        interpreter.revise(records)
        assert text_of(records[0]).keys() == {NO_EVENT}

    def test_one_too_many(self) -> None:
        """An event of an aggregate that nothing has created is evidence."""
        interpreter = Interpreter(dialect(TYPED_ROUTES), CONTRACT)
        interpreter.command_reply(self.create(interpreter),
                                  Response(201, JSON, '{"data": {"id": "u-1"}}'))
        records: list[Any] = [item(0, id=id, buyer="Eve", createdAt="t") for id in ("u-1", "u-2")]
        interpreter.revise(records)
        assert [text_of(record)["orderId"] for record in records] == ["a", "u-2"]

    def test_not_twice(self) -> None:
        """An id that the server has made cannot be made again, but for the same command's sake."""
        interpreter = Interpreter(dialect(TYPED_ROUTES), CONTRACT)
        found = [self.create(interpreter, key) for key in ("one", "one", "two", None)]
        assert [isinstance(each, Spoken) for each in found] == [True, True, False, False]

    def test_after_a_refusal(self) -> None:
        """A creation that was refused may be tried again."""
        interpreter = Interpreter(dialect(TYPED_ROUTES), CONTRACT)
        interpreter.command_reply(self.create(interpreter), Response(422))
        assert isinstance(self.create(interpreter, "two"), Spoken)


class TestBatches:
    def test_handed(self) -> None:
        """A queue's records are the commands that they say."""
        interpreter = Interpreter(dialect(INVOCATIONS), CONTRACT)
        body = '{"type": "OrderDeleted", "orderId": "a"}'
        texts = interpreter.bodies([body])
        assert isinstance(texts, list)
        records: list[Any] = [
            Handed(Role.COMMAND, "F", 1, ("m",), tuple(texts), (), True, False)]
        interpreter.revise(records)
        assert records[0].bodies == (body,)
