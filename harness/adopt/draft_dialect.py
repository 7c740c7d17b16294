"""A drafted dialect as TOML, with a comment wherever something could not be known."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence

from harness.adopt.draft import Draft, DraftCommand
from harness.adopt.literals import unique

TODO = "# TODO:"
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
PAST = re.compile(r"(?<=..)ed$|e$")
DOUBLED = re.compile(r"(.)\1$")


def dialect_text(draft: Draft, types: tuple[str, ...]) -> str:
    """The text of a dialect; ``types`` are the event types that the rules ask for."""
    blocks = [
        ["# A first dialect, drafted from the template and the code. Correct the TODO lines."],
        list(_head(draft)),
        *(list(_command(draft, command)) for command in draft.commands),
        list(_replies()),
        list(_query(draft)),
        list(_events(draft, types)),
        list(_published(draft)),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _head(draft: Draft) -> Iterator[str]:
    if not draft.projects:
        yield "projection = []  # TODO: right if the query folds the events; else name functions"
    if draft.commands and draft.commands[0].id_place == "server":
        yield 'server_ids = "id"  # TODO: where the reply to a creation has the new id'


def _command(draft: Draft, command: DraftCommand) -> Iterator[str]:
    yield f"[commands.{command.name}]"
    yield command.address
    members = {}
    if command.named_by:
        members[command.named_by] = command.wire_type
    if command.id_place not in ("path", "server"):
        members[command.id_place] = "$id"
    if command.key:
        members[command.key] = "$key"
    if members:
        yield f"body = {{ {_pairs(members)}, \"$\" = 1 }}"
    if command.id_place == "server" and command is not draft.commands[0]:
        yield f'{TODO} the message has no place for the id: body = {{ id = "$id", "$" = 1 }}'
    if command.id_place == "server" and not _is_queried(draft, command):
        yield f"{TODO} if it makes a thing that other commands need: a table [setup.{command.name}]"
    if command.key_header:
        yield f'headers = {{ {_pairs({command.key_header: "$key"})} }}'
    elif not command.key:
        yield f'{TODO} if a repetition can be marked: headers = {{ "Idempotency-Key" = "$key" }}'


def _is_queried(draft: Draft, command: DraftCommand) -> bool:
    """Tell if the query may show what a command makes: its route ends as the query's begins."""
    ending = command.address.rstrip('"').rpartition("/")[2]
    routed = command.address.startswith("route") and draft.query.address.startswith("route")
    return not routed or f"/{ending}" in draft.query.address


def _replies() -> Iterator[str]:
    yield f"{TODO} statuses mean what they usually do (2xx accepted, 4xx refused). Otherwise:"
    yield "# [replies]"
    yield '# at = "success"'
    yield "# accepted = true"
    yield "# refused = false"


def _query(draft: Draft) -> Iterator[str]:
    query = draft.query
    yield "[query]"
    if not query.address:
        yield f'route = "GET {draft.path}/{{id}}"  # TODO: no query was found'
    else:
        yield query.address
    if query.with_body:
        yield f'body = {{ {draft.id_member} = "$id" }}'
    if query.listed:
        yield 'among = "id"  # TODO: the member of an entry that holds the id'
        yield '# at = "items"  # TODO: where the list is in the reply'
    else:
        yield f'{TODO} if the view is not the whole body: at = "data"'
    yield f'{TODO} members with other names: view = {{ {draft.id_member} = "id" }}'


def _events(draft: Draft, types: tuple[str, ...]) -> Iterator[str]:
    events = draft.events
    if not events.store:
        yield f"{TODO} no store of events was found; name it, or its requirements are skipped"
        yield "# [events]"
        yield '# table = "LOGICAL_ID"'
        return
    yield "[events]"
    yield f'{events.kind} = "{events.store}"'
    if events.members:
        yield f"members = {{ {_pairs(dict(events.members))} }}  # TODO: check each place"
    else:
        yield f'{TODO} members = {{ id = "id", type = "type", version = "version" }}'
    if events.match:
        yield f"match = {{ {_pairs(dict(events.match))} }}  # TODO: check"
    elif "id" not in events.members:
        yield f'{TODO} if a key has the id: match = {{ pk = "NAME#{{id}}", sk = "{{version}}" }}'
    yield from _types(draft, types)


def _types(draft: Draft, types: tuple[str, ...]) -> Iterator[str]:
    """The wire's types of events; those that fit no command are left for the user."""
    known = {c.wire_type: c.name for c in draft.commands if c.wire_type}
    known |= _named_alike(types, [c.name for c in draft.commands if not c.wire_type])
    if known:
        yield f"types = {{ {_pairs(known)} }}  # TODO: check"
    left = [each for each in unique(types) if each not in known]
    names = {command.name for command in draft.commands}
    without = sorted(names - set(known.values()))
    if without:
        shown = ", ".join(left) or "their types in the store"
        yield f"{TODO} types of the events of {', '.join(without)}: {shown}"


def _named_alike(types: Iterable[str], names: Sequence[str]) -> dict[str, str]:
    """Event type -> the command of the same words: orderPlaced and PlaceOrder."""
    by_words = {_words(name): name for name in names}
    found = {each: by_words[_words(each)] for each in unique(types) if _words(each) in by_words}
    return found if len(set(found.values())) == len(found) else {}


def _words(name: str) -> tuple[str, ...]:
    """The words of a name in the order of letters, without the ending of a past tense."""
    stems = (PAST.sub("", word.lower()) for word in WORD.findall(name))
    return tuple(sorted(DOUBLED.sub(r"\1", stem) for stem in stems))


def _published(draft: Draft) -> Iterator[str]:
    places = draft.events.published
    if places:
        yield "[published]"
        yield f"members = {{ {_pairs(dict(places))} }}  # TODO: check each place"
        return
    yield f"{TODO} how events look on the bus, or requirements on published events are skipped"
    yield "# [published]"
    yield '# members = { id = "id", version = "version", payload = "data" }'


def _pairs(values: dict[str, str]) -> str:
    return ", ".join(f"{_key(name)} = {json.dumps(value)}" for name, value in values.items())


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if plain else json.dumps(name)
