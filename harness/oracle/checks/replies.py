"""Check replies to commands: accepted or refused as the rules say, disclosing nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.core.commands import Flaw
from harness.core.contract import Contract
from harness.core.history import Called, History, Queried, Reply, Role, Sent, SentBatch
from harness.core.http import Response
from harness.core.ledger import Expect, JudgedCommand, Ledger
from harness.core.violation import Hop, Kind, Violation
from harness.oracle.leases import turned_away

FAILED = {
    Expect.ACCEPT: Kind.VALID_FAILED,
    Expect.REPEAT: Kind.REPEAT_FAILED,
    Expect.REFUSE: Kind.REFUSAL_FAILED,
    Expect.REFUSE_REUSE: Kind.REUSE_FAILED,
    Expect.REFUSE_INVALID: Kind.INVALID_FAILED,
}
CONTRADICTED = {
    Expect.ACCEPT: Kind.VALID_REFUSED,
    Expect.REPEAT: Kind.REPEAT_REFUSED,
    Expect.REFUSE: Kind.REFUSAL_ACCEPTED,
    Expect.REFUSE_REUSE: Kind.REUSE_ACCEPTED,
    Expect.REFUSE_INVALID: Kind.INVALID_ACCEPTED,
}
BODILESS = frozenset({204, 205})
BODY_STATUSES = frozenset({400, 413, 422})
"""Contract, section 3: invalid input is 400; 413 and 422 are fine."""

DISCLOSURES = re.compile(
    r"""Traceback \(most recent call last\)
    | File\ "[^"]+",\ line\ \d+
    | /var/task/ | /var/runtime/ | /opt/(python|nodejs)/ | site-packages | node_modules
    | arn:aws[a-z-]*:[a-z0-9-]+:
    | \b(s3|dynamodb|events|sqs|sns|lambda|sts|kms|logs)(-[\w-]+)?(\.[\w-]+)*\.amazonaws\.com
    | botocore | boto3 | \bClientError\( | An\ error\ occurred\ \(\w+\)\ when\ calling
    | ConditionalCheckFailed | The\ conditional\ request\ failed | \bNoSuch(Key|Bucket)\b
    | The\ specified\ (key|bucket)\ does\ not\ exist | Requested\ resource\ not\ found:\ Table
    | of\ the\ pre-conditions\ you\ specified
    | JSONDecodeError | Expecting\ (value|property\ name) | Extra\ data:\ line
    | Unterminated\ string\ starting
    | codec\ can't\ (en|de)code | \b(Unicode(En|De)code|Key|Attribute|Recursion|Index)Error\b
    | '\w+'\ object\ (is|has)\ no | Cannot\ read\ propert(y|ies)\ of
    | \b(Value|Type|Name|ZeroDivision|Overflow|Runtime)Error\( | <class\ ' | \bNoneType\b
    | decimal\.(Invalid|Conversion|Division) | unconverted\ data\ remains
    | indices\ must\ be\ integers | argument\ of\ type\ '
    | unsupported\ operand\ type | not\ supported\ between\ instances
    | unhashable\ type: | not\ JSON\ serializable | must\ be\ str,\ not
    | object\ is\ not\ (subscript|iter|call)able
    | invalid\ literal\ for | Invalid\ isoformat | does\ not\ match\ format\ '%
    | \d\ required\ positional
    | unexpected\ keyword\ argument | errors\.pydantic\.dev | Failed\ validating\ '
    | Unexpected\ (token|end\ of\ JSON) | in\ JSON\ at\ position
    | \bat\ [\w.<>$]+\ \([^)]*:\d+:\d+\) | \.(js|mjs|ts|py|go|java):\d+
    | java\.(lang|util|io)\. | com\.(amazonaws|fasterxml) | goroutine\ \d+ | panic:\ """,
    re.VERBOSE,
)


def check_replies(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """Every reply to a command against what the worlds allow."""
    for judged in ledger.commands:
        if turned_away(history, judged):
            yield _violation(Kind.TURNED_AWAY, judged, contract)
        else:
            yield from _reply(judged, disturbed(history, judged), contract)


def disturbed(history: History, judged: JudgedCommand) -> bool:
    """Tell if a fault hit the command function while the command was under way."""
    under_way = history.records[max(judged.sent.called, 0) : judged.at]
    return judged.sent.called >= 0 and any(
        isinstance(r, Called) and r.error is not None and r.role is Role.COMMAND
        for r in under_way
    )


def _reply(
    judged: JudgedCommand, excused: bool, contract: Contract
) -> Iterator[Violation]:
    status = judged.sent.response.status
    if judged.sent.reply is Reply.INDEFINITE:
        if status >= 500 and not excused:
            yield _violation(FAILED[_foremost(judged)], judged, contract)
    elif not judged.agrees:
        yield _violation(CONTRADICTED[_foremost(judged)], judged, contract)
    elif judged.sent.reply is Reply.ACCEPTED and not _is_object(judged.sent.response):
        yield _violation(Kind.NOT_AN_OBJECT, judged, contract)
    elif judged.reading.flaw is Flaw.BODY and _refused_oddly(judged.sent):
        yield _violation(Kind.INVALID_STATUS, judged, contract)


def _foremost(judged: JudgedCommand) -> Expect:
    """The expectation to report where there are several: what a plain reader would expect."""
    return next(expect for expect in Expect if expect in judged.expected)


def _refused_oddly(sent: Sent) -> bool:
    return sent.reply is Reply.REFUSED and sent.response.status not in BODY_STATUSES


def _violation(kind: Kind, judged: JudgedCommand, contract: Contract) -> Violation:
    response = judged.sent.response
    return Violation(
        kind=kind,
        aggregate=judged.aggregate,
        step=judged.sent.step,
        expected=_wanted(judged, contract),
        observed=f"{response.status} {response.body[:300]}".strip(),
        hop=Hop.COMMAND,
        flaw=judged.reading.flaw.value if judged.reading.flaw else None,
    )


def _wanted(judged: JudgedCommand, contract: Contract) -> str:
    if judged.reading.flaw is Flaw.BODY:
        return "400"
    foremost = _foremost(judged)
    if foremost in (Expect.ACCEPT, Expect.REPEAT):
        return "2xx with a JSON object"
    if judged.reading.flaw is Flaw.MEMBER:
        wrong = contract.wrong_members(judged.sent.body)
        return f"4xx, since the contract takes no such {' and '.join(wrong)}" if wrong else "4xx"
    return "4xx"


def _is_object(response: Response) -> bool:
    """Tell if a client can read an object; with 204 or 205 it reads nothing (RFC 9110)."""
    if response.status in BODILESS:
        return False
    try:
        return isinstance(response.json(), dict)
    except ValueError:
        return False


def check_disclosure(contract: Contract, history: History, ledger: Ledger) -> Iterator[Violation]:
    """No response says more than its client may know; what clients wrote may come back."""
    names = _distinctive(history.system.names)
    written = "\n".join(_written(history))
    for record in history.records:
        if isinstance(record, Sent | Queried):
            told = _told(record.response, names, written)
            if told is not None:
                hop = Hop.COMMAND if isinstance(record, Sent) else Hop.QUERY
                yield Violation(Kind.DISCLOSURE, None, record.step,
                                "a message that discloses nothing", told, hop)


def _written(history: History) -> Iterator[str]:
    """Everything that clients sent."""
    for record in history.records:
        if isinstance(record, SentBatch):
            yield from record.bodies
        elif isinstance(record, Sent | Queried):
            yield (record.body or "") if isinstance(record, Sent) else record.id


def _distinctive(names: tuple[str, ...]) -> tuple[str, ...]:
    """Resource names that cannot be an ordinary word of a message."""
    return tuple(name for name in names if len(name) >= 8 and not name.isalpha())


def _told(response: Response, names: tuple[str, ...], written: str) -> str | None:
    text = response.body + "\n" + "\n".join(value for _, value in response.headers)
    for found in DISCLOSURES.finditer(text):
        if found.group() not in written:
            return text[max(0, found.start() - 40) : found.end() + 80].strip()
    return next((f"the name {name}" for name in names if name in text), None)
