"""A stack that is there already: its template as CloudFormation has it, and what is behind it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from harness.core.contract import Contract
from harness.core.errors import StageError
from harness.core.history import Role
from harness.stages.aws.run_data import Manifest, remove_items
from harness.stages.deployed.cloud import Cloud
from harness.stages.deployed.stack import Stack
from harness.stages.deployed.stack_evidence import EVIDENCE, DeployedEvidence
from harness.template import Template, load

USABLE = frozenset({
    "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "IMPORT_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE",
})
"""A stack with one of these has all its resources (CloudFormation User Guide, "Stack status")."""


def template_of(cloud: Cloud, name: str) -> Template:
    """The template of a stack as CloudFormation processed it, with the stack's parameters.

    Raises:
        StageError: the stack is not usable.
        TemplateError: its template cannot be read.
    """
    client = cloud.client("cloudformation")
    stack = client.describe_stacks(StackName=name)["Stacks"][0]
    if stack["StackStatus"] not in USABLE:
        raise StageError(f"stack {name}", f"is {stack['StackStatus']}",
                         "wait for it, or deploy it again")
    body = client.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
    given = {p["ParameterKey"]: p["ParameterValue"] for p in stack.get("Parameters", ())}
    return _loaded(body if isinstance(body, str) else json.dumps(body), given)


def _loaded(text: str, parameters: Mapping[str, str]) -> Template:
    with tempfile.TemporaryDirectory(prefix="cqrs-template-") as folder:
        path = Path(folder) / "template.yaml"
        path.write_text(text, "utf-8")
        return load(path, parameters, settings_from=Path.cwd())


class AttachedEvidence(DeployedEvidence):
    """Access to a stack that others use as well: nothing but the run's own items is removed."""

    def __init__(
        self, cloud: Cloud, stack: Stack, template: Template, contract: Contract,
        roles: Mapping[str, Role], manifest: Manifest,
    ) -> None:
        super().__init__(cloud, stack, template, contract, roles)
        self._manifest = manifest

    @EVIDENCE
    def wipe(self, namespace: str) -> int:
        """Remove a play's items from the read model: those of the ids that it sent."""
        own = [id for id in list(self._manifest.ids) if namespace in id]
        return remove_items(self._cloud, [table.name for table in self._tables], own)
