"""The small notations of a dialect: pointers, sources, templates and patterns.

========  ===============================  ==========================================
pointer   ``data.items.0`` or ``/data/a``  a place in a JSON document
source    ``data.amount|text``             a pointer, and the conversion to read it by
template  ``{"$" = 1, kind = "$type"}``    JSON with places for a command's members
text      ``close(id: {id|json})``         any other text with such places
pattern   ``ORDER#{id}``                   text with named parts
========  ===============================  ==========================================

In a template a text that begins with ``$`` names a member of the command, ``$$`` is a dollar
sign, and the key ``$`` stands for all members that have no place of their own. ``setup.NAME`` is
the id of a thing that was set up, and ``setup.NAME.PLACE`` a place in its reply; in braces they
also stand within a text, and in headers and parameters all names do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from harness.core.json_values import to_json
from harness.dialect.conversions import CONVERSIONS, Conversion, ConversionError


class Missing:
    """The type of ``MISSING``."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()
"""The value of a place that a document does not have."""
REST = "$"
PART = re.compile(r"\{(\w[\w.-]*)(?:\|(\w+))?\}")
SETUP = "setup."
"""The beginning of names of what was set up."""
WITHIN = re.compile(r"\{setup\.[\w.-]+\}")
WITHIN_TEXT = re.compile(r"\{\w[\w.-]*\}")
WITHIN_ITEM = re.compile(r"\{(?:id|setup\.[\w.-]+)\}")
"""The parts that a text of a template may have: in a body, where braces may be meant as such (a
document of GraphQL); in a header or a parameter; and in an item that is set up."""


class NotationError(ValueError):
    """A text that is none of these notations; the message says what is expected."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """A place in a JSON document; no parts: the document as a whole."""

    parts: tuple[str, ...] = ()

    def find(self, document: Any) -> Any:
        """The value at the place, or ``MISSING``."""
        found = document
        for part in self.parts:
            found = _inside(found, part)
            if found is MISSING:
                return MISSING
        return found

    def put(self, document: dict[str, Any], value: Any) -> None:
        """Write a value at the place, with the objects around it."""
        at = document
        for part in self.parts[:-1]:
            at = at.setdefault(part, {})
        at[self.parts[-1]] = value


WHOLE = Pointer()
"""The document as a whole."""


def _inside(value: Any, part: str) -> Any:
    """A member of an object, an item of a list; of those that a JSON text writes, too."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        value = read_value(CONVERSIONS["json"], value)
    if isinstance(value, Mapping):
        return value.get(part, MISSING)
    if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
        return value[int(part)]
    return MISSING


def pointer(text: str) -> Pointer:
    """Read a pointer: parts with dots between, or a JSON pointer; empty: the whole document."""
    if text.startswith("/"):
        parts = [part.replace("~1", "/").replace("~0", "~") for part in text[1:].split("/")]
        return Pointer(tuple(parts))
    return Pointer(tuple(text.split(".")) if text else ())


@dataclass(frozen=True, slots=True)
class Source:
    """A place on the wire and how a value is written there."""

    pointer: Pointer
    conversion: Conversion | None = None

    def find(self, document: Any) -> Any:
        """The canonical value; what cannot be converted is given as it is."""
        return read_value(self.conversion, self.pointer.find(document))


@dataclass(frozen=True, slots=True)
class Entries:
    """A place on the wire with a list, of whose entries each has its members in other places.

    ``members`` may be one place: then an entry of the list is the value there.
    """

    pointer: Pointer
    members: Mapping[str, Source] | Source

    def find(self, document: Any) -> Any:
        """The canonical list; what is none is given as it is."""
        found = self.pointer.find(document)
        return [self._entry(each) for each in found] if isinstance(found, list) else found

    def _entry(self, entry: Any) -> Any:
        if isinstance(self.members, Source):
            return self.members.find(entry)
        told = {name: source.find(entry) for name, source in self.members.items()}
        return {name: value for name, value in told.items() if value is not MISSING}


def read_value(conversion: Conversion | None, value: Any) -> Any:
    """A value of the wire in canonical form; what cannot be converted is given as it is."""
    if conversion is None or value is MISSING:
        return value
    try:
        return conversion.to_canonical(value)
    except ConversionError:
        return value


def source(text: str) -> Source:
    """Read a source; ``data|json.id`` is the same as ``data.id``, which reads JSON texts as well.

    Raises:
        NotationError: the conversion is unknown.
    """
    place, conversion = _converted(text.replace("|json.", "."))
    return Source(pointer(place), conversion)


def _converted(text: str) -> tuple[str, Conversion | None]:
    place, bar, name = text.partition("|")
    if not bar:
        return place, None
    if name not in CONVERSIONS:
        raise NotationError(f"a conversion of {', '.join(CONVERSIONS)}, got {name!r}")
    return place, CONVERSIONS[name]


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in a template for a member, or for all the rest of them (``REST``).

    ``always``: a repetition key is made up where the scenario gives none.
    """

    name: str
    conversion: Conversion | None = None
    always: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """An object in a template; ``rest``: the members without a place stand here."""

    members: tuple[tuple[str, Node], ...]
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list in a template."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that is the same in every message."""

    value: Any


