"""Sweeps: which schedules and faults follow from the calls that a play has shown."""

from collections.abc import Callable, Generator
from dataclasses import replace
from itertools import islice, product

import pytest

from harness.aws.schedule import Scheduler
from harness.core.faults import FaultKind
from harness.core.history import Called, History, Interleaved, Record, Reply, Role, Sent, System
from harness.core.http import Response
from harness.core.scenario import (
    ColdStart,
    Concurrently,
    Deliver,
    Fault,
    Query,
    Redeliver,
    Scenario,
    Send,
    Settle,
)
from harness.explore.sweep import (
    ERRORS,
    FAILURES,
    IN_A_ROW,
    catching_up,
    closing_gaps,
    conflict,
    crashed_recoveries,
    crashes,
    each_in_turn,
    failures,
    first_calls,
    interleavings,
    last_crashes,
    long_lived,
    projecting,
    projection_failures,
    publish_failures,
    query_failures,
    querying,
    races,
    slow_commands,
    slow_races,
    staggered,
    stale_queries,
    two_crashes,
)
from harness.explore.sweep.overlapping import crashing, crowded

GET, PUT, LIST, DELETE = "GetObject", "PutObject", "ListObjectsV2", "DeleteObject"
CLAIM = "PutObject, if there is none"
Script = Callable[[], Generator[tuple[str, str], str | None, str]]
"""A branch: yields calls, is sent what they read, and returns what it makes of that."""
LONGEST = 6
"""Calls that two scripts make at most."""
OVERLAP = Scenario((Concurrently(((Send("one"),), (Send("two"),))),))


def called(
    operation: str, key: str, *, service: str = "s3", resource: str = "events",
    role: Role = Role.COMMAND, invocation: int = 1, branch: int | None = None, status: int = 200,
    unguarded: bool = False,
) -> Called:
    """A call."""
    return Called(role, role.value, invocation, service, operation, resource, key, status, None,
                  (), branch, unguarded=unguarded)


def get_and_put() -> Generator[tuple[str, str], str | None, str]:
    """Reads what there is, and puts something without a condition."""
    seen = yield GET, "k"
    yield PUT, "k"
    return f"saw {seen}"


def get_then_maybe_put() -> Generator[tuple[str, str], str | None, str]:
    """Puts only where there is nothing; reads twice before."""
    seen = yield GET, "k"
    again = yield GET, "k"
    if again is None:
        yield PUT, "k"
    return f"saw {seen}, {again}"


def put_two() -> Generator[tuple[str, str], str | None, str]:
    """Puts two keys."""
    yield PUT, "k"
    yield PUT, "l"
    return ""


def get_and_put_two() -> Generator[tuple[str, str], str | None, str]:
    """Reads what there is, and puts two keys."""
    yield GET, "k"
    yield PUT, "k"
    yield PUT, "l"
    return ""


def get_put_and_put() -> Generator[tuple[str, str], str | None, str]:
    """Reads, puts, and reads and puts again."""
    yield GET, "k"
    yield PUT, "k"
    yield GET, "k"
    yield PUT, "k"
    return ""


def get_two() -> Generator[tuple[str, str], str | None, str]:
    """Reads them in the other order."""
    last = yield GET, "l"
    first = yield GET, "k"
    return f"saw {last}, {first}"


def claim() -> Generator[tuple[str, str], str | None, str]:
    """Claims, and gives back what it has claimed; who cannot, looks who can."""
    seen = yield CLAIM, "k"
    if seen is not None:
        seen = yield GET, "k"
        return "found" if seen else "gone"
    yield PUT, "l"
    yield DELETE, "k"
    return "claimed"


def look_and_lock() -> Generator[tuple[str, str], str | None, str]:
    """Takes a lock that it has seen free, changes something, and gives the lock back."""
    if (yield GET, "lock"):
        return "busy"
    yield PUT, "lock"
    seen = yield GET, "k"
    yield PUT, "k"
    yield DELETE, "lock"
    return f"saw {seen}"


