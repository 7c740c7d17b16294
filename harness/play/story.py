"""A story: a scenario that a test writes step by step, and what it observes on the way.

Nothing is played until something is asked. Then all steps so far are played from the start, as
often as there is a new question: on a stage that repeats each play exactly that is one play.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar

from harness.core.bodies import write_body
from harness.core.contract import Contract
from harness.core.errors import UserMistake
from harness.core.faults import FaultKind
from harness.core.history import Called, Delivered, History, Queried, Sent
from harness.core.http import Response
from harness.core.plain_values import plain_value
from harness.core.scenario import (
    NAMESPACE_MARK,
    Batch,
    ColdStart,
    Concurrently,
    Deliver,
    Drop,
    Fault,
    Hold,
    Query,
    Rebuild,
    Redeliver,
    Scenario,
    Send,
    Settle,
    Step,
    TimePasses,
)
from harness.play.observations import CommandReply, Observed, QueriedView

ROLES = ("command", "relay", "projection", "query")


class Omission(Enum):
    """The value of a member that a test leaves out on purpose."""

    LEFT_OUT = "left out"


LEFT_OUT = Omission.LEFT_OUT


class StoryError(UserMistake):
    """A step of a story cannot be taken, or did nothing."""


Seen = TypeVar("Seen", bound=Observed)


@dataclass
class Branches:
    """Commands and queries that are made at the same time; see ``Story.together``."""

    story: Story
    _steps: list[Step] = field(default_factory=list)

    def send(self, type: str, id: str, *, key: str | None = None, **members: Any) -> CommandReply:
        """Send a command, as ``Story.send`` does."""
        return self._taken(self.story.send(type, id, key=key, **members))

    def query(self, id: str) -> QueriedView:
        """Query a view, as ``Story.query`` does."""
        return self._taken(self.story.query(id))

    def _taken(self, seen: Seen) -> Seen:
        """Take the story's last step into the block."""
        self._steps.append(self.story.steps.pop())
        return seen

    def step(self) -> Concurrently:
        """The step that makes all of them."""
        if len(self._steps) < 2:
            raise StoryError("together()", f"{len(self._steps)} step(s) in it",
                             "two or more can overlap")
        return Concurrently(tuple((step,) for step in self._steps))


