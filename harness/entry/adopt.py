"""The command ``adopt``: a first dialect and a contract skeleton for a template."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from harness.adopt.code_routes import routes_in_code
from harness.adopt.draft import draft_of, event_types, is_for_all_paths
from harness.adopt.draft_contract import contract_text
from harness.adopt.draft_dialect import dialect_text
from harness.adopt.openapi import Operations, read_operations
from harness.adopt.survey import Subject, relative, survey
from harness.core import contract_registry as registry
from harness.core.errors import CONFORMS, UserMistake
from harness.dialect import load_dialect
from harness.report.adoption import render_adoption
from harness.template import Template, load

BUILT = ("cdk.out", ".serverless")
"""Folders that tools write beside the sources."""
CONTRACT, DIALECT = "contract.py", "dialect.toml"


def adopt(given: argparse.Namespace, _: list[str]) -> int:
    """Write the two files, and print the mistakes that are left and the next steps.

    Raises:
        UserMistake: a file cannot be read, there are no commands, or a file would be overwritten.
    """
    if not given.template:
        raise UserMistake("adopt", "no template is given", "give TEMPLATE or --template TEMPLATE")
    template = load(Path(given.template))
    draft = draft_of(template, _operations(given, template))
    if not draft.commands:
        raise UserMistake(f"template {template.path}", "neither a route nor a function that could "
                          "take a command", "give the template of the commands' functions, and "
                          "with --openapi the paths, if one route has all of them and the "
                          "sources beside the template name none")
    folder = Path(given.into) if given.into else template.path.parent
    texts = {folder / CONTRACT: contract_text(draft),
             folder / DIALECT: dialect_text(draft, event_types(template))}
    _write(texts)
    contract = registry.find_contract(str(folder / CONTRACT))
    found = survey(Subject(template, contract, load_dialect(folder / DIALECT, contract)))
    print(render_adoption(found, {relative(path): text for path, text in texts.items()},
                          shlex.join(_options(given, folder))))
    return CONFORMS


def _operations(given: argparse.Namespace, template: Template) -> Operations:
    """The operations of the document that is given, else those that a framework serves."""
    if given.openapi:
        return read_operations(Path(given.openapi))
    if not any(is_for_all_paths(route) for route in template.routes):
        return {}
    folder = template.path.parent
    return routes_in_code(folder.parent if folder.name in BUILT else folder)


def _options(given: argparse.Namespace, folder: Path) -> list[str]:
    return ["--contract", relative(folder / CONTRACT), "--dialect", relative(folder / DIALECT)]


def _write(texts: dict[Path, str]) -> None:
    """Write new files.

    Raises:
        UserMistake: one is there, or cannot be written; then none is.
    """
    for path in texts:
        if path.exists():
            raise UserMistake(f"{path}", "it is there, and is not overwritten",
                              "give another folder with --into, or move it away")
    for path, text in texts.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise UserMistake(f"{path}", f"it cannot be written: {error.strerror}",
                              "give another folder with --into") from None