class Machine:
    """Plays scripts as branches of a concurrent block, on a store of its own."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = scripts
        self.outcomes: set[tuple[str, ...]] = set()

    def play(self, scenario: Scenario) -> History:
        """The calls of the scripts under the scenario's schedule."""
        block = scenario.steps[0]
        assert isinstance(block, Concurrently)
        records: list[Record] = []
        store: dict[str, str] = {}
        results = [""] * len(self._scripts)
        running = Scheduler(block.schedule, 5.0, lambda: None, lambda kept: None)

        def branch(number: int) -> None:
            steps, value = self._scripts[number](), None
            try:
                while True:
                    operation, key = steps.send(value)
                    running.checkpoint()
                    beaten = operation == CLAIM and key in store
                    records.append(called(operation.split(",")[0], key, branch=number,
                                          status=412 if beaten else 200,
                                          unguarded=operation == PUT))
                    value = _perform(store, operation, key, number)
            except StopIteration as ended:
                results[number] = ended.value

        running.run([lambda n=n: branch(n) for n in range(len(self._scripts))])  # type: ignore[misc]  # binds n
        made = tuple((d.branch, d.others) for d in running.decisions)
        self.outcomes.add((*results, *sorted(store.values())))
        return History("n", System(), (*records, Interleaved(0, 0, made)))

    def schedules(self, start: float = 0.0) -> list[tuple[int, ...]]:
        """The schedules that the sweep tries."""
        return [scenario.steps[0].schedule  # type: ignore[union-attr]  # it is the block
                for scenario in interleavings(OVERLAP, self.play, start)]

    def every_outcome(self) -> set[tuple[str, ...]]:
        """The results of all orders of two branches' calls."""
        tried = map(self._in_order, product(range(len(self._scripts)), repeat=LONGEST))
        return {outcome for outcome in tried if outcome is not None}

    def _in_order(self, chosen: tuple[int, ...]) -> tuple[str, ...] | None:
        """The outcome if that is enough for all to end, None if not."""
        store: dict[str, str] = {}
        steps = [script() for script in self._scripts]
        waiting = {n: next(s) for n, s in enumerate(steps)}
        results = [""] * len(steps)
        for number in chosen:
            if number not in waiting:
                continue
            value = _perform(store, *waiting.pop(number), number)
            try:
                waiting[number] = steps[number].send(value)
            except StopIteration as ended:
                results[number] = ended.value
        return None if waiting else (*results, *sorted(store.values()))


def _perform(store: dict[str, str], operation: str, key: str, number: int) -> str | None:
    before = store.get(key)
    if operation == PUT or (operation == CLAIM and before is None):
        store[key] = f"{key} of {number}"
    if operation == DELETE:
        store.pop(key, None)
    return before if operation == CLAIM else store.get(key)


