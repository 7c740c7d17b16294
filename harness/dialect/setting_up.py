"""Setting up things that commands need: the messages, and what their replies tell.

A product has to be there before it is ordered. A dialect names such things; each is made once for
every play, and an id that comes from the client is another one in each.
"""

from __future__ import annotations

import hashlib
from typing import Any

from harness.core.attribute_values import plain_item, typed_item
from harness.core.errors import StageError
from harness.core.http import Request, Response
from harness.core.json_values import parse_json, to_json
from harness.dialect.bindings import Bindings, SetUp, formed
from harness.dialect.conversions import ConversionError
from harness.dialect.expressions import MISSING, REST, references, rendered
from harness.dialect.incoming import (
    NoIdError,
    acknowledged,
    command_reply,
    id_in,
    of_proxy,
    parsed,
)
from harness.dialect.model import Invocation, Setup
from harness.dialect.outgoing import addressed, all_references, is_set_up, written
from harness.dialect.wire import TableItem, WireMessage


class SetupRefused(StageError):
    """Something that commands need could not be set up, so that nothing can be judged."""


def speak_setup(setup: Setup, play: str, ids: str | None, bindings: Bindings) -> WireMessage:
    """The message that sets something up; ``play`` tells its ids from those of other plays.

    Raises:
        SetupRefused: a value that it needs is not known, or has no form on the wire.
    """
    values = _values(setup, play, ids, bindings)
    try:
        if setup.message is None:
            assert setup.item is not None
            return TableItem(setup.table, to_json(typed_item(rendered(setup.item, values))))
        body = None if setup.message.body is None else rendered(setup.message.body, values)
        text = None if body is None or body == {} else written(setup.message, body)
        return addressed(setup.message, Request("POST", ""), values, text)
    except ConversionError as error:
        raise _refused(setup, f"its message cannot be written: {error}") from None


def _values(setup: Setup, play: str, ids: str | None, bindings: Bindings) -> dict[str, Any]:
    own = _own_id(setup, play, ids)
    found = {name: bindings.of_set_up(name) for name in sorted(_names(setup)) if is_set_up(name)}
    path = setup.message.path_names if setup.message else ()
    unknown = [name for name in path if found.get(name) is MISSING]
    if unknown:
        raise _refused(setup, f"no reply has told {unknown[0]}")
    return {"id": own, "key": bindings.new_key(), REST: {}, **found}


def _names(setup: Setup) -> set[str]:
    if setup.message is not None:
        found = {each.name for each in all_references(setup.message)}
        return found | set(setup.message.path_names)
    return {each.name for each in references(setup.item)} if setup.item else set()


def _own_id(setup: Setup, play: str, ids: str | None) -> Any:
    """An id of the client's own, in the form that ids have; it does not hold the play's mark."""
    mark = hashlib.sha256(play.encode()).hexdigest()[:8]
    return formed(f"{setup.name}-{mark}", ids)


def hear_setup(
    setup: Setup, message: WireMessage, response: Response, play: str, ids: str | None
) -> SetUp:
    """Read from a reply what was set up.

    Raises:
        SetupRefused: the reply does not say that it is there, or has no id.
    """
    own = _own_id(setup, play, ids)
    if isinstance(message, TableItem):
        _accepted(setup, response)
        return SetUp(own, plain_item(parse_json(message.text)))
    places = (setup.replies.at, setup.id.pointer if setup.id else None)
    if setup.message is not None and isinstance(setup.message.address, Invocation):
        response = of_proxy(response, places)
    _accepted(setup, acknowledged(command_reply(setup.replies, response)))
    if setup.id is None:
        return SetUp(own, parsed(response.body))
    try:
        return SetUp(id_in(setup.id, response), parsed(response.body))
    except NoIdError:
        raise _refused(setup, f"its reply has no id where id says: {_shown(response)}") from None


def _accepted(setup: Setup, response: Response) -> None:
    if not 200 <= response.status < 300:
        raise _refused(setup, f"it was refused: {_shown(response)}")


def _shown(response: Response) -> str:
    said = f"{response.status} {response.body}" if response.answered else "no answer"
    return said if len(said) <= 200 else f"{said[:200]}..."


def _refused(setup: Setup, reason: str) -> SetupRefused:
    return SetupRefused(f"setup.{setup.name} in the dialect", reason,
                        "correct this table, or the system")
