"""Lambda functions and their layers, with Lambda's defaults (API reference, CreateFunction).

Code may be a local path (as ``aws cloudformation package`` takes it), inline text, an
image, an object in S3, a folder that the CDK has staged beside its template (the
metadata ``aws:asset:path``), or a .zip that ``serverless package`` has put there.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from harness.template.describe.model import Code, Function, InlineCode, RemoteCode
from harness.template.read.artifacts import local_path
from harness.template.read.errors import NotATemplate
from harness.template.read.resources import FUNCTION, Resources, items, mapping
from harness.template.read.tokens import references, shown

LAYER = "AWS::Lambda::LayerVersion"
INVOKE_CONFIG = "AWS::Lambda::EventInvokeConfig"


def read_functions(resources: Resources, folder: Path) -> tuple[Function, ...]:
    """Every function of the template.

    Raises:
        NotATemplate: a timeout or a memory size is not a number.
    """
    return tuple(_function(i, p, resources, folder) for i, p in resources.of(FUNCTION))


def _function(
    logical_id: str, properties: Mapping[str, Any], resources: Resources, folder: Path
) -> Function:
    local, remote = _layers(items(properties.get("Layers")), resources, folder)
    return Function(
        logical_id=logical_id,
        runtime=_text(properties.get("Runtime")),
        handler=_text(properties.get("Handler")),
        code=_code(properties, mapping(resources.by_id[logical_id].get("Metadata")), folder),
        timeout=_number(logical_id, "Timeout", properties.get("Timeout", 3)),
        memory=int(_number(logical_id, "MemorySize", properties.get("MemorySize", 128))),
        layers=local,
        remote_layers=remote,
        one_at_a_time=str(properties.get("ReservedConcurrentExecutions")) == "1",
        attempts=_attempts(logical_id, resources),
        aside=_keeps_failures(logical_id, resources),
    )


def _invoke_configs(function: str, resources: Resources) -> list[Mapping[str, Any]]:
    return [properties for _, properties in resources.of(INVOKE_CONFIG)
            if resources.function(properties.get("FunctionName")) == function]


def _keeps_failures(function: str, resources: Resources) -> bool:
    """Tell if an asynchronous invocation that is given up goes to a destination or a queue."""
    letters = mapping(resources.properties(function).get("DeadLetterConfig"))
    return "TargetArn" in letters or any(
        "OnFailure" in mapping(each.get("DestinationConfig"))
        for each in _invoke_configs(function, resources))


def _attempts(function: str, resources: Resources) -> int | None:
    """The attempts that a function's own setting allows, or None where it has none."""
    given = (str(properties.get("MaximumRetryAttempts"))
             for properties in _invoke_configs(function, resources))
    return next((int(retries) + 1 for retries in given if retries in ("0", "1", "2")), None)


def _code(properties: Mapping[str, Any], metadata: Mapping[str, Any], folder: Path) -> Code:
    code = properties.get("Code")
    parts = mapping(code)
    if properties.get("PackageType") == "Image" or "ImageUri" in parts:
        return RemoteCode("image", _text(parts.get("ImageUri")))
    if "ZipFile" in parts:
        return InlineCode(_text(parts["ZipFile"]))
    path = local_path(code, folder) or _staged(metadata, folder) or _packed(parts, folder)
    return path or RemoteCode("s3", _address(parts, "S3Bucket", "S3Key"))


def _staged(metadata: Mapping[str, Any], folder: Path) -> Path | None:
    path = metadata.get("aws:asset:path")
    return folder / path if isinstance(path, str) else None


def _packed(code: Mapping[str, Any], folder: Path) -> Path | None:
    """The .zip beside the template whose name is the last part of the object's key.

    Or the asset of that name: without its command line, the CDK tells no paths of assets.
    """
    key = code.get("S3Key")
    path = folder / key.rpartition("/")[2] if isinstance(key, str) else folder
    if path.suffix != ".zip":
        return None
    places = (path, path.with_name(f"asset.{path.stem}"), path.with_name(f"asset.{path.name}"))
    return next((place for place in places if place.exists()), None)


def _layers(
    layers: list[Any], resources: Resources, folder: Path
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    local: list[Path] = []
    remote: list[str] = []
    for layer in layers:
        path = _layer_path(layer, resources, folder)
        if path is None:
            remote.append(_text(layer))
        else:
            local.append(path)
    return tuple(local), tuple(remote)


def _layer_path(layer: Any, resources: Resources, folder: Path) -> Path | None:
    name = next((n for n in references(layer) if resources.type(n) == LAYER), None)
    if name is None:
        return None
    metadata = mapping(resources.by_id[name].get("Metadata"))
    content = resources.properties(name).get("Content")
    return (local_path(content, folder) or _staged(metadata, folder)
            or _packed(mapping(content), folder))


def _address(parts: Mapping[str, Any], bucket: str, key: str) -> str:
    return f"s3://{_text(parts.get(bucket))}/{_text(parts.get(key))}"


def _text(value: Any) -> str:
    return shown(value) if isinstance(value, str) else ""


def _number(logical_id: str, name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if isfinite(number) and 0 < number <= 100_000:
        return number
    raise NotATemplate(
        f"{name} of function {logical_id}",
        expected="a positive number that Lambda allows",
        got=repr(shown(value))[:80],
        remedy="correct it",
    )
