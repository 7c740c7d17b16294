"""Control over the AWS calls of functions: faults that hit them, and the order they are made in.

Every call of a function passes ``CallControl.around``: it waits for its turn where branches
overlap, meets the fault that is armed for it, and is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from botocore.awsrequest import AWSResponse

from harness.aws.calls import REGION, UNKNOWN, Call
from harness.aws.faults import Plan, no_answer, partial_response
from harness.aws.faults import error_response as error_of
from harness.aws.interception import Perform
from harness.aws.partial import performed_part
from harness.aws.permissions import ENCRYPTION, EVERYTHING, Denied, Permissions, denial
from harness.aws.responses import respond
from harness.aws.schedule import Scheduler, StuckError
from harness.core.errors import StageError
from harness.core.faults import (
    CAN_FAIL_PARTLY,
    CRASHES,
    FAULTS_AFTER_EFFECT,
    SLOW_CALLS,
    FaultKind,
)
from harness.core.history import Role
from harness.core.interleaving import ScheduleDecision
from harness.core.scenario import Fault
from harness.functions.invocation import Crash
from harness.seams.cpython import current_frame
from harness.stages.controlled.calling_lines import (
    LONGEST_PAYLOAD,
    NO_TRACE,
    Trace,
    line_of,
    text_of,
    told_line,
)
from harness.stages.controlled.invocations import Invocations, no_other_branch
from harness.stages.controlled.past import Past
from harness.stages.controlled.recording import Recorder
from harness.stages.controlled.running import Running

OK = 200
Result = tuple[AWSResponse | None, BaseException | None]
"""The response of a call, and the exception that is raised in its place, if one is."""
READING_THE_PAST = frozenset({Role.COMMAND, Role.PROJECTION})
"""Roles whose writes others, or themselves later, may not see yet."""


@dataclass
class CallControl:
    """Decides about every call of a function.

    ``disturbed_functions``: those of which a fault has hit a call in this play. ``deadline``:
    seconds that a branch may run without a call. ``traces_from``: note the lines of calls, in files
    as they are seen from that folder.
    """

    invocations: Invocations
    recorder: Recorder
    deadline: float
    permissions: Permissions = EVERYTHING
    past: Past = field(default_factory=lambda: Past(None, UNKNOWN))
    disturbed_functions: set[str] = field(default_factory=set)
    traces_from: Path | None = None
    _plan: Plan = field(default_factory=Plan)
    _scheduler: Scheduler | None = None
    _stuck: StageError | None = None

    def begin(self) -> None:
        """Begin a play without faults, with new environments where the last one had some.

        Raises:
            StageError: a branch of an earlier play is stuck, and still runs somewhere.
        """
        if self._stuck is not None:
            raise self._stuck
        self._plan.clear()
        self.past.begin()
        for function in sorted(self.disturbed_functions):
            self.invocations.environments.restart(function)
        self.disturbed_functions.clear()

    def arm(self, fault: Fault) -> None:
        """Make a call go wrong."""
        self._plan.arm(fault)

    def concurrently(
        self, branches: Sequence[Callable[[], None]], schedule: Sequence[int]
    ) -> list[ScheduleDecision]:
        """Run branches with their AWS calls interleaved; gives the decisions that were made.

        Raises:
            StageError: one of them does not come back.
        """
        scheduler = Scheduler(
            schedule, self.deadline, self.invocations.turns.pause, self.invocations.turns.resume)
        self._scheduler, self.invocations.give_way = scheduler, scheduler.until
        try:
            with self.invocations.time.clock.overlapping():
                scheduler.run(branches)
        except StuckError as error:
            self.invocations.turns.pause()
            self._stuck = StageError("a concurrent branch", str(error),
                                     "look for an endless loop or a wait in it")
            raise self._stuck from error
        finally:
            self._scheduler, self.invocations.give_way = None, no_other_branch
        return scheduler.decisions

    def is_of_function(self) -> bool:
        """Tell if a call that is made here is a function's."""
        return (self.invocations.turns.running is not None
                or self.invocations.turns.threads.owner() is not None)

    def around(self, call: Call, perform: Perform) -> AWSResponse | None:
        """Make a call, or have it go wrong."""
        with self.invocations.turns.call() as running:
            return perform() if running is None else self._called(running, call, perform)

    def _called(self, running: Running, call: Call, perform: Perform) -> AWSResponse | None:
        branch = self._scheduler.checkpoint() if self._scheduler else None
        if running.ended is not None:
            raise Crash(running.ended)
        running.pass_time()  # that of another one's slow call may have been too much
        running.at = self.invocations.time.clock.called(running.at)
        fault = self._plan.next(running.role.value if running.role else "", call, running.number)
        if fault is FaultKind.STALE and not self.past.before(running.number, call):
            fault = None
        denied = self.permissions.denied(running.function, call)
        if denied is None:
            response, error = self._perform(running, call, fault, perform)
            denied = self._hidden(running, call, response) if error is None else None
        if denied is not None:
            response, error = respond("https://aws", *denial(call, denied)), None
        status = response.status_code if response is not None else 0
        trace = NO_TRACE if self.traces_from is None else Trace(
            told_line(call.line, self.traces_from)
            or line_of(running.environment, current_frame(), self.traces_from),
            self._sent(call, status)[:LONGEST_PAYLOAD], running.clock, text_of(response))
        self.recorder.called(running, call, status, fault, branch, str(denied or ""), trace)
        if error is not None:
            raise error
        return response

    def _sent(self, call: Call, status: int) -> str:
        """The text that a call has sent; that of an object was a stream, and is gone by now."""
        if call.operation == "PutObject" and status == OK:
            return self.recorder.objects.text(call.resource, call.key) or ""
        return call.body.decode("utf-8", "replace")

    def _hidden(
        self, running: Running, call: Call, response: AWSResponse | None
    ) -> Denied | None:
        if response is None:
            return None
        encryption = str(response.headers.get(ENCRYPTION, ""))
        return (self.permissions.hidden(running.function, call, response.status_code)
                or self.permissions.unreadable(running.function, call, encryption))

    def _perform(
        self, running: Running, call: Call, fault: FaultKind | None, perform: Perform
    ) -> Result:
        response = None
        if running.role in READING_THE_PAST:
            self.past.note(running.number, call)
        if fault is FaultKind.STALE:
            kept = self.past.before(running.number, call)
            return self.recorder.performed(
                running.role, call, lambda: self.past.read(kept, perform)), None
        if fault is FaultKind.SOME_ENTRIES:
            self.disturbed_functions.add(running.function)
            return self._perform_part(running, call, perform), None
        if fault is None or fault in FAULTS_AFTER_EFFECT:
            response = self.recorder.performed(running.role, call, perform)
        if fault is None:
            return response, None
        self.disturbed_functions.add(running.function)
        if fault in SLOW_CALLS:
            try:
                self.invocations.time.slow_call(running, fault, call.patience)
            except Crash as error:
                return response, error
            return response, None
        return _disturbed(running, call, fault, response)

    def _perform_part(self, running: Running, call: Call, perform: Perform) -> AWSResponse | None:
        """Perform every second entry of a request; without several all of it fails."""
        part = performed_part(call)
        if part is None:
            whole = call.operation in CAN_FAIL_PARTLY
            return respond("https://aws", *(
                partial_response(call) if whole else error_of(call, FaultKind.THROTTLING)))
        response = self.recorder.performed(running.role, call, lambda: perform(part.request))
        if response is None or response.status_code != OK:
            return response
        headers = {"Content-Type": response.headers.get("Content-Type", "")}
        return respond("https://aws", OK, headers, part.answer(response.content))


def _disturbed(
    running: Running, call: Call, fault: FaultKind, response: AWSResponse | None
) -> Result:
    """The result of a call that a fault hits; ``response``: if it had its effect."""
    if fault in CRASHES:
        timed_out = fault is FaultKind.FUNCTION_TIMEOUT
        return response, running.end(f"Runtime exited: {fault.value}", timed_out=timed_out)
    if fault in (FaultKind.TIMEOUT, FaultKind.LOST_RESPONSE):
        url = f"https://{call.service}.{REGION}.amazonaws.com"
        return response, no_answer(url, performed=fault is FaultKind.LOST_RESPONSE)
    answer = partial_response(call) if fault is FaultKind.PARTIAL else error_of(call, fault)
    return respond("https://aws", *answer), None
