"""A contract: the members of every command, the rules, the view and the requirements.

``contract`` makes the contract of a domain, with all the requirements of docs/contract.md. The
other names are the types of its parts. docs/your-own-contract.md makes one step by step.
"""

import cqrs_conformance.claimed  # noqa: F401  # before harness is imported
from harness.core.commands import Acceptance, Accepted, Command, Decision, Refused, State, View
from harness.core.contract import Contract, Member
from harness.core.repetition import Mark, Repetition, Scope
from harness.core.requirements import Level, Requirement
from harness.core.version import Version
from scenarios.domains.standard import contract

__all__ = [
    "Acceptance",
    "Accepted",
    "Command",
    "Contract",
    "Decision",
    "Level",
    "Mark",
    "Member",
    "Refused",
    "Repetition",
    "Requirement",
    "Scope",
    "State",
    "Version",
    "View",
    "contract",
]