@dataclass
class Story:
    """The steps that a test takes with a system. Each method adds one and plays nothing yet.

    Ids are the story's own: each play puts a namespace before them. Events count from 1, those of
    ``redeliver`` in the order in which they were delivered, the others in that in which they wait.
    """

    contract: Contract = field(repr=False)
    _play: Callable[[Scenario], History] = field(repr=False)
    steps: list[Step] = field(default_factory=list, repr=False)
    _played: tuple[Scenario, History] | None = field(default=None, repr=False)

    @property
    def scenario(self) -> Scenario:
        """All steps so far."""
        return Scenario(tuple(self.steps))

    def send(self, type: str, id: str, *, key: str | None = None, **members: Any) -> CommandReply:
        """Send a command; ``key`` is its Idempotency-Key.

        A required member that is not named has a plain valid value; ``LEFT_OUT`` leaves it out.

        Raises:
            StoryError: the contract has no such type.
        """
        return CommandReply(self._response_to(self._command(type, id, key, members)))

    def query(self, id: str) -> QueriedView:
        """Query the view of an aggregate."""
        return QueriedView(self._response_to(Query(NAMESPACE_MARK + id)))

    def deliver_all(self) -> None:
        """Deliver every event that is on its way, but those held back or lost."""
        self._add(Settle())

    def deliver(self, event: int = 1) -> None:
        """Deliver one waiting event before the others."""
        self._add(Deliver(_place(event)))

    def redeliver(self, event: int = 1) -> None:
        """Deliver an event once more; it comes with the next ``deliver_all``."""
        self._add(Redeliver(-(_place(event) + 1)))

    def hold(self, event: int = 1) -> None:
        """Hold a waiting event back, so that those after it overtake it."""
        self._add(Hold(_place(event)))

    def lose(self, event: int = 1) -> None:
        """Lose the delivery of a waiting event; it comes again after the last step."""
        self._add(Drop(_place(event)))

    def deliver_batch(self, size: int, *, poison: int | None = None) -> None:
        """Deliver waiting events as records of one invocation; ``poison``: a bad one's place."""
        self._add(Batch(size, poison))

    def cold_start(self) -> None:
        """Let every function's next invocation run in a new environment."""
        self._add(ColdStart())

    def let_time_pass(self) -> None:
        """Let sixteen minutes pass: longer than any invocation may take."""
        self._add(TimePasses())

    def rebuild(self) -> None:
        """Wipe the read model and deliver the stored events again."""
        self._add(Rebuild())

    @contextmanager
    def crash(
        self, role: str, *, before: str | None = None, after: str | None = None, nth: int = 0
    ) -> Iterator[None]:
        """End a function's environment before or after an AWS call, such as PutEvents.

        ``role``: command, relay, projection or query. ``nth``: which such call from here, from 0.

        Raises:
            StoryError: neither or both are given.
        """
        if (before is None) is (after is None):
            raise StoryError("crash()", expected="before or after, one of them")
        kind = FaultKind.CRASH_BEFORE if after is None else FaultKind.CRASH_AFTER
        self._fault(role, before or after or "*", kind, nth, lasting=False)
        yield

    @contextmanager
    def fail(
        self, role: str, call: str, *, by: str = FaultKind.THROTTLING.value, nth: int = 0,
        lasting: bool = False,
    ) -> Iterator[None]:
        """Let an AWS call of a function go wrong; ``lasting``: all further ones, too.

        Raises:
            StoryError: there is no such role or kind of fault.
        """
        known = {kind.value: kind for kind in FaultKind}
        if by not in known:
            raise StoryError(f"fail(by={by!r})", expected=f"one of {', '.join(sorted(known))}")
        self._fault(role, call, known[by], nth, lasting=lasting)
        yield

    @contextmanager
    def together(self) -> Iterator[Branches]:
        """Let commands and queries overlap; every order of their AWS calls is tried."""
        branches = Branches(self)
        self.steps.append(Concurrently(()))
        place = len(self.steps) - 1
        yield branches
        self.steps[place] = branches.step()

    # -- behind the methods --------------------------------------------------------------

    def _fault(self, role: str, call: str, kind: FaultKind, nth: int, *, lasting: bool) -> None:
        if role not in ROLES:
            raise StoryError(f"role {role!r}", expected=f"one of {', '.join(ROLES)}")
        self._add(Fault(role, call, nth, kind, lasting))

    def _add(self, step: Step) -> None:
        self.steps.append(step)

    def _command(self, type: str, id: str, key: str | None, members: Mapping[str, Any]) -> Send:
        """A command as a step.

        Raises:
            StoryError: the contract has no such type.
        """
        __tracebackhide__ = True
        if type not in self.contract.types:
            raise StoryError(f"command {type!r}", f"contract {self.contract.name} has none",
                             f"it has {', '.join(self.contract.types)}")
        given = {name: value for name, value in {**self._plain(type, members), **members}.items()
                 if value is not LEFT_OUT}
        document = {"type": type, self.contract.id_member: NAMESPACE_MARK + id, **given}
        return Send(write_body(document, self.contract.id_member), key)

    def _plain(self, type: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """Plain values of the required members that are not named, but for a version."""
        version = self.contract.version
        known = () if version is None else (version.member,)
        return {name: plain_value(member) for name, member in self.contract.types[type].items()
                if member.required and name not in (*members, *known)}

    def _response_to(self, step: Step) -> Callable[[], tuple[Response, str]]:
        """Add a step, and give its response and the play's namespace once they are asked for."""
        self._add(step)
        return lambda: self._response(step)

    def _response(self, step: Step) -> tuple[Response, str]:
        number, place, text = self._where(step)
        history = self.history()
        wanted = text.replace(NAMESPACE_MARK, history.namespace)
        records = [r for r in history.records if isinstance(r, Sent | Queried)
                   and r.step == number and wanted == (r.body if isinstance(r, Sent) else r.id)]
        if place >= len(records):
            raise StoryError("the story", "no client of this system could send that request")
        return records[place].response, history.namespace

    def _where(self, wanted: Step) -> tuple[int, int, str]:
        """The number of a step, its place among others of the same text there, and that text."""
        for number, step in enumerate(self.steps):
            inner = ([each for branch in step.branches for each in branch]
                     if isinstance(step, Concurrently) else [step])
            for index, each in enumerate(inner):
                if each is wanted:
                    before = sum(_text(other) == _text(each) for other in inner[:index])
                    return number, before, _text(each)
        raise StoryError("together()", "a reply is not there before the block ends",
                         "look at it after the block")

    def history(self) -> History:
        """The history of all steps so far."""
        scenario = self.scenario
        if self._played is None or self._played[0] != scenario:
            self._played = scenario, self._play(scenario)
        return self._played[1]

    def check_that_all_happened(self) -> None:
        """See that no fault and no redelivery came to nothing: such a story shows nothing.

        Raises:
            StoryError: one did.
        """
        history = self.history()
        for step in self.steps:
            if isinstance(step, Fault) and not _hit(history, step):
                made = sorted({c.operation for c in history.of(Called)
                               if c.role is not None and c.role.value == step.role})
                raise StoryError(
                    f"{step.what.value} at {step.operation} of the {step.role} function",
                    "it never came to that", f"its calls were: {', '.join(made) or 'none'}")
        again = sum(isinstance(step, Redeliver) for step in self.steps)
        if again > sum(delivered.again for delivered in history.of(Delivered)):
            raise StoryError("redeliver()", "no event had been delivered before",
                             "deliver_all() comes first")


def _hit(history: History, fault: Fault) -> bool:
    return any(call.role is not None and call.role.value == fault.role
               and call.error == fault.what.value for call in history.of(Called))


def _text(step: Step) -> str:
    return (step.body or "") if isinstance(step, Send) else (
        step.id if isinstance(step, Query) else "")


def _place(event: int) -> int:
    if event < 1:
        raise StoryError(f"event {event}", expected="1 or more: events count from 1")
    return event - 1
