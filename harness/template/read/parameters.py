"""The values of a template's parameters.

Source: CloudFormation User Guide, "Parameters": a parameter without a default must be
given; lists are written with commas. A parameter that names a Systems Manager parameter
keeps that name as its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.template.read.errors import ParameterInvalid, enumeration, suggestion
from harness.template.read.intrinsics import Scope
from harness.template.read.pseudo_parameters import as_text
from harness.template.read.resources import mapping


def scope_of(document: Mapping[str, Any], used: Mapping[str, str]) -> Scope:
    """The scope of a document's intrinsic functions, with those parameters in force."""
    return Scope(
        parameters=values(mapping(document.get("Parameters")), used),
        mappings=mapping(document.get("Mappings")),
        conditions=mapping(document.get("Conditions")),
    )


def parameters_in_force(
    section: Any, given: Mapping[str, str], file: Path
) -> dict[str, str]:
    """The value in force of each parameter that the template declares.

    Raises:
        ParameterInvalid: one has no value, or a value is given for an unknown one.
    """
    declared = {name: mapping(entry) for name, entry in mapping(section).items()}
    _refuse_unknown(given, declared, file)
    defaults = {n: as_text(e["Default"]) for n, e in declared.items() if "Default" in e}
    used = {**defaults, **given}
    missing = [name for name in declared if name not in used]
    if missing:
        raise _missing(missing, file)
    return used


def values(section: Mapping[str, Any], used: Mapping[str, str]) -> dict[str, str | list[str]]:
    """The values as Ref gives them: lists as lists."""
    return {name: _value(mapping(section.get(name)), text) for name, text in used.items()}


def _value(entry: Mapping[str, Any], text: str) -> str | list[str]:
    type_ = str(entry.get("Type", "String"))
    if type_ == "CommaDelimitedList" or "List<" in type_:
        return [item.strip() for item in text.split(",")]
    return text


def _refuse_unknown(
    given: Mapping[str, str], declared: Mapping[str, Any], file: Path
) -> None:
    unknown = next((name for name in given if name not in declared), None)
    if unknown is not None:
        raise ParameterInvalid(
            f"template {file}, parameter {unknown}",
            expected=f"one of the template's parameters ({enumeration(declared)})",
            got=unknown,
            remedy=f"{suggestion(unknown, declared)}correct or remove it",
        )


def _missing(names: list[str], file: Path) -> ParameterInvalid:
    return ParameterInvalid(
        f"template {file}, parameter {enumeration(names)}",
        expected="a value, since the template gives no default",
        got="none",
        remedy="write a line for each, such as "
               f'{names[0]} = "...", under [tool.cqrs-conformance.parameters] in pyproject.toml',
    )