class TestInterleavings:
    @pytest.mark.parametrize("scripts", [
        (get_and_put, get_and_put), (get_then_maybe_put, get_then_maybe_put),
        (get_then_maybe_put, get_and_put), (put_two, get_two), (get_two, put_two),
        (put_two, put_two), (claim, claim),
    ])
    def test_everything_that_can_happen_happens(self, scripts: tuple[Script, ...]) -> None:
        """Orders left out differ from one that is tried in nothing anybody sees."""
        machine = Machine(*scripts)
        machine.schedules()

        assert machine.outcomes == machine.every_outcome()

    def test_a_conflict_that_only_another_order_shows_is_explored(self) -> None:
        """The second branch puts nothing unless it comes before the first one's put."""
        assert (1,) in Machine(get_then_maybe_put, get_then_maybe_put).schedules()

    def test_fewest_switches_come_first(self) -> None:
        """Before a write, then before anything; none at all is no overlap, and not tried."""
        assert Machine(get_and_put, get_and_put).schedules()[:2] == [(1,), (0,)]

    def test_who_was_beaten_goes_on_afterwards(self) -> None:
        """A switch after a write that came too late is none more: the other one has ended then."""
        machine = Machine(claim, claim)
        tried = list(islice(interleavings(OVERLAP, machine.play), 3))
        machine.outcomes.clear()
        machine.play(tried[1])

        assert machine.outcomes == {("claimed", "gone", "l of 0")}

    def test_two_take_one_lock(self) -> None:
        """Where a lock is taken without a condition, its owners are soon at work together."""
        machine = Machine(look_and_lock, look_and_lock)
        *_, last = islice(interleavings(OVERLAP, machine.play), 2)
        machine.outcomes.clear()
        machine.play(last)

        assert machine.outcomes == {("saw None", "saw None", "k of 1")}

    def test_writes_begin_elsewhere(self) -> None:
        """So that together some scenarios tell of all; what is tried is the same."""
        first, other = (Machine(get_and_put_two, get_and_put_two).schedules(start)
                        for start in (0.0, 0.5))

        assert (first[0], other[0], set(first)) == ((1,), (2,), set(other))

    def test_races(self) -> None:
        """Some begin with what comes before a write, others with what comes before a read."""
        machine = Machine(get_put_and_put, get_put_and_put)
        tried = [scenario.steps[0].schedule  # type: ignore[union-attr]  # it is the block
                 for scenario in islice(races([OVERLAP] * 4, machine.play), 6)]

        assert tried == [(1,), (3,), (2,), (2,), (2,), (3,)]

    def test_no_schedule_comes_twice(self) -> None:
        """Two plays may lead to the same one."""
        schedules = Machine(get_then_maybe_put, get_then_maybe_put).schedules()

        assert len(set(schedules)) == len(schedules)

    def test_reads_are_not_interleaved(self) -> None:
        """Their order makes no difference."""
        assert Machine(get_two, get_two).schedules() == []


PUT_K = called(PUT, "a/1")
CONFLICTS = {
    "two puts of one key": (PUT_K, called(PUT, "a/1"), True),
    "a get and a put of one key": (called(GET, "a/1"), PUT_K, True),
    "a put and a listing of its prefix": (PUT_K, called(LIST, "a/"), True),
    "a put and a listing of everything": (PUT_K, called(LIST, ""), True),
    "two gets": (called(GET, "a/1"), called(GET, "a/1"), False),
    "two listings": (called(LIST, "a/"), called(LIST, "a/"), False),
    "puts of two keys": (PUT_K, called(PUT, "a/2"), False),
    "a put and a listing of another prefix": (PUT_K, called(LIST, "b/"), False),
    "two buckets": (PUT_K, called(PUT, "a/1", resource="other"), False),
    "two services": (PUT_K, called("PutItem", "a/1", service="dynamodb"), False),
    "an item and a scan": (called("PutItem", "a", service="dynamodb"),
                           called("Scan", "", service="dynamodb"), True),
    "two entries on the bus": (called("PutEvents", "", service="events"),
                               called("PutEvents", "", service="events"), False),
}


@pytest.mark.parametrize("case", CONFLICTS)
def test_calls_conflict_where_their_order_shows(case: str) -> None:
    """In both directions."""
    one, other, expected = CONFLICTS[case]

    assert (conflict(one, other), conflict(other, one)) == (expected, expected)


COMMANDS = Scenario((Send("first", key="1"), Send("second", key="2")))
OTHERS = Scenario((Send("third", key="1"), Send("fourth", key="2")))


def played(scenario: Scenario) -> History:
    """The first command makes one call, the second two, the projection three in all."""
    records = (
        called(PUT, "a/1", invocation=1),
        called(LIST, "a/", invocation=2), called(PUT, "a/2", invocation=2),
        *(called("PutItem", "a", service="dynamodb", role=Role.PROJECTION, invocation=n)
          for n in (3, 3, 4)),
    )
    return History("n", System(), records)


def faults(scenario: Scenario) -> list[Fault]:
    """The scenario's faults."""
    return [step for step in scenario.steps if isinstance(step, Fault)]


