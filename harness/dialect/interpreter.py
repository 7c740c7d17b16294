"""An interpreter: one play's conversation with a system, in its dialect.

It turns canonical requests into messages, replies and evidence into canonical ones, and knows of
one play which ids the server has made. The stage's edge holds it; nothing in it does any I/O.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from harness.core.attribute_values import plain_item, typed_item
from harness.core.bus_entry import BusEntry
from harness.core.contract import Contract
from harness.core.history import Handed, Published, Record, Role, Stored
from harness.core.http import Request, Response
from harness.core.json_values import parse_json, to_json
from harness.dialect.bindings import Bindings
from harness.dialect.events import (
    KeptBackError,
    canonical_published,
    canonical_stored,
    unread,
    wire_entry,
)
from harness.dialect.incoming import (
    acknowledged,
    command_reply,
    id_in,
    of_proxy,
    query_reply,
    view_members,
    without_function_error,
)
from harness.dialect.model import Dialect, Invocation, Replies, Setup
from harness.dialect.outgoing import (
    Spoken,
    has_repetition,
    placed,
    queried_id,
    repetition_key,
    speak_command,
    speak_query,
)
from harness.dialect.paging import next_page
from harness.dialect.setting_up import hear_setup, speak_setup
from harness.dialect.wire import Payload, QueueMessage, Unsayable, WireMessage


@dataclass(slots=True)
class Interpreter:
    """The conversation of one play.

    ``shared``: other plays use the same stores, so that an event with an unknown id may be theirs.
    ``play`` tells what is made up for this play from the same of others.
    """

    dialect: Dialect
    contract: Contract
    shared: bool = False
    play: str = ""
    bindings: Bindings = field(init=False)
    _said: dict[str, str] = field(default_factory=dict)
    _kept_back: dict[int, Stored | Published] = field(default_factory=dict)
    _seen: int = 0

    def __post_init__(self) -> None:
        self.bindings = Bindings(
            self.dialect.ids, self.shared, key_form=self.dialect.keys, play=self.play)

    def set_up(
        self, transmit: Callable[[WireMessage], Response],
    ) -> Iterator[tuple[Setup, WireMessage, Response]]:
        """Set up what commands need, one thing after another; gives each with its reply.

        Raises:
            SetupRefused: one of them could not be set up.
        """
        ids, play = self.dialect.ids, self.play
        for setup in self.dialect.setups:
            message = speak_setup(setup, play, ids, self.bindings)
            response = transmit(message)
            yield setup, message, response
            self.bindings.set_up(setup.name, hear_setup(setup, message, response, play, ids))

    def command(self, request: Request) -> Spoken | Unsayable:
        """The wire form of a canonical command."""
        spoken = speak_command(self.dialect, self.contract, request, self.bindings)
        if isinstance(spoken, Unsayable):
            return spoken
        if spoken.creates and spoken.id is not None:
            if not self._may_create(spoken, repetition_key(request)):
                return Unsayable("the server makes the id: a key that made one makes no other")
            key = repetition_key(request) if has_repetition(self.dialect) else None
            if not self.bindings.create(spoken.id, key, request.body or ""):
                return Unsayable("the server makes the id: one that is there cannot be made again")
        elif self.dialect.makes_ids and spoken.id is not None:
            if self.bindings.is_unknown(spoken.id):
                return Unsayable("the server makes the id, and has not told it yet")
            self.bindings.meet(spoken.id)
        if isinstance(spoken.message, Payload | QueueMessage):
            self._said[spoken.message.text] = request.body or ""
        return spoken

    def _may_create(self, spoken: Spoken, key: str | None) -> bool:
        form = self.dialect.form(spoken.kind)
        assert form is not None
        assert spoken.id is not None
        keyed = key is not None and "key" in placed(form.message)
        return not keyed or self.bindings.may_create(spoken.id, str(key))

    def replies(self, spoken: Spoken) -> Replies:
        """The meaning of the replies to a command."""
        form = self.dialect.form(spoken.kind)
        assert form is not None, spoken
        return form.replies

    def command_reply(self, spoken: Spoken, response: Response) -> Response:
        """The canonical reply to a command; an id that the server made is bound.

        Raises:
            NoIdError: a creation was accepted, and its reply has no id where the dialect says.
        """
        if isinstance(spoken.message, Payload):
            made = self.dialect.server_id
            places = (self.replies(spoken).at, made.pointer if made else None)
            response = of_proxy(response, places)
        heard = self.dialect.hook.apply("reply", response)
        canonical = without_function_error(command_reply(self.replies(spoken), heard))
        canonical = canonical if spoken.kind is None else acknowledged(canonical)
        if spoken.creates and spoken.id is not None:
            self._note_creation(spoken.id, heard, canonical.status)
        elif spoken.id is not None and 400 <= canonical.status < 500 and canonical.status != 429:
            self.bindings.not_met(spoken.id)
        self._note_version(spoken.id, response)
        return canonical

    def _note_creation(self, id: str, response: Response, status: int) -> None:
        if 200 <= status < 300:
            assert self.dialect.server_id is not None
            self.bindings.created(id, id_in(self.dialect.server_id, response))
        elif status == 0 or status == 429 or status >= 500:
            self.bindings.lost(id)
        else:
            self.bindings.not_created(id)

    def _note_version(self, id: str | None, response: Response) -> None:
        """Remember an ETag, which a client may have to send back."""
        tag = response.header("etag")
        if id is not None and tag is not None:
            self.bindings.versions[id] = tag

    def query(self, request: Request) -> WireMessage | Unsayable:
        """The wire form of a canonical query."""
        id = queried_id(self.contract, request)
        return speak_query(self.dialect, self.contract, id, self.bindings)

    def query_reply(self, request: Request, response: Response) -> Response:
        """The canonical reply to a query."""
        id, form = queried_id(self.contract, request), self.dialect.query
        if isinstance(form.message.address, Invocation):
            response = of_proxy(response, (form.at, *(absent.at for absent in form.absent)))
        self._note_version(id, response)
        found = query_reply(self.dialect, self.contract, id, response, self.bindings)
        return without_function_error(found)

    def next_page(self, message: WireMessage, response: Response) -> WireMessage | None:
        """The message for the next page of the list that a reply begins; None at its end."""
        form = self.dialect.query
        if form.paging is None:
            return None
        if isinstance(form.message.address, Invocation):
            response = of_proxy(response, (form.at, form.paging.at))
        return next_page(form, message, response)

    def entry(self, entry: BusEntry) -> BusEntry:
        """A canonical entry as this system publishes it."""
        return wire_entry(self.dialect, self.contract, entry, self.bindings)

    def newest_first(self) -> list[dict[str, Any]]:
        """The canonical events in the store, each aggregate's latest first."""
        return sorted(self.bindings.stored.values(), key=lambda event: (
            -event["version"] if isinstance(event.get("version"), int) else 0))

    def bodies(self, bodies: Sequence[str]) -> list[str] | Unsayable:
        """The messages of a batch of canonical commands."""
        texts = []
        for body in bodies:
            spoken = self.command(Request("POST", self.contract.path, (), body))
            if isinstance(spoken, Unsayable):
                return spoken
            message = spoken.message
            if not isinstance(message, QueueMessage):
                sent = self.dialect.form(spoken.kind)
                if sent is None or not sent.message.sent:
                    return Unsayable("no queue takes the command")
            texts.append(message.text if isinstance(message, QueueMessage) else body)
        return texts

    def item(self, aggregate: str, text: str | None) -> str | None:
        """The read model's item of an aggregate with the members of a view, as DynamoDB JSON."""
        if text is None:
            return None
        plain = plain_item(parse_json(text))
        return to_json(typed_item(view_members(self.dialect, self.contract, plain, self.bindings)))

    def revise(self, records: list[Record]) -> None:
        """Put the evidence among the records that were not seen before into canonical form.

        Records kept back are looked at again: a reply may have told whose they are.
        """
        for at, raw in list(self._kept_back.items()):
            self._put(records, at, raw)
        for at in range(self._seen, len(records)):
            self._put(records, at, records[at])
        self._seen = len(records)

    def forget(self) -> None:
        """Begin anew to look at records: there are none."""
        self._kept_back.clear()
        self._seen = 0

    def _put(self, records: list[Record], at: int, record: Record) -> None:
        if isinstance(record, Handed):
            records[at] = self._handed(record)
        elif isinstance(record, Stored | Published):
            records[at] = self._evidence(at, record)

    def _handed(self, record: Handed) -> Handed:
        if record.role is not Role.COMMAND:
            return record
        return replace(record, bodies=tuple(self._said.get(b, b) for b in record.bodies))

    def _evidence(self, at: int, record: Stored | Published) -> Any:
        self._kept_back.pop(at, None)
        try:
            if isinstance(record, Stored):
                return canonical_stored(self.dialect, self.contract, record, self.bindings)
            return canonical_published(self.dialect, self.contract, record, self.bindings)
        except KeptBackError:
            self._kept_back[at] = record
            return unread(record)
