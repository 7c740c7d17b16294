"""Translating SAM to CloudFormation by AWS's own translator, without a call to AWS.

The translator asks a session for its region and nothing else, and knows the managed
policies by name itself; a policy it does not know keeps its name.
AWS::Serverless::Application is left out first, because the translator would ask AWS for it.
It is imported where a template needs it: that takes half a second.
"""

from __future__ import annotations

import copy
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from harness.template.read.errors import TranslationFailed, on_one_line
from harness.template.read.pseudo_parameters import REGION

for _name in ("samtranslator.metrics", "samtranslator.feature_toggle"):
    logging.getLogger(_name).setLevel(logging.ERROR)
"""The translator counts its calls for AWS, and would warn at the end that no plugin read them; it
warns as well of features that only AWS switches on."""
_PREFIX = "AWS::Serverless::"
_APPLICATION = "AWS::Serverless::Application"


def is_sam(document: dict[str, Any]) -> bool:
    """Tell if the document needs the translator."""
    resources = document["Resources"].values()
    return any(r["Type"].startswith(_PREFIX) or "Connectors" in r for r in resources)


def translated(document: dict[str, Any], parameters: dict[str, Any], file: Path) -> dict[str, Any]:
    """The document as plain CloudFormation.

    Raises:
        TranslationFailed: SAM refuses it; the message is the translator's own.
    """
    from samtranslator.model.exceptions import (  # type: ignore[import-untyped]  # it has no stubs
        ExceptionWithMessage,
        InvalidDocumentException,
    )

    try:
        return _translate(_without_applications(document), dict(parameters))
    except InvalidDocumentException as error:
        raise _failed(file, "; ".join(on_one_line(each.message) for each in error.causes)) from None
    except ExceptionWithMessage as error:
        raise _failed(file, error.message) from None
    except Exception as error:
        # The translator checks little: on odd input any exception may come out of it.
        raise _failed(file, f"{type(error).__name__} in the translator: {error}") from None


def _translate(document: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]  # it has no stubs
    from samtranslator.translator.translator import (  # type: ignore[import-untyped]  # the same
        Translator,
    )

    session = cast(Any, SimpleNamespace(region_name=REGION))
    translator = Translator(None, Parser(), boto_session=session)
    source = copy.deepcopy(document)
    found = translator.translate(source, parameters, get_managed_policy_map=dict)
    return cast(dict[str, Any], found)


def _without_applications(document: dict[str, Any]) -> dict[str, Any]:
    resources = {n: r for n, r in document["Resources"].items() if r["Type"] != _APPLICATION}
    return {**document, "Resources": resources}


def _failed(file: Path, problem: str) -> TranslationFailed:
    return TranslationFailed(
        f"template {file}",
        expected="SAM that translates to CloudFormation",
        got=on_one_line(problem),
        remedy="correct the template (sam validate says the same)",
    )
