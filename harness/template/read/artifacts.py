"""Local files of a template: code, layers, API definitions, included fragments.

``sam deploy`` and ``aws cloudformation package`` upload such files and put the S3
address in their place (AWS CLI reference, ``cloudformation package``). The translator
takes nothing else, so local paths are written as addresses in a bucket that does not
exist, and read back from the translated template.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

from harness.template.read.documents import locate, read
from harness.template.read.intrinsics import Scope, evaluate

BUCKET: Final = "cqrs-conformance-local-file"
PROPERTIES: Final[Mapping[str, str]] = {
    "AWS::Serverless::Function": "CodeUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}
_REMOTE = re.compile(r"(s3|https?)://")


def with_addresses(resources: Mapping[str, Any], common: Any, scope: Scope) -> dict[str, Any]:
    """The resources with each local path written as an address; ``common`` is Globals."""
    shared = _common_function(common)
    return {name: _with_local_address(resource, shared, scope)
            for name, resource in resources.items()}


def globals_with_addresses(common: Any, scope: Scope) -> Any:
    """The Globals section with its CodeUri written as an address."""
    shared = _common_function(common)
    if "CodeUri" not in shared:
        return common
    return {**common, "Function": _with_address(shared, "CodeUri", scope)}


def local_path(value: Any, folder: Path) -> Path | None:
    """The local file that a code, layer or definition property stands for."""
    if isinstance(value, str) and not _REMOTE.match(value):
        return folder / value
    if not isinstance(value, dict):
        return None
    bucket = value.get("S3Bucket", value.get("Bucket"))
    key = value.get("S3Key", value.get("Key"))
    return folder / unquote(key) if bucket == BUCKET and isinstance(key, str) else None


def addressed_file(value: Any, folder: Path) -> Path | None:
    """The local file of an address that ``with_addresses`` has written."""
    prefix = f"s3://{BUCKET}/"
    if not isinstance(value, str) or not value.startswith(prefix):
        return None
    return folder / unquote(value.removeprefix(prefix))


def with_includes(value: Any, folder: Path) -> Any:
    """The value with local AWS::Include fragments in place; fragments include no others."""
    if isinstance(value, list):
        return [with_includes(item, folder) for item in value]
    if not isinstance(value, dict):
        return value
    location = _include_location(value)
    if location is None:
        return {key: with_includes(item, folder) for key, item in value.items()}
    siblings = {key: item for key, item in value.items() if key != "Fn::Transform"}
    return _merged(read(locate(folder / location)), with_includes(siblings, folder))


def _with_local_address(resource: Any, shared: Mapping[str, Any], scope: Scope) -> Any:
    name = PROPERTIES.get(str(resource.get("Type")))
    properties = resource.get("Properties", {})
    if name is None or not isinstance(properties, dict):
        return resource
    if resource["Type"] == "AWS::Serverless::Function":
        properties = _with_code(properties, shared)
    return {**resource, "Properties": _with_address(properties, name, scope)}


def _with_code(properties: dict[str, Any], shared: Mapping[str, Any]) -> dict[str, Any]:
    """The properties with defaults: the template's folder as code, an image that is not built."""
    both = {**shared, **properties}
    if both.get("PackageType") == "Image":
        own = properties if "ImageUri" in both else {**properties, "ImageUri": "not-built:latest"}
        return {key: value for key, value in own.items() if key != "CodeUri"}
    if "CodeUri" in both or "InlineCode" in both:
        return properties
    return {**properties, "CodeUri": "."}


def _with_address(properties: dict[str, Any], name: str, scope: Scope) -> dict[str, Any]:
    value = properties.get(name)
    if isinstance(value, dict) and "Bucket" not in value:
        value = evaluate(value, scope)
    if not isinstance(value, str) or _REMOTE.match(value):
        return properties
    return {**properties, name: f"s3://{BUCKET}/{quote(value or '.', safe='', errors='replace')}"}


def _common_function(common: Any) -> dict[str, Any]:
    shared = common.get("Function") if isinstance(common, dict) else None
    return shared if isinstance(shared, dict) else {}


def _include_location(value: Mapping[str, Any]) -> str | None:
    macro = value.get("Fn::Transform")
    if not isinstance(macro, dict) or macro.get("Name") != "AWS::Include":
        return None
    parameters = macro.get("Parameters")
    location = parameters.get("Location") if isinstance(parameters, dict) else None
    return location if isinstance(location, str) and not _REMOTE.match(location) else None


def _merged(fragment: Any, siblings: dict[str, Any]) -> Any:
    return {**fragment, **siblings} if isinstance(fragment, dict) else fragment