class TestFaults:
    def test_crashes_where_they_tell(self) -> None:
        """After each write and before anything, not after a read; the last and others in turn."""
        swept = [(scenario.steps[1], fault.nth, fault.what) for scenario in
                 crashes(COMMANDS, played) for fault in faults(scenario)]
        before, after = FaultKind.CRASH_BEFORE, FaultKind.CRASH_AFTER

        assert [(n, what) for _, n, what in swept] == [
            (1, after), (0, after), (0, after), (0, before), (0, before), (0, before)]

    def test_a_crash_after_a_write_is_before_the_next_call(self) -> None:
        """Where there is one: so it is the same for one that reads afterwards, and writes again."""

        def play(scenario: Scenario) -> History:
            calls = (called(PUT, "a", invocation=1), called(GET, "a", invocation=1),
                     called(PUT, "b", invocation=1))
            return History("n", System(), calls)

        swept = [faults(s)[0] for s in crashes(Scenario((Send("first", key="1"),)), play)]

        assert [(fault.nth, fault.what) for fault in swept] == [
            (1, FaultKind.CRASH_BEFORE), (2, FaultKind.CRASH_AFTER), (0, FaultKind.CRASH_BEFORE)]

    def test_a_crashed_command_is_repeated(self) -> None:
        """At once, with its key."""
        first = next(crashes(COMMANDS, played))

        assert first.steps == (COMMANDS.steps[0], first.steps[1], *COMMANDS.steps[1:] * 2)

    def test_others_come_before_the_repetition(self) -> None:
        """Later commands come before the repetition of a crashed one, and again after it."""
        scenario = list(crashes(COMMANDS, played))[1]
        first, second = COMMANDS.steps

        assert scenario.steps[1:] == (first, second, first, second)

    def test_a_crashed_command_is_never_repeated(self) -> None:
        """Its client gives up, and others go on."""
        scenario = list(crashes(COMMANDS, played))[2]

        assert scenario.steps[1:] == COMMANDS.steps

    def test_every_failure_is_tried_with_a_repetition_and_without(self) -> None:
        """Every way to fail for each of two puts, and for a read those that it knows."""
        assert len(list(failures(COMMANDS, played))) == (len(FAILURES) * 3 - 3) * 2

    def test_a_lasting_failure_is_one_of_an_operation(self) -> None:
        """A put that fails for good still lets the event be published."""
        swept = [f for s in failures(COMMANDS, played) for f in faults(s)]

        assert {(f.operation, f.nth) for f in swept if f.lasting} == {
            ("ListObjectsV2", 0), ("*", 1), ("*", 0)}

    @pytest.mark.parametrize("number", range(len(ERRORS)))
    def test_at_first_every_call_fails_for_good(self, number: int) -> None:
        """Without a repetition, in another way for each scenario; conflicts come before."""
        contested, *swept = list(failures(COMMANDS, played, number / len(ERRORS)))[:3]

        assert [f.what for f in faults(contested)] == [FaultKind.CONFLICT]
        assert [(f.operation, f.what, f.lasting) for s in swept for f in faults(s)] == [
            (operation, ERRORS[number][0], True) for operation in ("ListObjectsV2", "*")]
        assert [len(s.steps) for s in swept] == [3, 3]

    def test_a_put_is_contested(self) -> None:
        """It is named as what it is, since no other call can be."""
        swept = [f for s in failures(COMMANDS, played) for f in faults(s)]

        assert {(f.operation, f.nth) for f in swept if f.what == FaultKind.CONFLICT} == {
            ("PutObject", 0)}

    def test_a_command_that_is_not_repeated_has_no_key(self) -> None:
        """So that requests without one meet every failure, too."""
        first = next(failures(COMMANDS, played))

        assert first.steps == (COMMANDS.steps[0], first.steps[1], Send("second"))

    def test_publishing_fails_in_part_as_well(self) -> None:
        """For each command, in every way, with a repetition and without."""
        swept = list(publish_failures(COMMANDS, played))

        assert (len(swept), faults(swept[1])) == (
            3 + 2 * 2 * (len(FAILURES) + 1),
            [Fault("command", "PutEvents", 0, FaultKind.PARTIAL, lasting=True)])

    def test_publishing_fails_several_times_in_a_row(self) -> None:
        """Each of that many attempts has its failure, whether it is a client's or a queue's."""
        first, *_, other, another = publish_failures(COMMANDS, played)
        several, last = (first, other, another), COMMANDS.steps[-1]

        assert all(faults(scenario) == [
            Fault("command", "PutEvents", nth, FaultKind.PARTIAL) for nth in range(IN_A_ROW)
        ] for scenario in several)
        assert [s.steps.count(last) for s in several] == [1, IN_A_ROW, IN_A_ROW + 1]

    def test_a_batch_of_the_projection_is_left_unprocessed_first(self) -> None:
        """Where it writes one: that is a failure that no other call has."""

        def batch(scenario: Scenario) -> History:
            call = called("BatchWriteItem", "a", service="dynamodb", role=Role.PROJECTION,
                          invocation=3)
            return History("n", System(), (call,))

        first = next(projection_failures(COMMANDS, batch))

        assert faults(first) == [
            Fault("projection", "BatchWriteItem", 0, FaultKind.PARTIAL)]

    def test_every_call_of_the_projection_fails_and_crashes(self) -> None:
        """Calls are counted over all of its invocations; then everything is delivered."""
        swept = list(projection_failures(COMMANDS, played))

        places = {(f.operation, f.nth) for s in swept for f in faults(s)}

        assert (len(swept), places, swept[0].steps[-1]) == (
            3 * len(FAILURES) + 4, {("PutItem", 0), ("PutItem", 1), ("PutItem", 2)}, Settle())

    @pytest.mark.parametrize(("service", "operation", "denied"), [
        ("dynamodb", "GetItem", True), ("s3", "PutObject", True), ("s3", "GetObject", False)])
    def test_a_call_is_denied(self, service: str, operation: str, denied: bool) -> None:
        """An error that no SDK repeats reaches the function; S3 denies reads of nothing anyway."""

        def reading(scenario: Scenario) -> History:
            call = called(operation, "a", service=service, role=Role.PROJECTION, invocation=3)
            return History("n", System(), (call,))

        met = [fault.what for s in projection_failures(COMMANDS, reading) for fault in faults(s)]

        assert (FaultKind.ACCESS_DENIED in met) is denied


