"""References of a template to names that it does not have.

CloudFormation refuses such a template (CloudFormation User Guide, "Ref", "Fn::GetAtt", "Fn::Sub",
"DependsOn attribute"). SAM makes resources of its own, whose names begin with that of the resource
they belong to, or with ``Serverless`` (AWS SAM Developer Guide, "Generated CloudFormation
resources").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.template.read.assembly import read_assembly
from harness.template.read.errors import suggestion

VARIABLE = re.compile(r"\$\{\s*([A-Za-z0-9:]+)(?:\.[^}]*)?\s*\}")
LOOP = "Fn::ForEach"


def dangling_references(file: Path) -> Iterator[str]:
    """A sentence for each reference to nothing."""
    document = read_assembly(file)
    resources = _section(document, "Resources")
    if _has_loops(document):
        return
    names = {*resources, *_section(document, "Parameters"), *_section(document, "Conditions")}
    made_by_sam = tuple(name for name, resource in resources.items()
                        if str(resource.get("Type")).startswith("AWS::Serverless::"))
    for place, name in dict.fromkeys(_references(document)):
        made = made_by_sam and name.startswith((*made_by_sam, "Serverless"))
        if name not in names and not made and not name.startswith("AWS::"):
            yield (f"template {file}, {place}: expected a reference to something that is there, "
                   f"got {name}; {suggestion(name, names)}correct the name")


def _references(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each place of the template with the names that it refers to."""
    for resource_id, resource in _section(document, "Resources").items():
        for name in names_in(resource, resource_level=True):
            yield f"resource {resource_id}", name
    for section in ("Globals", "Outputs"):
        for name in names_in(_section(document, section)):
            yield section, name


def names_in(value: Any, *, resource_level: bool = False) -> Iterator[str]:
    """The names that a value refers to."""
    if isinstance(value, list):
        for item in value:
            yield from names_in(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "DependsOn" and resource_level:
                yield from (name for name in _as_list(item) if isinstance(name, str))
            elif len(value) == 1 and key in ("Ref", "Fn::GetAtt", "Fn::Sub"):
                yield from _named(key, item)
            else:
                yield from names_in(item)


def _named(function: str, argument: Any) -> Iterator[str]:
    """The names in the argument of ``Ref``, ``Fn::GetAtt`` or ``Fn::Sub``."""
    if function == "Fn::Sub":
        text, local = (argument[0], argument[1]) if isinstance(argument, list) and len(
            argument) == 2 else (argument, {})
        yield from (name for name in VARIABLE.findall(str(text)) if name not in local)
        yield from names_in(local)
    elif function == "Fn::GetAtt":
        first = argument[0] if isinstance(argument, list) and argument else argument
        if isinstance(first, str):
            yield first.partition(".")[0]
    elif isinstance(argument, str):
        yield argument


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _section(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = document.get(name)
    return section if isinstance(section, dict) else {}


def _has_loops(value: Any) -> bool:
    """True if names are made by a loop of the template, so that they are not known here."""
    if isinstance(value, list):
        return any(map(_has_loops, value))
    if not isinstance(value, dict):
        return False
    return any(str(key).startswith(LOOP) or _has_loops(item) for key, item in value.items())
