"""Several stacks as one template: the cloud assembly that ``cdk synth`` writes.

Source: AWS CDK, "Cloud assembly schema": ``manifest.json`` names the stacks' templates and, for
stages, assemblies in folders below. An output of one stack that another one imports, by its export
(``Fn::ImportValue``) or by its name (``Fn::GetStackOutput``), is replaced by its value. A name that
two stacks use for different things gets the stack's name before it.

Version 1 of the CDK, and its ``LegacyStackSynthesizer``, write parameters for the address of each
asset, which ``cdk deploy`` fills in after an upload. The manifest tells which parameters these are.
They get values here, as if the assets lay in a bucket.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from os.path import relpath
from pathlib import Path
from typing import Any

from harness.template.read.documents import read, read_template

MANIFEST = "manifest.json"
ASSET = "aws:asset:path"
ASSET_BUCKET = "cdk-assets"
SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources")
EXPORT = ""
"""Stands for the name of a stack where an output is known by its export."""
Output = tuple[str, str]
"""A stack's name and the key of an output, or ``EXPORT`` and the name of an export."""
_STACK, _NESTED = "aws:cloudformation:stack", "cdk:cloud-assembly"
_ASSET = "aws:cdk:asset"
_VARIABLE = re.compile(r"\$\{(?!!)\s*([A-Za-z0-9]+)(\.[^}]*)?\s*\}")


@dataclass(frozen=True, slots=True)
class Stack:
    """One stack of an assembly, with its deployed name and its template's document."""

    name: str
    file: Path
    document: Mapping[str, Any]


def read_assembly(file: Path) -> dict[str, Any]:
    """The template in a file; of a cloud assembly, all stacks that belong together.

    The file is a template, a manifest, or one template of an assembly, which brings along the
    stacks that it imports from and those that import from it.

    Raises:
        TemplateUnreadable, NotATemplate: a file is neither a template nor a manifest.
    """
    if file.name == MANIFEST and _is_manifest(read(file)):
        return merged(tuple(_stacks(file)), file.parent)
    manifest = file.with_name(MANIFEST)
    if not manifest.is_file() or not _is_manifest(read(manifest)):
        return read_template(file)
    connected = tuple(_connected(file, tuple(_stacks(manifest))))
    if len(connected) > 1:
        return merged(connected, file.parent)
    return dict(connected[0].document) if connected else read_template(file)


def merged(stacks: tuple[Stack, ...], folder: Path) -> dict[str, Any]:
    """One document that has the resources of all stacks, with paths relative to a folder."""
    whole: dict[str, Any] = {name: {} for name in SECTIONS}
    outputs: dict[Output, Any] = {}
    for stack in stacks:
        own = _with_own_names(stack, folder)
        document = _renamed(own, _clashing(stack.name, own, whole))
        for section in SECTIONS:
            whole[section].update(_section(document, section))
        outputs.update(_outputs(stack.name, document))
        if "Transform" in document:
            whole["Transform"] = document["Transform"]
    whole["Resources"] = _imported(whole["Resources"], outputs)
    return {name: section for name, section in whole.items() if section}


def _is_manifest(document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get("artifacts"), dict)


def _stacks(manifest: Path) -> Iterator[Stack]:
    for name, artifact in read(manifest)["artifacts"].items():
        properties = artifact.get("properties") or {}
        if artifact.get("type") == _STACK:
            file = manifest.parent / properties["templateFile"]
            document = _with_assets(read_template(file), artifact)
            yield Stack(properties.get("stackName", name), file, document)
        elif artifact.get("type") == _NESTED:
            yield from _stacks(manifest.parent / properties["directoryName"] / MANIFEST)


def _with_assets(document: dict[str, Any], artifact: Mapping[str, Any]) -> dict[str, Any]:
    """A stack's document whose parameters for the addresses of assets have defaults."""
    addresses = dict(_addresses(artifact))
    parameters = {name: {"Default": addresses[name], **entry} if name in addresses else entry
                  for name, entry in _section(document, "Parameters").items()}
    return {**document, "Parameters": parameters} if addresses else document


