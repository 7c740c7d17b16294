"""The options in force: those given, then those of ``[tool.cqrs-conformance]``, then defaults."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.core.errors import UserMistake
from harness.entry.options import OPTIONS, RunOptions
from harness.stages.options import form_of, from_given
from harness.template.read.settings import TABLE, Settings, find

PATHS = ("template", "baseline")
"""Options that name a file, seen from the folder of the settings."""


class OptionInvalid(UserMistake):
    """An option in the settings has no value that it could have."""


def in_force(given: Mapping[str, Any]) -> RunOptions:
    """The options of a run; a value that is None was not given.

    Raises:
        OptionInvalid, SettingsInvalid: the settings cannot be used.
    """
    said = {name: value for name, value in given.items() if value is not None}
    template = said.get("template")
    return from_given(RunOptions, {**_of_settings(_found(template)), **said})


def _found(template: str | None) -> Settings:
    place = Path(template) if template else Path()
    return find(place if place.is_dir() else place.parent)


def _of_settings(settings: Settings) -> dict[str, Any]:
    folder = settings.path.parent if settings.path else Path()
    values = {}
    for key, value in settings.options.items():
        name = key.replace("-", "_")
        checked = _checked(settings, key, value)
        values[name] = str(folder / str(checked)) if name in PATHS else checked
    return values


def _checked(settings: Settings, key: str, value: Any) -> Any:
    """The value of an option as the command line would give it."""
    declared = OPTIONS[key.replace("-", "_")]
    form, default = form_of(declared), declared.default
    if default is False or isinstance(value, bool):
        _check(settings, key, value, isinstance(value, bool) and default is False, "true or false")
        return value
    if default == ():
        listed = [value] if isinstance(value, str) else value
        texts = isinstance(listed, list) and all(isinstance(each, str) for each in listed)
        _check(settings, key, value, texts, "a list of texts")
        return listed
    if form.choices:
        _check(settings, key, value, value in form.choices, f"one of {', '.join(form.choices)}")
    try:
        return form.parse(str(value)) if form.parse else str(value)
    except ValueError as error:
        raise OptionInvalid(f"{key} in {TABLE} of {settings.path}", str(error)) from None


def _check(settings: Settings, key: str, value: Any, right: bool, expected: str) -> None:
    if not right:
        raise OptionInvalid(f"{key} in {TABLE} of {settings.path}", repr(value)[:80],
                            expected=expected)
