"""Verdicts as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from harness.core.aws_operations import is_read
from harness.core.bodies import text_without_namespace
from harness.core.contract import Contract
from harness.core.history import Called, History, Invoked, Role
from harness.core.requirements import Requirement
from harness.core.verdict import Counterexample
from harness.core.violation import Hop, Violation
from harness.functions.processes.stack_traces import summary
from harness.report.aws_calls import render_calls
from harness.report.function_output import render_function_output
from harness.report.scenario_text import Words, render_scenario

ERRORS_SHOWN = 3
WIDE = 2000
ERROR_WIDTH = 2000
"""Characters of an error's line."""


def render_counterexample(
    contract: Contract, requirement: Requirement, found: Counterexample, *commands: str,
    words: Words | None = None,
) -> str:
    """A violated requirement: its sentence, the smallest scenario, and how to reproduce it.

    ``commands`` reproduce the violation; the simplest comes first. ``words``: see ``describe``.
    """
    violation, namespace = found.violation, found.history.namespace
    lines = [
        f"{requirement.id} ({requirement.level.value}) {requirement.sentence}",
        "",
        f"Violated: {violation.kind.value}{_about(violation, namespace)}.",
        "",
        "The smallest scenario found:",
        *(f"  {line}" for line in render_scenario(
            contract, found.scenario, found.history, words)),
        "",
        f"Expected: {limited(text_without_namespace(violation.expected, namespace))}",
        f"Observed: {limited(text_without_namespace(violation.observed, namespace))}",
        f"First differs at: {_place(found)}",
        *_line(found),
        *_reproduced(found),
        *_errors(found.history),
        *_section(render_calls(found.history)),
        *_section(render_function_output(found.history)),
        *_ways(commands),
        *_explained(contract, requirement, commands),
    ]
    return "\n".join(lines)


def render_follower(text: str, first: str) -> str:
    """A violated requirement's text without the scenario: that of ``first`` shows the cause."""
    head, violated, *others = text.split("\n\n")
    ways = [part for part in others if part.startswith("Reproduce:")]
    return "\n\n".join([head, violated, f"One cause with {first}, whose scenario shows it.", *ways])


def _ways(commands: Sequence[str]) -> list[str]:
    if not commands:
        return []
    return ["", f"Reproduce: {commands[0]}", *(f"       or: {command}" for command in commands[1:])]


def _explained(
    contract: Contract, requirement: Requirement, commands: Sequence[str]
) -> list[str]:
    known = contract.explained(requirement.id) is not None
    return [f"Explained: cqrs-conformance explain {requirement.id}"] if commands and known else []


def _about(violation: Violation, namespace: str) -> str:
    if violation.aggregate is None:
        return ""
    return f" (aggregate {violation.aggregate.replace(namespace, '')!a})"


def _section(lines: list[str]) -> list[str]:
    return ["", *lines] if lines else []


def limited(text: str) -> str:
    """A text, cut after ``WIDE`` characters."""
    return text if len(text) <= WIDE else text[:WIDE] + "..."


def _place(found: Counterexample) -> str:
    hop = found.violation.hop
    if hop is not Hop.COMMAND and "log" not in found.history.system.capabilities:
        return "somewhere behind the front door (nothing there can be seen on this stage)"
    relayed = hop is Hop.RELAY or bool(found.history.system.relayed)
    return f"{hop.value} ({_path(hop, relayed=relayed)})"


ROLES = {Hop.COMMAND: Role.COMMAND, Hop.STORE: Role.COMMAND, Hop.BUS: Role.COMMAND,
         Hop.RELAY: Role.RELAY, Hop.PROJECTION: Role.PROJECTION, Hop.QUERY: Role.QUERY}
"""The role whose function makes the calls of a hop."""


def last_call(found: Counterexample) -> Called | None:
    """The last AWS call at the place of a failure whose line is known, a write if there is one."""
    calls = [call for call in found.history.of(Called)
             if call.line and call.role is ROLES.get(found.violation.hop)]
    writes = [call for call in calls if not is_read(call.operation)]
    return next(reversed(writes or calls), None)


def _line(found: Counterexample) -> list[str]:
    last = last_call(found)
    return [f"  last {last.operation} there: {last.line}"] if last else []


def _reproduced(found: Counterexample) -> list[str]:
    """How often the violation appeared again, on stages where a replay may differ."""
    counts = [f"{times} of {tries} times on {name}" for name, times, tries in found.reproduced]
    return [f"Played again: seen {', '.join(counts)}"] if counts else []


def _path(hop: Hop, *, relayed: bool) -> str:
    hops = [h for h in Hop if relayed or h is not Hop.RELAY]
    return " -> ".join(f"[{h.value}]" if h is hop else h.value for h in hops)


def _errors(history: History) -> Iterator[str]:
    """Each error that a function raised, on one line; evidence that no client received."""
    raised = [(run.function, summary(run.error)) for run in history.of(Invoked) if run.error]
    seen = dict.fromkeys(f"{function}: {error[:ERROR_WIDTH]}" for function, error in raised)
    for line in list(seen)[:ERRORS_SHOWN]:
        yield f"Function error: {line}"


def family_line(family: str, passed: Sequence[dict[str, Any]]) -> str:
    """One line for the requirements of a family that passed."""
    scenarios, commands, seconds = (sum(verdict[name] for verdict in passed)
                                    for name in ("examples", "commands", "seconds"))
    return (f"{family}  {len(passed)} passed  {scenarios} scenarios, {commands} commands, "
            f"{seconds:.1f} s")


def so_far_line(verdict: dict[str, Any]) -> str:
    """One line for a requirement that passed, unless scenarios of another one violate it."""
    return f"{verdict['id']}  held so far{_figures(verdict)}"


def verdict_line(verdict: dict[str, Any]) -> str:
    """One line for a verdict document."""
    reason = f"  {verdict['reason']}" if verdict["reason"] else ""
    return f"{verdict['id']}  {verdict['outcome']:<8}{_figures(verdict)}{reason}"


def _figures(verdict: dict[str, Any]) -> str:
    """How much was tried; nothing if that is nothing."""
    if not verdict["examples"]:
        return ""
    return (f"  {verdict['examples']} scenarios, {verdict['commands']} commands, "
            f"triggered {verdict['triggers']} times, {verdict['seconds']:.1f} s")