class TestTogether:
    def test_each_scenario_has_its_turn(self) -> None:
        """Whatever ends a sweep leaves none out."""
        swept = each_in_turn(crashes)((COMMANDS, OTHERS), played)

        assert [next(swept).steps[-1] for _ in range(3)] == [
            COMMANDS.steps[1], OTHERS.steps[1], COMMANDS.steps[1]]

    def test_each_scenario_begins_elsewhere(self) -> None:
        """So a few of each tell what all of one would."""
        swept = staggered(publish_failures)((COMMANDS, OTHERS), played)
        first = [faults(next(swept))[0].what for _ in range(4)][2:]

        assert first == [FaultKind.PARTIAL, FAILURES[2][0].value]

    def test_staggered_sweeps_are_whole(self) -> None:
        """Only the order is another one."""
        one, other = (set(sweep((COMMANDS, OTHERS), played))
                      for sweep in (staggered(failures), each_in_turn(failures)))

        assert one == other

    def test_what_is_read_when_an_event_comes_too_early_fails_for_good(self) -> None:
        """Before it is delivered, each read in two ways."""
        early = Scenario((Send("first"), Send("second"), Deliver(1)))

        def read(scenario: Scenario) -> History:
            calls = (called(GET, "a/1", role=Role.PROJECTION, invocation=3),
                     called(PUT, "a/9", role=Role.PROJECTION, invocation=3),
                     called(GET, "a/2", role=Role.PROJECTION, invocation=4))
            return History("n", System(), calls)

        swept = list(catching_up(early, read))

        assert [(s.steps[3:], f.operation, f.nth, f.lasting) for s in swept for f in faults(s)] == [
            ((Deliver(1), Settle()), GET, 0, True)] * 2

    def test_what_was_delivered_before_is_no_matter(self) -> None:
        """An event may come too early when the one before those it follows has been delivered."""
        early = Scenario((Send("first"), Deliver(), Send("second"), Send("third"), Deliver(1)))

        def read(scenario: Scenario) -> History:
            sent = Sent(3, "third", None, False, Reply.ACCEPTED, Response(200, (), ""))
            calls = (called(GET, "a/1", role=Role.PROJECTION, invocation=3), sent,
                     called(LIST, "a/", role=Role.PROJECTION, invocation=4))
            return History("n", System(), calls)

        swept = list(catching_up(early, read))

        assert [fault.operation for s in swept for fault in faults(s)] == [LIST] * 2
        assert all(s.steps[5:] == (Deliver(1), Settle()) for s in swept)

    def test_a_delivery_that_closes_a_gap_crashes(self) -> None:
        """Its calls are counted from the early event's delivery on, which crashes afterwards."""
        early = Scenario((Send("first"), Send("second"), Deliver(1)))

        def kept(scenario: Scenario) -> History:
            made = (("PutItem", 3), ("PutItem", 4), ("GetItem", 4), ("GetItem", 4))
            return History("n", System(), tuple(
                called(operation, "a", service="dynamodb", role=Role.PROJECTION, invocation=n)
                for operation, n in made))

        swept = list(closing_gaps(early, kept))

        assert [(s.steps.index(fault), fault.operation, fault.nth, fault.what)
                for s in swept for fault in faults(s)] == [
            (3, "GetItem", 0, FaultKind.CRASH_BEFORE), (3, "GetItem", 1, FaultKind.CRASH_AFTER),
            (2, "PutItem", 0, FaultKind.CRASH_AFTER)]

    def test_the_last_delivery_crashes(self) -> None:
        """All the others have been made by then."""

        def read(scenario: Scenario) -> History:
            sent = Sent(3, "second", None, False, Reply.ACCEPTED, Response(200, (), ""))
            return History("n", System(), (*played(scenario).records, sent, *(
                called(operation, "a", service="dynamodb", role=Role.PROJECTION, invocation=5)
                for operation in ("DeleteItem", "PutItem"))))

        swept = list(last_crashes(COMMANDS, read))

        assert [(s.steps[1:4:2], fault.operation, fault.what)
                for s in swept for fault in faults(s)] == [
            ((Settle(), Fault("projection", "PutItem", 0, FaultKind.CRASH_BEFORE)),
             "PutItem", FaultKind.CRASH_BEFORE),
            ((Settle(), Fault("projection", "PutItem", 0, FaultKind.CRASH_AFTER)),
             "PutItem", FaultKind.CRASH_AFTER)]

    @pytest.mark.parametrize(("reads", "behind"), [((True,), 0), ((False, True), 1),
                                                   ((True, True), 2)])
    def test_reads_of_one_query_are_behind(self, reads: tuple[bool, ...], behind: int) -> None:
        """Each alone, where there are several: one alone shows what was there before."""
        base = Scenario((Send("first"), Concurrently(((Query("~a"),), (Deliver(),)))))

        def asked(scenario: Scenario) -> History:
            return History("n", System(), tuple(
                replace(called(GET, "a", role=Role.QUERY, invocation=3), eventual=eventual)
                for eventual in reads))

        swept = list(stale_queries([base], asked))

        assert [s.steps for s in swept] == [
            (Send("first"), Deliver(), Fault("query", "*", nth, FaultKind.STALE), Query("~a"))
            for nth in range(behind)]

    def test_early_events_have_their_turn(self) -> None:
        """So that not all that a short run plays is failures of events in order."""
        early = Scenario((*COMMANDS.steps, Deliver(1)))

        def read(scenario: Scenario) -> History:
            call = called(GET, "a/1", role=Role.PROJECTION, invocation=3)
            return played(scenario) if scenario == COMMANDS else History("n", System(), (call,))

        swept = list(islice(projecting([COMMANDS, early], read), 10))

        assert [Deliver(1) in scenario.steps for scenario in swept].count(True) == 3

    def test_a_query_fails_between_two_that_do_not(self) -> None:
        """A view that was shown before its reads fail is shown again afterwards."""
        shown = Scenario((Send("first"), Settle(), Query("a")))

        def read(scenario: Scenario) -> History:
            calls = (called(GET, "a", role=Role.QUERY, invocation=3),
                     called(GET, "a", role=Role.QUERY, invocation=4))
            return History("n", System(), calls)

        swept = list(query_failures(shown, read))

        assert {scenario.steps[3:] for scenario in swept} == {
            (fault, Query("a")) for scenario in swept for fault in faults(scenario)}
        assert {(f.role, f.what) for s in swept for f in faults(s)} == {
            ("query", kind.value) for kind, _ in FAILURES
            if kind not in (FaultKind.LOST_RESPONSE, FaultKind.CONFLICT)}

    def test_failing_queries_come_before_reads_beside_deliveries(self) -> None:
        """They are fewer, and cost less."""
        beside = Scenario((Send("first"), Concurrently(((Query("a"),), (Deliver(),)))))
        call = called(GET, "a", role=Role.QUERY)
        swept = querying([beside, Scenario((Send("first"), Settle(), Query("a")))],
                         lambda scenario: History("n", System(), (call,)))

        assert faults(next(swept))