def _addresses(artifact: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The parameters for the addresses of a stack's assets, with values for them."""
    entries = chain.from_iterable(_section(artifact, "metadata").values())
    for asset in (entry.get("data", {}) for entry in entries if entry.get("type") == _ASSET):
        digest = asset.get("sourceHash", asset.get("id", ""))
        values = {"s3BucketParameter": ASSET_BUCKET, "artifactHashParameter": digest,
                  "s3KeyParameter": f"assets/||{digest}.zip"}
        yield from ((asset[key], value) for key, value in values.items() if key in asset)


def _connected(file: Path, stacks: tuple[Stack, ...]) -> Iterator[Stack]:
    """The stacks of an assembly that a stack shares exports with, directly or through others."""
    found = {stack.file for stack in stacks if stack.file.name == file.name}
    gives = {stack.file: {output for output, _ in _outputs(
        stack.name, _with_own_names(stack, file.parent))} for stack in stacks}
    links = [(one.file, other.file) for one in stacks for other in stacks
             if set(_imports(one.document)) & gives[other.file]]
    while more := {end for link in links if set(link) & found for end in link} - found:
        found |= more
    return (stack for stack in stacks if stack.file in found)


def _with_own_names(stack: Stack, folder: Path) -> dict[str, Any]:
    """The document whose exports have plain names, and whose assets are found from a folder."""
    resources = _section(stack.document, "Resources")
    outputs = _section(stack.document, "Outputs")
    return {
        **stack.document,
        "Resources": {name: _placed(resource, stack.file.parent, folder)
                      for name, resource in resources.items()},
        "Outputs": {name: _exporting(output, stack.name) for name, output in outputs.items()},
    }


def _exporting(output: Any, stack: str) -> Any:
    export = output.get("Export") if isinstance(output, dict) else None
    return output if export is None else {**output, "Export": _literal(export, stack)}


def _literal(value: Any, stack: str) -> Any:
    """A value in which a text that depends on nothing but the stack's name is plain."""
    if isinstance(value, list):
        return [_literal(item, stack) for item in value]
    if not isinstance(value, dict):
        return value
    if value == {"Ref": "AWS::StackName"}:
        return stack
    if isinstance(value.get("Fn::Sub"), str):
        text = value["Fn::Sub"].replace("${AWS::StackName}", stack)
        return value if "${" in text else text
    found = {key: _literal(item, stack) for key, item in value.items()}
    parts = found.get("Fn::Join")
    if isinstance(parts, list) and len(parts) == 2 and _all_text(parts[1]):
        return str(parts[0]).join(parts[1])
    return found


def _all_text(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _outputs(stack: str, document: Mapping[str, Any]) -> Iterator[tuple[Output, Any]]:
    """The values that a stack gives out, by output and by export."""
    for key, output in _section(document, "Outputs").items():
        if isinstance(output, dict):
            yield (stack, key), output.get("Value")
            export = output.get("Export")
            name = export.get("Name") if isinstance(export, dict) else None
            if isinstance(name, str):
                yield (EXPORT, name), output.get("Value")


def _imported_output(value: Mapping[str, Any]) -> Output | None:
    """The output of another stack that an intrinsic function stands for, if it is one."""
    name = value.get("Fn::ImportValue")
    if isinstance(name, str):
        return EXPORT, name
    wanted = value.get("Fn::GetStackOutput")
    if not isinstance(wanted, dict):
        return None
    stack, output = wanted.get("StackName"), wanted.get("OutputName")
    return (stack, output) if isinstance(stack, str) and isinstance(output, str) else None


def _imports(value: Any) -> Iterator[Output]:
    if isinstance(value, dict):
        output = _imported_output(value)
        if output is not None:
            yield output
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        yield from _imports(item)


def _imported(value: Any, outputs: Mapping[Output, Any], depth: int = 20) -> Any:
    """The value with each import replaced by the output that it names."""
    if isinstance(value, list):
        return [_imported(item, outputs, depth) for item in value]
    if not isinstance(value, dict):
        return value
    output = _imported_output(value)
    if output is not None and output in outputs and depth:
        return _imported(outputs[output], outputs, depth - 1)
    return {key: _imported(item, outputs, depth) for key, item in value.items()}


def _clashing(
    stack: str, document: Mapping[str, Any], whole: Mapping[str, Any]
) -> dict[str, str]:
    """New names for entries that another stack has under the same name, unless they are equal."""
    prefix = re.sub(r"[^A-Za-z0-9]", "", stack)
    taken = {name: entry for section in SECTIONS for name, entry in whole[section].items()}
    own = {name: entry for section in SECTIONS
           for name, entry in _section(document, section).items()}
    shared = {name for section in ("Parameters", "Mappings", "Conditions")
              for name in _section(document, section)}
    return {name: f"{prefix}{name}" for name, entry in own.items()
            if name in taken and not (name in shared and taken[name] == entry)}


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """A document whose sections and references have other names."""
    if not names:
        return value
    sections = {section: {names.get(name, name): _references(entry, names)
                          for name, entry in _section(value, section).items()}
                for section in SECTIONS}
    return {**value, **sections, "Outputs": _references(_section(value, "Outputs"), names)}


def _references(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_references(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _reference(key, _references(item, names), names) for key, item in value.items()}


def _reference(key: str, value: Any, names: Mapping[str, str]) -> Any:
    """The value of one key, renamed where that key refers to something by its name."""
    if key in ("Ref", "Condition", "DependsOn") and isinstance(value, str):
        return names.get(value, value)
    if key == "DependsOn" and isinstance(value, list):
        return [names.get(name, name) if isinstance(name, str) else name for name in value]
    if key == "Fn::GetAtt" and isinstance(value, str):
        name, dot, attribute = value.partition(".")
        return f"{names.get(name, name)}{dot}{attribute}"
    if key in ("Fn::GetAtt", "Fn::If", "Fn::FindInMap") and isinstance(value, list) and value:
        first = value[0]
        return [names.get(first, first) if isinstance(first, str) else first, *value[1:]]
    return _substituted(value, names) if key == "Fn::Sub" else value


def _substituted(value: Any, names: Mapping[str, str]) -> Any:
    text, variables = (value[0], value[1]) if isinstance(value, list) and len(value) == 2 else (
        value, {})
    if not isinstance(text, str) or not isinstance(variables, dict):
        return value
    outer = {name: new for name, new in names.items() if name not in variables}
    renamed = _VARIABLE.sub(
        lambda m: f"${{{outer.get(m[1], m[1])}{m[2] or ''}}}", text)
    return [renamed, variables] if isinstance(value, list) else renamed


def _placed(resource: Any, source: Path, folder: Path) -> Any:
    """A resource whose asset is found from the folder of the whole."""
    metadata = resource.get("Metadata") if isinstance(resource, dict) else None
    path = metadata.get(ASSET) if isinstance(metadata, dict) else None
    if not isinstance(path, str) or source == folder:
        return resource
    placed = relpath(source / path, folder)
    return {**resource, "Metadata": {**resource["Metadata"], ASSET: placed}}


def _section(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    section = document.get(name)
    return section if isinstance(section, dict) else {}
