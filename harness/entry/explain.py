"""The command ``explain``: the pages of requirements, for people or for the documentation."""

from __future__ import annotations

import argparse

from harness.core import contract_registry as registry
from harness.entry.selection import selected
from harness.report.explanations import markdown, page

HEAD = """# The requirements, one by one

After this page you know what each requirement guards against, and how to meet it. For each
requirement of [the contract](contract.md): the threat, how implementations usually get it
wrong, and a repair in Python and in Node.js. `cqrs-conformance explain PRJ-02` prints one of them;
this page is what `cqrs-conformance explain --markdown` prints. The repairs are for the domain
`orders` and show the idea, not a whole function.
"""


def explain(given: argparse.Namespace, _: list[str]) -> int:
    """Print the pages of the requirements that are named, or of all."""
    contract = registry.find_contract(given.contract)
    chosen = [contract.requirement(id) for id in selected(contract, given.requirement)]
    if given.markdown:
        print(HEAD)
    render = markdown if given.markdown else page
    print("\n".join(render(contract, each) for each in chosen).rstrip())
    return 0