class TestSlowCalls:
    def test_everywhere(self) -> None:
        """The last command is slow from each of its calls on, each time on another aggregate."""
        body = '{"id": "~a"}'
        calls = (called(LIST, "k"), called(PUT, "k"))
        (found,) = slow_commands(
            Scenario((Send(body, "one"),)), lambda scenario: History("n", System(), calls))

        assert found.steps == (
            Fault("command", "*", 0, FaultKind.NEARLY_LATE, lasting=True), Send('{"id": "~100"}'),
            Fault("command", "*", 1, FaultKind.NEARLY_LATE, lasting=True), Send('{"id": "~101"}'))

    def test_before_each_write(self) -> None:
        """The other command goes first where this one is slow before a write, if not its first."""
        calls = (called(PUT, "k", branch=0), called(LIST, "k", branch=0),
                 called(PUT, "k", branch=0), called(PUT, "k", branch=1))
        (found,) = slow_races(OVERLAP, lambda scenario: History("n", System(), calls))

        assert found.steps == (
            Fault("command", "*", 1, FaultKind.NEARLY_LATE, lasting=True),
            Concurrently(((Send("one"),), (Send("two"),)), (2,)))


BODY = '{"id": "~a"}'
ONE, TWO, THREE = (Send(BODY, key) for key in ("1", "2", "3"))


