"""Reference pages of the documentation that are made of the code's own tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from harness.aws.faults import ERRORS, OTHERS
from harness.core.carriers import LAWS, STORES
from harness.core.faults import (
    CAN_CONFLICT,
    CAN_FAIL_PARTLY,
    CRASHES,
    FAULTS_AFTER_EFFECT,
    HAVE_ENTRIES,
    FaultKind,
)
from harness.core.requirements import Requirement
from harness.explore.estimates import CAPABILITIES as OF_A_STACK
from harness.stages.controlled.stage import CAPABILITIES as OF_THE_EMBEDDED_STAGE

STAGES: Mapping[str, frozenset[str]] = MappingProxyType({
    "moto (embedded)": OF_THE_EMBEDDED_STAGE,
    "localstack, functions hosted": OF_THE_EMBEDDED_STAGE,
    "ministack, localstack, aws": OF_A_STACK,
    "http": frozenset({"http"}),
})
MEANINGS: Mapping[str, str] = MappingProxyType({
    "http": "sends commands and queries",
    "log": "reads the stored events",
    "bus": "controls or repeats the delivery of published events",
    "invoke": "hands a function an event that the harness built",
    "calls": "sees each AWS call of a function, and lets it fail",
    "schedule": "chooses the order of the calls of invocations that overlap",
    "table": "wipes the read model",
    "cold": "starts a function in a new environment",
})
EFFECTS: Mapping[FaultKind, str] = MappingProxyType({
    FaultKind.THROTTLING: "the service refuses the call for now; the SDK may try again",
    FaultKind.SERVICE_ERROR: "the service fails; the SDK may try again",
    FaultKind.ACCESS_DENIED: "the service refuses the call for good",
    FaultKind.TIMEOUT: "the call is never made, and no answer comes",
    FaultKind.LOST_RESPONSE: "the call has had its effect, and no answer comes",
    FaultKind.PARTIAL: "status 200, and the answer says that nothing was taken",
    FaultKind.SOME_ENTRIES: "status 200, and the answer says that every second entry was not taken",
    FaultKind.CONFLICT: "the call is refused because another writer is under way",
    FaultKind.CRASH_BEFORE: "the environment ends before the call",
    FaultKind.CRASH_AFTER: "the environment ends after the call has had its effect",
    FaultKind.FUNCTION_TIMEOUT: "the function's time runs out at the call",
    FaultKind.SLOW: "the call takes a second of the function's time",
    FaultKind.NEARLY_LATE: "the call leaves less than a second of the function's time",
    FaultKind.STALE: "the read shows what there was before the latest writes of another invocation",
})
OPERATIONS: Mapping[FaultKind, str] = MappingProxyType({
    FaultKind.PARTIAL: ", ".join(sorted(CAN_FAIL_PARTLY)),
    FaultKind.SOME_ENTRIES: ", ".join(sorted(HAVE_ENTRIES)),
    FaultKind.CONFLICT: ", ".join(sorted(CAN_CONFLICT)) + " (of S3: conditional ones)",
    FaultKind.STALE: "reads of DynamoDB without `ConsistentRead`, or of an index",
})
"""The calls that a kind can hit; the other kinds hit every call."""


SCHEMAS = (
    "report/report.schema.json", "core/scenario.schema.json", "core/history.schema.json",
    "explore/counterexample.schema.json", "dialect/schema.json",
    "template/read/settings.schema.json",
)
"""The schemas in the package, from the folder of the harness on."""


FIGURES: Mapping[str, str] = MappingProxyType({
    "hunted": "hunted", "killed": "killed", "survived": "survived", "no result": "errored",
    "seconds to the first kill, median": "median_seconds",
    "seconds to the first kill, 95th percentile": "p95_seconds",
    "commands in the counterexample, median": "median_commands",
})


def stages_page(requirements: Sequence[Requirement]) -> str:
    """Return the page on stages: what each can do, and what it therefore judges."""
    words = [word for word in MEANINGS if word in OF_THE_EMBEDDED_STAGE]
    able = [[f"`{word}`", MEANINGS[word],
             *("yes" if word in has else "" for has in STAGES.values())] for word in words]
    judged = [[f"{each.id}", ", ".join(each.needs),
               *("yes" if set(each.needs) <= has else "" for has in STAGES.values())]
              for each in requirements]
    counts = [str(sum(set(each.needs) <= has for each in requirements)) for has in STAGES.values()]
    return "\n".join([
        "# Stages and their capabilities\n",
        "After this page you know which requirements each stage can judge. A requirement *needs* "
        "capabilities; on a stage that lacks one it is *skipped*. [Real stages](real-stages.md) "
        "says how to use them.\n",
        "## Capabilities\n", *_table(["capability", "the harness ...", *STAGES], able), "",
        "A dialect that does not tell where events are stored or published takes `log` or `bus` "
        "away, and a template without a place for events takes `log`.\n",
        "## Requirements\n",
        f"Of the {len(requirements)} requirements of the contract `orders`; where a system's shape "
        "makes one senseless it is *not applicable* on every stage.\n",
        *_table(["requirement", "needs", *STAGES], [*judged, ["**all**", "", *counts]])]) + "\n"


def faults_page() -> str:
    """Return the page on faults: what they do, which calls they hit, and the errors they give."""
    effects = [[kind.value, EFFECTS[kind], OPERATIONS.get(kind, "every call"),
                "yes" if kind in FAULTS_AFTER_EFFECT else "", "yes" if kind in CRASHES else ""]
               for kind in FaultKind]
    answers = {service for service, _ in ERRORS}
    errors = [[service, kind.value, str(status), f"`{code}`"]
              for service in sorted(answers) for (each, kind), (status, code) in ERRORS.items()
              if each == service]
    others = [["others", kind.value, str(status), f"`{code}`"]
              for kind, (status, code) in OTHERS.items()]
    return "\n".join([
        "# Faults\n",
        "After this page you know what the embedded stage can let go wrong with an AWS call of a "
        "function, and what the function then sees. Scenarios name faults in these words, as do "
        "[stories](story-tests.md).\n",
        "## Kinds\n",
        *_table(["fault", "effect", "calls", "the call has had its effect",
                 "ends the environment"], effects), "",
        "A fault hits one call of a role's function, by its number or by its operation, once or "
        "(*lasting*) for the rest of the invocation. Retries of an SDK are calls of their own.\n",
        "## Errors\n",
        "Status and code are those of each service's own list of errors.\n",
        *_table(["service", "fault", "status", "code"], [*errors, *others])]) + "\n"


def carriers_page() -> str:
    """Return the page on the laws of delivery."""
    rows = [[carrier.value, law.order.value, "yes" if law.replays else "",
             "the store tells it" if carrier in STORES else "a function publishes it", law.source]
            for carrier, law in LAWS.items()]
    return "\n".join([
        "# The laws of delivery\n",
        "After this page you know what each carrier of events may do to them. The harness does all "
        "of it and nothing beyond it. Every carrier may hand an event over twice, and late. None "
        "loses one by itself; where a template limits the attempts and keeps no failures, an event "
        "that fails too often is gone.\n",
        *_table(["carrier", "keeps the order", "replays old events", "the event's source",
                 "page of AWS's documentation"], rows)]) + "\n"


def schemas_page() -> str:
    """Return the page on the JSON Schemas: the file of each in the package, and its members."""
    sections = [text for file in SCHEMAS for text in _schema(file)]
    return "\n".join([
        "# JSON Schemas\n",
        "After this page you know the form of every file that the harness reads or writes as data. "
        "Editors and validators may use the schemas; they are in the package, at the paths that "
        "stand here. [Reports](report.md) explains the members of a report, and "
        "[a dialect of your own](dialect.md) those of a dialect.\n", *sections]) + "\n"


def _schema(file: str) -> list[str]:
    schema = json.loads(files("harness").joinpath(*file.split("/")).read_text("utf-8"))
    required = schema.get("required", ())
    members = [[f"`{name}`", _type(member), "yes" if name in required else "",
                member.get("description", "")]
               for name, member in schema.get("properties", {}).items()]
    table = _table(["member", "type", "required", "meaning"], members) if members else []
    parts = ", ".join(f"`{name}`" for name in schema.get("$defs", ()))
    return [f"## {schema['title']}\n", f"File `harness/{file}`. {schema.get('description', '')}\n",
            *table, f"\nParts: {parts}.\n" if parts else ""]


def _type(member: Mapping[str, Any]) -> str:
    """The type of a member in a few words."""
    if "const" in member:
        return f"`{json.dumps(member['const'])}`"
    if "enum" in member:
        return " or ".join(f"`{each}`" for each in member["enum"])
    if "anyOf" in member:
        return " or ".join(_type(each) for each in member["anyOf"])
    named = member.get("type", member.get("$ref", "any").rpartition("/")[2])
    return named if isinstance(named, str) else " or ".join(named)


def power_page(run: Mapping[str, Any]) -> str:
    """Return the page on a run of ``power``, from its JSON, beside its picture ``power.svg``."""
    figures = [[name, *(_figure(run[who], name) for who in ("harness", "baseline"))]
               for name in FIGURES]
    triggers = [[name, str(found["hunted"]), str(found["killed"]),
                 str(found.get("baseline_killed", ""))] for name, found in run["triggers"].items()]
    command = (f"cqrs-conformance power --jobs {run['jobs']} --budget {run['budget']:g} --seed "
               f"{run['seed']} --json docs/power.json --picture docs/power.svg")
    return "\n".join([
        "# The last run of power\n",
        "After this page you know the figures of the last run that was kept; "
        "[how the power is measured](measured-power.md) says how to read them.\n",
        f"Made by `{command}` on {run['processors']} processors with a load of {run['load']}: "
        f"{len(run['miniatures'])} broken implementations, {len(run['conforming'])} conforming "
        f"ones, {len(run['false_alarms'])} false alarms.\n",
        "![Known bugs found over time: the harness beside a plain state machine](power.svg)\n",
        *_table(["figure", "the harness", "a plain state machine"], figures), "",
        "## By trigger\n",
        "A trigger is the thing without which a fault does not show.\n",
        *_table(["trigger", "hunted", "killed", "by the state machine"], triggers), "",
        "[Speed](speed.md) has the times of runs with the command of each, "
        "[fidelity](fidelity.md) the comparison with AWS's own answers.\n"])


def _figure(found: Mapping[str, Any], name: str) -> str:
    value = found[FIGURES[name]]
    return "" if value is None else f"{value:g}"


def _table(heads: Iterable[str], rows: Iterable[Sequence[str]]) -> list[str]:
    heads = list(heads)
    return [_row(heads), _row(["---"] * len(heads)), *map(_row, rows)]


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
