"""Finding a template's file and reading it into plain values.

The size bound is CloudFormation's own: 1 MB for a template in S3 (CloudFormation User
Guide, "Understand CloudFormation quotas").
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from harness.template.read.errors import (
    NotATemplate,
    TemplateNotFound,
    TemplateUnreadable,
    on_one_line,
    suggestion,
)
from harness.template.read.foreach import PREFIX
from harness.template.read.yaml_text import Unreadable, parse, plain, repeated_keys

MAX_BYTES = 1_000_000
USUAL_NAMES = (
    "template.yaml", "template.yml", "template.json",
    "manifest.json", "cdk.out/manifest.json",
    "cloudformation-template-update-stack.json",
    ".serverless/cloudformation-template-update-stack.json",
)
"""A template as people name it, then as ``cdk synth`` and ``serverless package`` write it."""
TERRAFORM = (".tf", ".tf.json", ".tofu")
GENERATED_BY = {"cdk.json": "cdk synth", "serverless.yml": "serverless package",
                "serverless.yaml": "serverless package", "serverless.ts": "serverless package"}
"""Sources of tools that generate templates -> the command that does it."""


def locate(path: Path) -> Path:
    """The template's file: the path itself, or the usual name in the folder it names.

    Raises:
        TemplateNotFound: there is none.
    """
    try:
        return _located(path)
    except (OSError, ValueError) as error:
        raise _not_found(path, on_one_line(str(error)), "give the path of a template") from None


def read(path: Path) -> Any:
    """The file's YAML or JSON as plain values.

    Raises:
        TemplateUnreadable: it is neither, or too large.
    """
    text = _text(path)
    try:
        return _parse(text)
    except Unreadable as error:
        raise _unreadable(path, on_one_line(str(error)), _remedy(str(error))) from None


def read_template(path: Path) -> dict[str, Any]:
    """The file as a template: a mapping with resources that have types.

    Raises:
        TemplateUnreadable, NotATemplate: it is not.
    """
    document = read(path)
    if not isinstance(document, dict):
        raise _no_template(path, "a mapping", _kind(document))
    resources = document.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise _no_template(path, "a section Resources", _found(document, resources))
    check_types(path, resources, loops=True)
    return document


def check_types(path: Path, resources: dict[str, Any], *, loops: bool = False) -> None:
    """See that all are resources, or loops that make some.

    Raises:
        NotATemplate: one is neither.
    """
    for name, resource in resources.items():
        if loops and name.startswith(PREFIX):
            continue
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise _no_template(path, f"the resource {name} to be a mapping with a Type", "none")


def _located(path: Path) -> Path:
    _refuse_terraform(path)
    if path.is_dir():
        return _inside(path)
    if path.is_file():
        return path
    if path.exists():
        raise _not_found(path, "something that is no regular file", "give a file")
    raise _not_found(path, "no such file", _hint(path))


def _refuse_terraform(path: Path) -> None:
    names = [p.name for p in path.iterdir()] if path.is_dir() else [path.name]
    if all(not (path / name).is_file() for name in USUAL_NAMES) and any(
            name.endswith(TERRAFORM) for name in names):
        raise TemplateUnreadable(
            f"template {path}", expected="a CloudFormation or SAM template",
            got="Terraform's configuration, which is not read here",
            remedy="give a template of the same system, or judge its URL with --stage http")


def _inside(folder: Path) -> Path:
    found = next((folder / name for name in USUAL_NAMES if (folder / name).is_file()), None)
    if found is None:
        raise _not_found(folder, "a folder without template.yaml", _inside_hint(folder))
    return found


def _inside_hint(folder: Path) -> str:
    """The command that writes a template there, or the file that may be one."""
    for source, command in GENERATED_BY.items():
        if (folder / source).is_file():
            return f"{source} is there, so let '{command}' write the template first"
    others = [p.name for p in sorted(folder.iterdir()) if p.suffix in (".yaml", ".yml", ".json")]
    return f"give the file itself ({others[0]}?)" if others else "give the path of a template"


def _hint(path: Path) -> str:
    parent = path.parent
    if not parent.is_dir():
        return f"the folder {parent} does not exist either"
    names = [p.name for p in sorted(parent.iterdir()) if p.is_file()]
    usual = next((name for name in USUAL_NAMES if name in names), None)
    usual_hint = f"did you mean {usual}? " if usual else ""
    return (suggestion(path.name, names) or usual_hint) + "give the path of a template"


def warnings(path: Path) -> tuple[str, ...]:
    """Sentences about a template that can be read, and that may not mean what its author thinks."""
    text = _text(path)
    if text.lstrip().startswith(("{", "[")):
        return ()
    twice = ", ".join(repeated_keys(text))
    return (f"template {path}: a mapping has the same key again: {twice}; CloudFormation takes "
            "the last one",) if twice else ()


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _unreadable(path, "a larger file", "CloudFormation takes templates up to 1 MB")
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _unreadable(path, "bytes that are not UTF-8 text", "save it as UTF-8") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise _unreadable(path, reason, "make the file readable") from None


def _parse(text: str) -> Any:
    if text.lstrip().startswith(("{", "[")):
        try:
            return plain(json.loads(text, object_pairs_hook=_unique))
        except json.JSONDecodeError as error:
            return _flow_yaml(text, f"{error.msg} (line {error.lineno})")
        except RecursionError:
            raise Unreadable("nesting that is too deep") from None
        except ValueError as error:
            raise Unreadable(str(error)) from None
    return parse(text)


def _flow_yaml(text: str, json_problem: str) -> Any:
    """YAML may begin with a brace too; if it is neither, JSON's complaint is the better one."""
    try:
        return parse(text)
    except Unreadable:
        raise Unreadable(json_problem) from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise Unreadable(f"the key {key!r} twice")
        found[key] = value
    return found


def _remedy(problem: str) -> str:
    if "start any token" in problem or "tab " in problem:
        return "correct that line (YAML takes no tabs, and quotes around a leading @ or `)"
    return "name the key once" if " twice" in problem else "correct the file"


def _kind(document: Any) -> str:
    return "an empty file" if document is None else f"a {type(document).__name__}"


def _found(document: dict[str, Any], resources: Any) -> str:
    if "Resources" in document:
        return "an empty one" if not resources else f"a {type(resources).__name__} in its place"
    return "none"


def _not_found(path: Path, got: str, remedy: str) -> TemplateNotFound:
    return TemplateNotFound(f"template {path}", expected="a template", got=got, remedy=remedy)


def _unreadable(path: Path, got: str, remedy: str) -> TemplateUnreadable:
    expected = "YAML or JSON"
    return TemplateUnreadable(f"template {path}", expected=expected, got=got, remedy=remedy)


def _no_template(path: Path, expected: str, got: str) -> NotATemplate:
    remedy = "give a CloudFormation or SAM template"
    return NotATemplate(f"template {path}", expected=expected, got=got, remedy=remedy)