def invocations(*several: tuple[str, ...], role: Role = Role.COMMAND) -> History:
    """A history in which each invocation of a function of that role makes some calls."""
    return History("n", System(), tuple(
        called(operation, "k", invocation=number, role=role)
        for number, operations in enumerate(several) for operation in operations))


class TestLeftovers:
    def test_two_crashes(self) -> None:
        """Two commands crash at the same place, and the third comes; at first both come again."""
        found = list(two_crashes(Scenario((ONE, TWO, THREE)),
                                 lambda scenario: invocations((PUT,), (PUT,), (PUT,))))
        crash = Fault("command", "*", 0, FaultKind.CRASH_AFTER)

        assert [scenario.steps for scenario in found[:2]] == [
            (crash, ONE, crash, TWO, THREE), (crash, ONE, crash, TWO, THREE, ONE, TWO)]
        assert len(found) == 3

    def test_crashed_recoveries(self) -> None:
        """A repetition that makes other calls than usual crashes, too, and comes once more."""
        def play(scenario: Scenario) -> History:
            return invocations((PUT, DELETE)) if len(scenario.steps) == 1 else invocations(
                (PUT,), (LIST, DELETE))

        first, *_ = crashed_recoveries(Scenario((ONE,)), play)
        crash, recovery = (Fault("command", "*", nth, what) for nth, what in (
            (1, FaultKind.CRASH_BEFORE), (1, FaultKind.CRASH_AFTER)))

        assert first.steps == (crash, ONE, recovery, ONE, ONE)


