"""Errors in a template, one exception class per phase.

========================  ====================================================
finding the file          :class:`TemplateNotFound`
reading it                :class:`TemplateUnreadable`, :class:`NotATemplate`
the settings table        :class:`SettingsInvalid`
parameters                :class:`ParameterInvalid`
SAM to CloudFormation     :class:`TranslationFailed`
reading rules             :class:`RuleInvalid`
looking for roles         :class:`RoleNotFound`, :class:`RelayUnsupported`,
                          :class:`NeverInvoked`, :class:`NothingArrives`
about to run a function   :class:`CodeMissing`, :class:`HandlerMissing`,
                          :class:`PackageUnsupported`
========================  ====================================================
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from harness.core.errors import UserMistake


class TemplateError(UserMistake):
    """A template cannot be used."""

    def __init__(self, subject: str, *, expected: str, got: str, remedy: str) -> None:
        super().__init__(subject, got, remedy, expected=expected)

    def _sentence(self) -> str:
        return f"{super()._sentence()}."


class TemplateNotFound(TemplateError):
    """There is no template at the given path."""


class TemplateUnreadable(TemplateError):
    """The file is neither YAML nor JSON, or is built to be expensive to read."""


class NotATemplate(TemplateError):
    """The document is not a CloudFormation or SAM template."""


class SettingsInvalid(TemplateError):
    """The table ``[tool.cqrs-conformance]`` cannot be used."""


class ParameterInvalid(TemplateError):
    """A template parameter has no value, or a value was given for none."""


class TranslationFailed(TemplateError):
    """SAM refuses the template."""


class RuleInvalid(TemplateError):
    """AWS refuses an EventBridge rule, one of its targets, or what feeds a function."""


class RoleNotFound(TemplateError):
    """The template has no function in a role that the contract needs."""


class NeverInvoked(TemplateError):
    """A rule or a route leads to a function, and AWS would never invoke it."""


class NothingArrives(TemplateError):
    """Nothing that commands do reaches a projection."""


class RelayUnsupported(TemplateError):
    """Events reach the bus, or the projection, in a way that the harness does not imitate."""


class CodeMissing(TemplateError):
    """The code of a function is not at the place that the template names."""


class HandlerMissing(TemplateError):
    """A function names no handler."""


class PackageUnsupported(TemplateError):
    """A function's code is not on this machine: an image, or an object in S3."""


def enumeration(names: Iterable[str], empty: str = "none") -> str:
    """Names as a person would list them, at most twenty."""
    found = list(names)
    rest = f" and {len(found) - 20} more" if len(found) > 20 else ""
    return (", ".join(found[:20]) + rest) or empty


def suggestion(name: str, names: Iterable[str]) -> str:
    """A hint at the name that was probably meant, or nothing."""
    close = get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f"did you mean {close[0]}? " if close else ""


def on_one_line(text: str, limit: int = 400) -> str:
    """Text on one line, cut at a length that still fits a terminal."""
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= limit else f"{line[: limit - 3]}..."
