"""The first lines of a run: what is judged, by what, and how much is tried."""

from __future__ import annotations

from collections.abc import Iterator

from harness.adopt.runtimes import other_pythons
from harness.core.history import Role
from harness.entry.judge import Judge
from harness.entry.known import known_failures
from harness.entry.parsing import NAME, own_version
from harness.stages.participants import participants

ORDER = (Role.COMMAND, Role.RELAY, Role.PROJECTION, Role.QUERY)


def banner(judge: Judge, tests: int, workers: int) -> Iterator[str]:
    """Lines for people before anything is drawn: the opening, and failures of earlier runs."""
    yield from opening_lines(judge, tests, workers)
    yield ""
    yield from known_failures(judge)


def opening_lines(judge: Judge, tests: int, workers: int) -> Iterator[str]:
    """Lines for people, before the stage opens; each fits a narrow terminal where names do."""
    given = judge.options
    about = given.base_url or judge.implementation() or given.stage
    yield f"{NAME} {own_version()}: {about} on {given.stage}"
    yield from (f"  {line}" for line in _system(judge))
    together = f", {workers} workers" if workers else ""
    yield (f"  contract {given.contract}, {tests} requirements, profile {given.profile}, "
           f"seed {given.set_seed}{together}")


def _system(judge: Judge) -> Iterator[str]:
    """The functions by their roles, and the Python that they do not ask for."""
    template = judge.template()
    if template is None:
        return
    found = participants(template, judge.contract.path, judge.dialect())
    named = {role: found.functions(role) for role in ORDER}
    roles = ", ".join(f"{role.value} {' '.join(names)}" for role, names in named.items() if names)
    if roles:
        yield roles
    if not judge.remote or judge.options.functions == "hosted":
        yield from other_pythons(template, found.roles)