class TestLongLives:
    def test_nothing_is_due(self) -> None:
        """Where each command does the same, only the histories are played, and no longer ones."""
        bases = [Scenario((ONE, TWO, THREE))] * 2
        many = (LIST,) * 20
        assert len(list(long_lived(bases, lambda s: invocations(*[(*many, PUT)] * 3)))) == 1
        assert len(list(long_lived(bases, lambda s: invocations(*[(LIST, PUT)] * 3)))) == 2

    def test_repeated_commands_may_read_much(self) -> None:
        """Only commands that come for the first time say if commands are cheap."""
        base, many = Scenario((ONE, TWO, ONE)), (GET,) * 20
        assert len(list(long_lived(
            [base, base], lambda s: invocations((PUT,), (PUT,), (*many, PUT))))) > 1

    def test_something_is_due(self) -> None:
        """A command that writes more than the one before crashes, fails and is overtaken there."""
        base = Scenario((ONE, TWO, THREE, ONE))
        found = list(long_lived([base], lambda s: invocations(
            (PUT,), (PUT,), (PUT, PUT, PUT), (PUT,))))[1:]

        assert all(scenario.steps[:2] == (ONE, TWO) for scenario in found)
        assert {type(scenario.steps[2]) for scenario in found} == {Fault, Concurrently}
        assert found[0].steps == (ONE, TWO, Fault("command", "*", 1, FaultKind.CRASH_BEFORE),
                                  THREE, THREE, ONE)


    def test_due_in_the_projection(self) -> None:
        """An event for which more is written crashes there, comes early, is overtaken, or again."""
        base = Scenario((ONE, TWO, THREE, ONE))
        found = list(long_lived([base], lambda s: invocations(
            (PUT,), (PUT,), (PUT, PUT), role=Role.PROJECTION)))[1:]

        assert [scenario.steps for scenario in found[:4]] == [
            (ONE, Settle(), TWO, THREE, Deliver(1), Settle()),
            (ONE, TWO, Settle(), THREE, ONE, Deliver(1), Settle()),
            (ONE, TWO, THREE, ONE, Settle(), Redeliver(1), Settle()),
            (ONE, TWO, Settle(), THREE, Fault("projection", "*", 1, FaultKind.CRASH_BEFORE),
             Settle())]


class TestFirstCalls:
    def test_each_service(self) -> None:
        """The first call to each service fails in new environments, and then all is sent again."""
        calls = (called(LIST, "k"), called(PUT, "k"), called("PutEvents", "", service="events"))
        first, _ = first_calls(Scenario((ONE,)), lambda scenario: History("n", System(), calls))
        faults = [step for step in first.steps if isinstance(step, Fault)]

        assert [(fault.operation, fault.what) for fault in faults] == [
            (LIST, FaultKind.SERVICE_ERROR), ("PutEvents", FaultKind.SERVICE_ERROR)]
        assert (first.steps[0], first.steps[-1]) == (ColdStart(), ONE)


class TestOverlapping:
    def test_crowded(self) -> None:
        """Two others overtake the first command before each of its writes but the first call."""
        calls = tuple(called(operation, "k", branch=branch)
                      for operation, branch in ((PUT, 0), (GET, 0), (PUT, 0), (PUT, 1), (PUT, 0)))
        blocks = [scenario.steps[0]
                  for scenario in crowded(OVERLAP, lambda scenario: History("n", System(), calls))]
        branches = ((Send("one"),), (Send("two"),), (Send("two", key="three"),))

        assert blocks == [Concurrently(branches, (number,)) for number in (2, 3)]

    def test_waits_before_each_write(self) -> None:
        """The first command waits before each of its writes in turn, while the other crashes."""
        calls = tuple(called(operation, "k", branch=branch)
                      for operation, branch in ((LIST, 0), (PUT, 1), (PUT, 0), (PUT, 0)))
        found = crashing(OVERLAP, lambda scenario: History("n", System(), calls))
        blocks = [step for scenario in found for step in scenario.steps
                  if isinstance(step, Concurrently)]

        assert [block.schedule for block in blocks[:2]] == [(1,), (2,)]

    def test_crashes(self) -> None:
        """The other command crashes after its write, while the first one waits before its own."""
        calls = tuple(called(operation, "k", branch=branch)
                      for operation, branch in ((LIST, 0), (PUT, 1), (PUT, 0)))
        first, *_ = crashing(OVERLAP, lambda scenario: History("n", System(), calls))
        block = Concurrently(((Send("one"),), (Send("two"),)), (1,))

        assert first.steps == (Fault("command", "*", 1, FaultKind.CRASH_AFTER), block,
                               Send("one"), Send("two"))
