"""From a file to a :class:`Template`: the order of the steps, and nothing else.

Settings and parameters come first, since code paths and included files may depend on
them; then SAM is translated; then everything that can be known before deployment is
evaluated; then each reader describes its part.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.template.deploy.moto_template import moto_template
from harness.template.deploy.references import CREATED
from harness.template.describe.destinations import read_destinations, with_destinations
from harness.template.describe.encryption import encryption_keys
from harness.template.describe.expiry import read_expiry
from harness.template.describe.functions import read_functions
from harness.template.describe.invocations import read_invocations, with_helpers
from harness.template.describe.messaging import read_archives, read_feeds, read_rules
from harness.template.describe.model import Template
from harness.template.describe.notifications import read_notifications
from harness.template.describe.pipes import (
    passed_on,
    piped_queues,
    piped_shards,
    piped_streams,
    read_pipes,
)
from harness.template.describe.relays import read_relays
from harness.template.describe.resource_policies import open_services
from harness.template.describe.routes import other_routes, read_routes
from harness.template.describe.sam_build import with_built_code
from harness.template.describe.schedules import read_schedules
from harness.template.describe.settings_not_imitated import settings_not_imitated
from harness.template.describe.streams import read_shards, read_streams, shards_of
from harness.template.describe.topics import read_subscriptions
from harness.template.describe.uses import publishers, read_uses, unrestricted
from harness.template.read import artifacts, documents, sam, settings
from harness.template.read.assembly import read_assembly
from harness.template.read.errors import NotATemplate
from harness.template.read.foreach import expanded
from harness.template.read.home import here, home_of
from harness.template.read.intrinsics import Scope, evaluate
from harness.template.read.parameters import parameters_in_force, scope_of, values
from harness.template.read.resources import KINESIS, QUEUE, TOPIC, Resources, mapping
from harness.template.read.settings import NO_PARAMETERS, Settings


def load(
    path: Path, parameters: Mapping[str, str] = NO_PARAMETERS, *, settings_from: Path | None = None
) -> Template:
    """Read a SAM or CloudFormation template (YAML or JSON) as an implementation.

    ``path`` may be a folder that has a template.yaml, .yml or .json, or in which ``cdk synth`` or
    ``serverless package`` has written. ``parameters`` override those of
    ``[tool.cqrs-conformance]``, and these the defaults. ``settings_from`` is the folder where
    settings are looked for, if it is not the template's.

    Raises:
        TemplateError: the template cannot be read; the error is one sentence for the user.
    """
    file = documents.locate(path)
    try:
        return _loaded(file, parameters, settings.find(settings_from or file.parent))
    except RecursionError:
        raise _too_deep(file) from None


def _loaded(file: Path, given: Mapping[str, str], found: Settings) -> Template:
    folder = file.parent
    document = artifacts.with_includes(read_assembly(file), folder)
    document = here(document, home_of(file, document))
    used = parameters_in_force(document.get("Parameters"), {**found.parameters, **given}, file)
    document = expanded(document, values(mapping(document.get("Parameters")), used))
    documents.check_types(file, document["Resources"])
    scope = scope_of(document, used)
    resources = _existing(*_cloudformation(document, scope, file))
    return _template(file, resources, scope, found, used)


def _cloudformation(
    document: dict[str, Any], scope: Scope, file: Path
) -> tuple[dict[str, Any], Scope]:
    """The document as plain CloudFormation, with the scope that its new conditions need."""
    if not sam.is_sam(document):
        return document["Resources"], scope
    common = document.get("Globals")
    prepared = {
        **document,
        "Resources": artifacts.with_addresses(document["Resources"], common, scope),
        **({"Globals": artifacts.globals_with_addresses(common, scope)} if common else {}),
    }
    translated = sam.translated(prepared, dict(scope.parameters), file)
    conditions = mapping(translated.get("Conditions"))
    return translated["Resources"], Scope(scope.parameters, scope.mappings, conditions)


def _existing(resources: Mapping[str, Any], scope: Scope) -> Resources:
    """The resources whose condition holds, evaluated."""
    wanted = {name: r for name, r in resources.items() if _exists(mapping(r), scope)}
    return Resources({name: mapping(evaluate(r, scope)) for name, r in wanted.items()})


def _exists(resource: Mapping[str, Any], scope: Scope) -> bool:
    return "Condition" not in resource or scope.holds(resource["Condition"])


def _template(
    file: Path, resources: Resources, scope: Scope, found: Settings, used: Mapping[str, str]
) -> Template:
    functions = with_built_code(file, read_functions(resources, file.parent))
    destinations = read_destinations(resources)
    pipes = read_pipes(resources, file)
    links = (*destinations, *passed_on(pipes))
    uses = with_destinations(read_uses(resources), links)
    invocations = read_invocations(functions, resources, uses, links)
    return Template(
        path=file,
        functions=functions,
        routes=read_routes(resources, scope, file.parent),
        rules=read_rules(resources, file),
        feeds=(*read_feeds(resources, file), *piped_queues(pipes, resources)),
        buckets=resources.ids("AWS::S3::Bucket"),
        tables=resources.ids(*(type_ for type_ in CREATED if "Table" in type_)),
        queues=resources.ids(QUEUE),
        body=moto_template(resources),
        parameters=used,
        relays=read_relays(resources),
        publishers=publishers(resources),
        unrestricted=unrestricted(resources),
        open_services=open_services(resources),
        encrypted=encryption_keys(resources),
        streams=(*read_streams(resources, file), *piped_streams(pipes, resources)),
        shards=(*read_shards(resources, file), *piped_shards(pipes, resources)),
        kinesis={name: shards_of(name, resources) for name in resources.ids(KINESIS)},
        pipes=pipes,
        subscriptions=read_subscriptions(resources, file),
        notifications=read_notifications(resources),
        topics=resources.ids(TOPIC),
        schedules=read_schedules(resources),
        fifo=frozenset(name for name, properties in resources.of(QUEUE, TOPIC)
                       if "true" in map(str.lower, map(str, (
                           properties.get("FifoQueue"), properties.get("FifoTopic"))))),
        uses=with_helpers(uses, invocations.called),
        invocations=invocations,
        destinations=destinations,
        expiry=read_expiry(resources),
        archives=read_archives(resources),
        not_imitated=settings_not_imitated(resources),
        warnings=documents.warnings(file),
        other_routes=other_routes(resources, scope, file.parent),
        settings=found,
    )


def _too_deep(file: Path) -> NotATemplate:
    return NotATemplate(
        f"template {file}",
        expected="nesting as people write it",
        got="nesting that is too deep to follow",
        remedy="correct the file",
    )
