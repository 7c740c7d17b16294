"""Consequences of commands that a system need not refuse, because its contract does not promise it.

A system that takes an invalid command as it takes others stores an event, and shows it. Where the
contract does not promise the refusal, nothing of that is wrong, whichever check sees it: the
aggregates of these commands are not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.commands import Acceptance
from harness.core.contract import Contract
from harness.core.history import Reply
from harness.core.json_values import parse_object
from harness.core.ledger import Expect, Ledger
from harness.core.violation import Hop, Kind, Violation

NOT_REFUSED = frozenset({
    Kind.INVALID_ACCEPTED, Kind.INVALID_FAILED, Kind.REFUSAL_ACCEPTED, Kind.REFUSAL_FAILED})


def without_consequences(
    contract: Contract, ledger: Ledger, violations: list[Violation]
) -> list[Violation]:
    """The violations, less those on aggregates of commands whose refusal is not promised.

    A system may store a wrong id in another form, such as a URL's: where one was taken, aggregates
    that no valid command names are not judged.
    """
    if not contract.not_promised:
        return violations
    free = [violation for violation in violations if _is_free(contract, violation)]
    taken = {id for violation in free for id in _aggregates(contract, ledger, violation)}
    taken |= _taken_perhaps(contract, ledger)
    known = {judged.aggregate for judged in ledger.commands}
    nameless = any(violation.aggregate is None for violation in free)
    return [v for v in violations if v.kind in NOT_REFUSED
            or not (v.aggregate in taken or (nameless and v.aggregate not in known))]


def _is_free(contract: Contract, violation: Violation) -> bool:
    """Tell if a command was not refused, and no requirement that is promised asks for it."""
    return violation.kind in NOT_REFUSED and (
        set(contract.attribute(violation, frozenset())) <= contract.not_promised)


def _taken_perhaps(contract: Contract, ledger: Ledger) -> set[str]:
    """The ids of commands that the rules may have refused, and the system did not.

    Which of two overlapping commands came first is open, and so is the effect of an indefinite one.
    """
    found = {judged.aggregate: judged for judged in ledger.commands
             if judged.aggregate is not None and Expect.REFUSE in judged.expected
             and judged.submission.reading.acceptance is Acceptance.MUST
             and judged.sent.reply is not Reply.REFUSED}
    return {id for id, judged in found.items() if _is_free(contract, Violation(
        Kind.REFUSAL_ACCEPTED, id, judged.sent.step, Expect.REFUSE, judged.sent.reply,
        Hop.COMMAND))}


def _aggregates(contract: Contract, ledger: Ledger, violation: Violation) -> Iterator[str]:
    """The ids that the command names; an invalid one may have one that is no aggregate's."""
    if violation.aggregate is not None:
        yield violation.aggregate
        return
    for judged in ledger.commands:
        if judged.sent.step == violation.step and judged.aggregate is None:
            id = (parse_object(judged.sent.body) or {}).get(contract.id_member)
            yield from (id,) if isinstance(id, str) else ()
