"""The region and account that a template was written for, and the template as it is here.

The embedded stage is one account in one region. A template may name others: ``serverless package``
and ``cdk synth`` write the region of the deployment into ARNs and environment variables. The names
come from what these tools and SAM write beside the template (``serverless-state.json``,
``manifest.json``, ``samconfig.toml``), or else from its ARNs, if all name the same.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from harness.template.read.pseudo_parameters import ACCOUNT, REGION

_ARN: Final = re.compile(
    r"\barn:aws:(?!lambda:[a-z0-9-]+:\d+:layer:)[a-z0-9-]+:([a-z]{2}(?:-[a-z]+)+-\d)?:(\d{12})?:")
_PLACE: Final = re.compile(r"aws://(?:(\d{12})|[^/]*)/([a-z]{2}(?:-[a-z]+)+-\d)$")


@dataclass(frozen=True, slots=True)
class Home:
    """The region and the account that a template names."""

    region: str = REGION
    account: str = ACCOUNT


HERE: Final = Home()


def home_of(file: Path, document: Mapping[str, Any]) -> Home:
    """The region and account that a template was written for; those of here if it names none."""
    arns = [_ARN.findall(text) for text in _texts(document)]
    regions = {region for found in arns for region, _ in found if region}
    accounts = {account for found in arns for _, account in found if account}
    told = next((home for home in (_of_assembly(file), _of_serverless(file), _of_sam(file))
                 if home != HERE), HERE)
    region = told.region if told != HERE else _only(regions) or REGION
    account = told.account if told.account != ACCOUNT else _only(accounts) or ACCOUNT
    return Home(region, account)


def here(document: dict[str, Any], home: Home) -> dict[str, Any]:
    """The template with the names of here wherever it names its home."""
    names = {home.region: REGION, home.account: ACCOUNT}
    foreign = {name: own for name, own in names.items() if name != own}
    if not foreign:
        return document
    word = re.compile("|".join(rf"(?<![\w-]){name}(?![\w-])" for name in foreign))
    moved: dict[str, Any] = _moved(document, word, foreign)
    return moved


def _moved(value: Any, word: re.Pattern[str], names: Mapping[str, str]) -> Any:
    """The value with other names; a key of the home takes the place of one of here."""
    if isinstance(value, str):
        return word.sub(lambda found: names[found.group()], value)
    if isinstance(value, list):
        return [_moved(each, word, names) for each in value]
    if not isinstance(value, dict):
        return value
    kept = {key: each for key, each in value.items() if key not in names}
    renamed = {names[key]: each for key, each in value.items() if key in names}
    return {key: _moved(each, word, names) for key, each in {**kept, **renamed}.items()}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _only(names: set[str]) -> str:
    return next(iter(names)) if len(names) == 1 else ""


def _of_assembly(file: Path) -> Home:
    """The environment of most stacks of a cloud assembly."""
    artifacts = _json(file.with_name("manifest.json")).get("artifacts")
    found = [_PLACE.match(str(each.get("environment")))
             for each in (artifacts if isinstance(artifacts, dict) else {}).values()
             if isinstance(each, dict) and each.get("type") == "aws:cloudformation:stack"]
    homes = Counter(Home(place[2], place[1] or ACCOUNT) for place in found if place)
    return homes.most_common(1)[0][0] if homes else HERE


def _of_serverless(file: Path) -> Home:
    provider = _json(file.with_name("serverless-state.json"))
    for name in ("service", "provider", "region"):
        provider = provider.get(name, {}) if isinstance(provider, dict) else {}
    return Home(provider) if isinstance(provider, str) else HERE


def _of_sam(file: Path) -> Home:
    """The region in the default environment of SAM's settings."""
    try:
        settings = tomllib.loads(file.with_name("samconfig.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return HERE
    for command in ("deploy", "global"):
        found: Any = settings
        for name in ("default", command, "parameters", "region"):
            found = found.get(name) if isinstance(found, dict) else None
        if isinstance(found, str):
            return Home(found)
    return HERE


def _json(file: Path) -> Any:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
