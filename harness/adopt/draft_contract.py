"""A drafted contract as a Python module, which loads, with a comment where rules are missing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.adopt.draft import Draft, DraftCommand

NUMBERS = re.compile(r"int|number|float|Decimal", re.IGNORECASE)
OPTIONAL = re.compile(r"\?$|None|Optional|optional\(")
HEAD = '''"""The contract of {name}: a first draft. The domain's rules belong at the TODO lines."""

from __future__ import annotations

from typing import Any

from cqrs_conformance import values
from cqrs_conformance.contracts import Accepted, Command, Decision, Refused, View, contract

State = tuple[tuple[str, Any], ...] | None
"""The members of the view, by name; None: there is none. TODO: a frozen dataclass reads better."""

'''
DECIDE = '''
def decide(state: State, command: Command) -> Decision:
    """Accept or refuse a valid command."""
    if command["type"] == "{creation}":
        return Accepted() if state is None else Refused("it is there")
    if state is None:
        return Refused("there is none")
    # TODO: the other rules, such as: not enough of it is left, or it is closed.
    return Accepted()


def evolve(state: State, event: Command) -> State:
    """Return the state after an accepted command."""
{deleted}    # TODO: every member of a command is set; say how each type changes the state.
    changed = {{name: value for name, value in event.items() if name != "type"}}
    return tuple(sorted({{**dict(state or ()), **changed}}.items()))


def view(state: State) -> View:
    """Return the view that a query shows; None is no view."""
    # TODO: the members that the query shows{shown}.
    return None if state is None else dict(state)

'''
DELETED = '''    if event["type"] in {types}:
        return None
'''


def contract_text(draft: Draft) -> str:
    """The text of a contract."""
    deleting = [command.name for command in draft.commands if command.deletes]
    creation = draft.commands[0].name if draft.commands else "Created"
    deleted = DELETED.format(types=f"({', '.join(map(_quoted, deleting))},)") if deleting else ""
    shown = f": {', '.join(draft.query.view)}" if draft.query.view else ""
    return (HEAD.format(name=draft.name)
            + DECIDE.format(creation=creation, deleted=deleted, shown=shown)
            + "\n".join(_contract(draft)) + "\n")


def _contract(draft: Draft) -> Iterator[str]:
    yield ""
    yield "CONTRACT = contract("
    yield f"    name={_quoted(draft.name)}, path={_quoted(draft.path)},"
    yield f"    id_member={_quoted(draft.id_member)},"
    yield "    types={"
    for command in draft.commands:
        yield from _type(command)
    yield "    },"
    yield "    decide=decide, evolve=evolve, view=view,"
    yield "    # TODO: requirements that the system does not promise, such as"
    yield '    # not_promised=["CMD-06"],'
    yield ")"


def _type(command: DraftCommand) -> Iterator[str]:
    if not command.members:
        known = "" if not command.has_body else "  # TODO: its members"
        yield f"        {_quoted(command.name)}: {{}},{known}"
        return
    yield f"        {_quoted(command.name)}: {{"
    for name, written in command.members.items():
        yield f"            {_quoted(name)}: {_form(written)}"
    yield "        },"


def _form(written: str) -> str:
    """The form of a member; ``written``: its type as the code or OpenAPI writes it."""
    optional = "required=False" if OPTIONAL.search(written) else ""
    if written == "path":
        return "values.name(),"
    if NUMBERS.search(written):
        more = f", {optional}" if optional else ""
        return f'values.number("1", "1000"{more}),  # TODO: the bounds'
    more = f", {optional}" if optional else ""
    unknown = "the form and the length" if not written else "the length"
    return f"values.plain_text(100{more}),  # TODO: {unknown}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
