"""The page of a requirement: what is demanded, why, how it goes wrong, and the repair."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import fill, indent

from harness.core.contract import Contract
from harness.core.requirements import Explanation, Requirement

WIDTH = 80


def page(contract: Contract, requirement: Requirement) -> str:
    """Return the page of a requirement for a terminal of 80 columns."""
    found = contract.explained(requirement.id)
    lines = [f"{requirement.id} ({requirement.level.value}, needs {', '.join(requirement.needs)})",
             "", fill(requirement.sentence, WIDTH), ""]
    return "\n".join([*lines, *(_parts(found) if found else ())]).rstrip() + "\n"


def _parts(found: Explanation) -> Iterator[str]:
    for title, text in (("Threat", found.threat), ("Usual mistakes", found.mistakes)):
        yield from (title, fill(text, WIDTH, initial_indent="  ", subsequent_indent="  "), "")
    for title, text in (("Repair in Python", found.python), ("Repair in Node.js", found.node)):
        yield from (title, indent(text, "  "), "")
    yield from ("AWS says so", f"  {found.source}", f"  {found.url}", "")


def markdown(contract: Contract, requirement: Requirement) -> str:
    """Return the section of a requirement for the documentation."""
    found = contract.explained(requirement.id)
    needs = ", ".join(requirement.needs)
    head = [f"## {requirement.id}", "", f"**{requirement.level.value}**, needs {needs}. "
            f"{requirement.sentence}", ""]
    return "\n".join([*head, *(_section(found) if found else ())])


def _section(found: Explanation) -> Iterator[str]:
    yield from (f"**Threat.** {found.threat}", "", f"**Usual mistakes.** {found.mistakes}", "")
    yield from ("```python", found.python, "```", "", "```js", found.node, "```", "")
    yield from (f"AWS: [{found.source}]({found.url})", "")
