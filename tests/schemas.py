"""The JSON Schemas of files that people write and read, made of the types that read them.

``python -m tests.schemas`` writes them anew; a test says when that is needed. The schemas of a
dialect and of a report are written by hand, since they describe more than types.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from harness.core.history import OPTIONAL_FIELDS, OPTIONAL_MEMBERS, RECORDS, System
from harness.core.scenario import STEPS, Concurrently, Scenario
from harness.entry.options import OPTIONS
from harness.explore import counterexample_files
from harness.stages.options import form_of
from harness.template.read import settings

DRAFT = "https://json-schema.org/draft/2020-12/schema"
HARNESS = Path(__file__).parents[1] / "harness"
Schema = dict[str, Any]
PLAIN: dict[Any, Schema] = {str: {"type": "string"}, int: {"type": "integer"},
                            bool: {"type": "boolean"}, float: {"type": "number"},
                            NoneType: {"type": "null"}, Any: {}}


def of_type(hint: Any) -> Schema:
    """The schema of a type as JSON has its values; a tuple is an array."""
    if hint in PLAIN:
        return PLAIN[hint]
    if get_origin(hint) in (Union, UnionType):
        return {"anyOf": [of_type(member) for member in get_args(hint)]}
    if get_origin(hint) is tuple:
        return _of_tuple(get_args(hint))
    if is_dataclass(hint):
        return of_dataclass(hint)
    assert issubclass(hint, StrEnum)
    return {"enum": [each.value for each in hint]}


def _of_tuple(members: tuple[Any, ...]) -> Schema:
    if members[-1] is Ellipsis:
        return {"type": "array", "items": of_type(members[0])}
    return {"type": "array", "prefixItems": [of_type(each) for each in members],
            "minItems": len(members), "maxItems": len(members)}


def of_dataclass(kind: Any, *, name: tuple[str, str] | None = None, optional: Any = None,
                 **replaced: Schema) -> Schema:
    """The schema of a dataclass. ``name``: a member that names it, and its value.

    ``optional`` says which fields may be left out: by default those that have a default.
    """
    hints = get_type_hints(kind)
    left_out = optional or (lambda field: field.default is not MISSING)
    made = {field.name: replaced.get(field.name) or of_type(hints[field.name])
            for field in fields(kind)}
    required = [field.name for field in fields(kind) if not left_out(field)]
    if name is not None:
        made = {name[0]: {"const": name[1]}} | made
        required = [name[0], *required]
    about = (kind.__doc__ or "").split("\n\n")[0].replace("\n    ", " ")
    return {"type": "object", "description": about, "properties": made, "required": required,
            "additionalProperties": False}


def scenario() -> Schema:
    """The schema of a scenario."""
    inner = {"type": "array", "items": {"type": "array", "items": {"$ref": "#/$defs/step"}}}
    steps = {name: of_dataclass(kind, name=("step", name),
                                **({"branches": inner} if kind is Concurrently else {}))
             for name, kind in STEPS.items()}
    return {
        "$schema": DRAFT, "title": "A scenario of cqrs-conformance, version 1",
        **of_dataclass(Scenario, steps={"type": "array", "items": {"$ref": "#/$defs/step"}}),
        "$defs": {"step": {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in steps]}, **steps}}


def _may_lack(*names: str) -> Any:
    def left_out(field: Field[Any]) -> bool:
        return field.name in names

    return left_out


def history() -> Schema:
    """The schema of a history's documents: a header, then records in their order."""
    records = {name: of_dataclass(kind, name=("record", name),
                                  optional=_may_lack(*OPTIONAL_MEMBERS))
               for name, kind in RECORDS.items()}
    header = {"type": "object", "required": ["namespace", "system"],
              "additionalProperties": False,
              "properties": {"namespace": {"type": "string"},
                             "system": of_dataclass(System, optional=_may_lack(*OPTIONAL_FIELDS))}}
    return {
        "$schema": DRAFT, "title": "A history of cqrs-conformance, version 1",
        "description": "In a file each document is a line; in a report or a counterexample they "
                       "are an array.",
        "type": "array", "minItems": 1, "prefixItems": [header],
        "items": {"oneOf": [{"$ref": f"#/$defs/{name}"} for name in records]}, "$defs": records}


def counterexample() -> Schema:
    """The schema of a counterexample's file; scenario and history have schemas of their own."""
    text, texts = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    properties = {
        "format": {"const": counterexample_files.FORMAT},
        "version": {"const": counterexample_files.VERSION},
        "contract": text, "template": {"type": ["string", "null"]}, "requirement": text,
        "stage": text, "seed": {"type": "integer"}, "dialect": text,
        "scenario": {"type": "object", "required": ["steps"]},
        "history": {"type": "array", "items": {"type": "object"}},
        "expected": {}, "observed": {}, "violation": text, "hop": text, "causes": texts,
        "reproduced": {"type": "array", "items": {"type": "object"}},
    }
    optional = ("dialect", "causes", "reproduced")
    return {"$schema": DRAFT, "title": "A counterexample of cqrs-conformance, version 1",
            "type": "object", "properties": properties, "additionalProperties": False,
            "required": [name for name in properties if name not in optional]}


def settings_table() -> Schema:
    """The schema of ``[tool.cqrs-conformance]``, or of a file cqrs-conformance.toml."""
    texts = {"type": "object", "additionalProperties": {"type": "string"}}
    role = {"description": "The logical id of the role's function.", "type": "string"}
    roles = {
        "parameters": {**texts, "description": "Values of the template's parameters."},
        "command": role, "query": role,
        "projection": {"anyOf": [role, {"type": "array", "items": role}]},
        "runtimes": {"type": "object", "description": "Commands that start a runtime.",
                     "additionalProperties": {"type": "string"}},
        "dialect": {"type": "object", "description": "See the schema of a dialect."},
    }
    assert set(roles) == set(settings.ROLES)
    options = {name: _of_option(name) for name in settings.OPTIONS}
    return {"$schema": DRAFT, "title": "The settings of cqrs-conformance", "type": "object",
            "properties": roles | options, "additionalProperties": False}


def _of_option(name: str) -> Schema:
    declared = OPTIONS[name.replace("-", "_")]
    form = form_of(declared)
    about = {"description": form.text}
    if declared.default is False:
        return {"type": "boolean", **about}
    if declared.default == ():
        return {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
                **about}
    if form.choices:
        return {"enum": list(form.choices), **about}
    return {"type": ["string", "number"] if form.parse else "string", **about}


FILES = {
    HARNESS / "core" / "scenario.schema.json": scenario,
    HARNESS / "core" / "history.schema.json": history,
    HARNESS / "explore" / "counterexample.schema.json": counterexample,
    HARNESS / "template" / "read" / "settings.schema.json": settings_table,
}


def text_of(schema: Schema) -> str:
    """A schema as its file has it."""
    return json.dumps(schema, indent=1) + "\n"


if __name__ == "__main__":
    for path, made in FILES.items():
        path.write_text(text_of(made()), "utf-8")