@dataclass(frozen=True, slots=True)
class Composed:
    """A text with places in it."""

    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Text:
    """A text with places in it that is no JSON, such as a document of GraphQL.

    ``between``: what stands around the places, one text more than there are ``places``.
    """

    between: tuple[str, ...]
    places: tuple[Reference, ...]


Node = Reference | Branch | Items | Constant | Composed | Text


def template(value: Any, within: re.Pattern[str] = WITHIN) -> Node:
    """Read a template from its JSON form; ``within``: the parts that texts may have.

    Raises:
        NotationError: a reference in it cannot be read.
    """
    if isinstance(value, Mapping):
        members = tuple((name, template(v, within)) for name, v in value.items() if name != REST)
        return Branch(members, REST in value)
    if isinstance(value, list):
        return Items(tuple(template(item, within) for item in value))
    if isinstance(value, str) and value.startswith("$"):
        return Constant(value[1:]) if value.startswith("$$") else _reference(value)
    composed = isinstance(value, str) and within.search(value)
    return Composed(pattern(value)) if composed else Constant(value)


def _reference(text: str) -> Reference:
    name, conversion = _converted(text[1:])
    always = name.endswith("!")
    name = name.removesuffix("!")
    if always and name != "key":
        raise NotationError(f"'!' after $key only, got {text!r}")
    return Reference(name or REST, conversion, always)


def text(written: str) -> Text:
    """Read a text with places: ``{id}``, and with a conversion ``{id|json}``.

    Raises:
        NotationError: a conversion is unknown.
    """
    parts = PART.split(written)
    places = (_reference(f"${name}|{conversion}" if conversion else f"${name}")
              for name, conversion in zip(parts[1::3], parts[2::3], strict=True))
    return Text(tuple(parts[::3]), tuple(places))


def references(node: Node) -> Iterator[Reference]:
    """All references of a template; one for the rest of an object, too."""
    match node:
        case Reference():
            yield node
        case Branch(members, rest):
            yield from (Reference(REST),) if rest else ()
            for _, inner in members:
                yield from references(inner)
        case Items(items):
            for inner in items:
                yield from references(inner)
        case Composed(text):
            yield from map(Reference, text.names)
        case Text(_, places):
            yield from places


def plain_text(value: Any) -> str:
    """A value as text.

    Raises:
        ConversionError: it is no text or number, and has none of its own.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ConversionError(f"{value!r:.60} is neither text nor number")
    return to_json(value)


def rendered(node: Node, values: Mapping[str, Any]) -> Any:
    """The JSON value of a template; ``values[REST]`` is the rest. A missing member has no place.

    Raises:
        ConversionError: a value has no form on the wire.
    """
    match node:
        case Constant(value):
            return value
        case Reference(name, conversion):
            found = values.get(name, MISSING)
            return found if conversion is None or found is MISSING else conversion.to_wire(found)
        case Items(items):
            found = [rendered(item, values) for item in items]
            return [value for value in found if value is not MISSING]
        case Composed(text):
            parts = {name: values.get(name, MISSING) for name in text.names}
            return MISSING if MISSING in parts.values() else text.fill(
                {name: plain_text(value) for name, value in parts.items()})
        case Text(between, places):
            return between[0] + "".join(
                _in_text(place, values) + after
                for place, after in zip(places, between[1:], strict=True))
        case Branch(members, rest):
            whole = dict(values[REST]) if rest else {}
            for name, inner in members:
                value = rendered(inner, values)
                if value is not MISSING:
                    whole[name] = value
            return whole


def _in_text(place: Reference, values: Mapping[str, Any]) -> str:
    """A place of a text; what has no value is null where JSON is written, and else nothing."""
    found = rendered(place, values)
    if found is MISSING:
        return "null" if place.conversion is CONVERSIONS["json"] else ""
    return plain_text(found)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Text with named parts, such as the key of an object: ``orders/{id}/{version}.json``."""

    text: str
    names: tuple[str, ...]
    expression: re.Pattern[str]

    def match(self, text: Any) -> dict[str, str] | None:
        """The named parts of a text; None if it is another one."""
        found = self.expression.fullmatch(text) if isinstance(text, str) else None
        return None if found is None else dict(zip(self.names, found.groups(), strict=True))

    def fill(self, values: Mapping[str, Any]) -> str:
        """The text with those parts."""
        return PART.sub(lambda part: str(values[part[1]]), self.text)


def pattern(text: str) -> Pattern:
    """Read a pattern; a part may be empty and holds no line break.

    Raises:
        NotationError: a name comes twice.
    """
    names = tuple(name for name, _ in PART.findall(text))
    if len(set(names)) < len(names):
        raise NotationError(f"each name once, got {text!r}")
    plain = PART.split(text)
    between = [re.escape(part) for part in plain[::3]]
    whole = between[0] + "".join(f"(.*?){text}" for text in between[1:])
    return Pattern(text, names, re.compile(whole))
