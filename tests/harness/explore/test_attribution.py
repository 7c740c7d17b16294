"""The causes that a violation needs, found by removing them, with a judge made up here."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from harness.core.bodies import with_namespace, write_body
from harness.core.commands import Flaw
from harness.core.faults import FaultKind
from harness.core.scenario import (
    Batch,
    ColdStart,
    Concurrently,
    Deliver,
    Drop,
    Fault,
    Hold,
    Poison,
    Query,
    Rebuild,
    Redeliver,
    Scenario,
    Send,
    SendBatch,
    Settle,
    Step,
    flat,
)
from harness.core.violation import Cause, Hop, Kind, Violation
from harness.explore.attribution import Needed, necessary_causes
from harness.explore.simplifications import SIMPLIFICATIONS
from harness.explore.violation_families import FAMILIES, HIDES, NEEDS_NO_CAUSE, related
from scenarios.demands.attribution import attribute
from scenarios.domains.orders import CONTRACT
from tests.harness.histories import Story, about, event

CREATED = {"type": "OrderCreated", "orderId": "~a", "customer": "Ada",
           "createdAt": "2026-01-02T03:04:05Z"}
UPDATED = {"type": "OrderUpdated", "orderId": "~a", "updatedAt": "2026-01-03T03:04:05Z"}
WRONG = Violation(Kind.VIEW_WRONG, "n00000a", 0, "x", "y", Hop.PROJECTION)
Fails = Callable[[Scenario], bool]


def send(document: dict[str, Any], **more: Any) -> Send:
    return Send(write_body(document, "orderId"), **more)


def causes(scenario: Scenario, fails: Fails, kind: Kind = Kind.VIEW_WRONG) -> set[Cause]:
    """The causes of a violation that appears when ``fails`` says so."""
    violation = Violation(kind, "n00000a", len(scenario.steps) - 1, "x", "y", Hop.PROJECTION)
    found = necessary_causes(
        CONTRACT, scenario, violation, lambda s: [violation] if fails(s) else [])
    return set(found.causes)


def test_batch_of_a_relay() -> None:
    """Past a relay the records come one by one: a projection behind a rule gets no batch."""
    scenario = Scenario((send(CREATED), Batch(2)), at_relays=True)
    assert causes(scenario, lambda s: s.at_relays and has(Batch)(s)) == {Cause.RELAY, Cause.BATCH}
    assert Cause.RELAY not in causes(scenario, lambda s: True)


def has(kind: type, test: Callable[[Any], bool] = lambda step: True) -> Fails:
    return lambda scenario: any(isinstance(s, kind) and test(s) for s in flat(scenario))


def count(kind: type, least: int) -> Fails:
    return lambda scenario: sum(isinstance(s, kind) for s in flat(scenario)) >= least


def flawed(flaw: Flaw) -> Fails:
    return has(Send, lambda s: CONTRACT.read(with_namespace(s.body)).flaw is flaw)


def ids(scenario: Scenario) -> set[str]:
    commands = [CONTRACT.read(with_namespace(s.body)).command
                for s in flat(scenario) if isinstance(s, Send)]
    return {CONTRACT.aggregate(command) for command in commands if command}


def keys(scenario: Scenario) -> list[str | None]:
    return [step.key for step in flat(scenario) if isinstance(step, Send)]


def in_branches(kind: type) -> Fails:
    return lambda scenario: any(
        isinstance(inner, kind) for s in scenario.steps if isinstance(s, Concurrently)
        for branch in s.branches for inner in branch)


BIG = Send(write_body(CREATED, "orderId") + " " * 20_000)
START = send(CREATED)
REPEAT = send(CREATED, key="k")
CRASH = Fault("command", "PutObject", 0, FaultKind.CRASH_BEFORE)
CASES: dict[Cause, tuple[tuple[Step, ...], Fails]] = {
    Cause.QUERY_FAILURE: ((Fault("query", "*", 0, FaultKind.THROTTLING), START),
                          has(Fault, lambda f: f.role == "query")),
    Cause.PROJECTION_FAILURE: ((Fault("projection", "*", 0, FaultKind.THROTTLING), START),
                               has(Fault, lambda f: f.role == "projection")),
    Cause.CONCURRENT_COMMANDS: ((Concurrently(((START,), (START,))),), in_branches(Send)),
    Cause.CONCURRENT_DELIVERIES: ((START, Concurrently(((Deliver(),), (Deliver(),)))),
                                  in_branches(Deliver)),
    Cause.REBUILD: ((START, Rebuild(), Settle()), has(Rebuild)),
    Cause.POISON: ((START, Poison("x", "{}"), Settle()), has(Poison)),
    Cause.BATCH: ((START, START, Batch(2)), has(Batch)),
    Cause.DUPLICATE: ((START, Settle(), Redeliver(1)), has(Redeliver)),
    Cause.LOSS: ((START, Drop(), Settle()), has(Drop)),
    Cause.REORDER: ((START, send(UPDATED), Deliver(1)), has(Deliver, lambda s: s.pick > 0)),
    Cause.COMMAND_BATCH: ((SendBatch(("{}", "{}")),), has(SendBatch)),
    Cause.BASE64: ((send(CREATED, base64=True),), has(Send, lambda s: s.base64)),
    Cause.INVALID_BODY: ((START, Send("null")), flawed(Flaw.BODY)),
    Cause.INVALID_TYPE: ((START, send(CREATED | {"type": "x"})), flawed(Flaw.TYPE)),
    Cause.INVALID_MEMBER: ((START, send(CREATED | {"customer": 5})), flawed(Flaw.MEMBER)),
    Cause.INVALID_ID: ((START, send(CREATED | {"orderId": "/"})), flawed(Flaw.ID)),
    Cause.OVERSIZED: ((BIG,), flawed(Flaw.SIZE)),
    Cause.UNKNOWN_MEMBER: ((START, send(UPDATED | {"x": 1})), flawed(Flaw.UNKNOWN_MEMBER)),
    Cause.RETRY: ((REPEAT, REPEAT), count(Send, 2)),
    Cause.REUSE: ((REPEAT, send(UPDATED, key="k")), lambda s: keys(s) == ["k", "k"]),
    Cause.REFUSAL: ((send(UPDATED), START), count(Send, 2)),
    Cause.LONG: ((START, *[send(UPDATED)] * 12), count(Send, 12)),
    Cause.IDS: ((START, send(CREATED | {"orderId": "~aa"})),
                lambda s: ids(s) >= {"n00000a", "n00000aa"}),
    Cause.OTHERS: ((START, send(CREATED | {"orderId": "~b"})), lambda s: len(ids(s)) == 2),
    Cause.WARM: ((START, ColdStart(), START), lambda s: not s.always_cold),
}


class TestWronglyRefused:
    def test_not_counted_as_happened(self) -> None:
        """After a command that was refused wrongly the next one may be what the rules refuse."""
        created, updated = about(CREATED, "a"), about(UPDATED, "a")
        story = Story().send(created, 409).store(event(updated, 1)).send(updated)
        extra = Violation(Kind.EVENT_EXTRA, "~a", -1, "x", "y", Hop.STORE)
        judge = has(Send, lambda s: "OrderUpdated" in s.body)
        found = necessary_causes(
            CONTRACT, Scenario((START, Query("~x"), send(UPDATED))), extra,
            lambda s: [extra] if judge(s) else [], lambda _: story.history)
        assert found.causes == {Cause.REFUSAL}

    @pytest.mark.parametrize(("after", "without", "status"), [
        (Kind.EVENT_MISSING, Kind.REFUSAL_ACCEPTED, 200),
        (Kind.VALID_FAILED, Kind.REFUSAL_FAILED, 500)])
    def test_after_a_fault(self, after: Kind, without: Kind, status: int) -> None:
        """A command that goes wrong without all that it needs needs no fault before it."""
        created, updated = about(CREATED, "a"), about(UPDATED, "a")
        story = Story().send(created, 502).send(updated, status)
        unsent = send(CREATED | {"customer": "Eve"})
        missing = Violation(after, "~a", 1, "x", "y", Hop.STORE)
        accepted = replace(missing, kind=without)

        def judge(scenario: Scenario) -> list[Violation]:
            sent = [step.body or "" for step in scenario.steps if isinstance(step, Send)]
            if not any("Updated" in body for body in sent):
                return []
            if not any("Created" in body for body in sent):
                return [accepted]
            return [missing] if has(Fault)(scenario) else []

        scenario = Scenario((START, send(UPDATED), CRASH, unsent))
        found = necessary_causes(CONTRACT, scenario, missing, judge, lambda _: story.history)
        assert (found.violation, found.causes) == (accepted, {Cause.REFUSAL})

    @pytest.mark.parametrize("in_turn", [True, False])
    def test_at_once(self, in_turn: bool) -> None:
        """Commands that are accepted one after the other as well need no overlap."""
        overlap = Violation(Kind.NOT_LINEARIZABLE, "~a", 0, "x", "y", Hop.COMMAND)
        accepted = replace(overlap, kind=Kind.REFUSAL_ACCEPTED)

        def judge(scenario: Scenario) -> list[Violation]:
            if in_branches(Send)(scenario):
                return [overlap]
            return [accepted] if in_turn and has(Send)(scenario) else []

        both = Concurrently(((send(UPDATED),), (send(UPDATED),)))
        found = necessary_causes(CONTRACT, Scenario((both,)), overlap, judge)
        assert (Cause.CONCURRENT_COMMANDS in found.causes) is not in_turn
        assert found.violation == (accepted if in_turn else overlap)


class TestMendedCommands:
    def test_key_not_needed(self) -> None:
        """An effect that a command has without its key needs no reuse of the key."""
        scenario = Scenario((REPEAT, send(UPDATED, key="k")))
        assert causes(scenario, count(Send, 2), Kind.REFUSAL_ACCEPTED) == set()

    @pytest.mark.parametrize("body", [
        BIG.body, write_body(CREATED | {"isAdmin": True}, "orderId"),
    ], ids=["oversized", "unknown member"])
    def test_not_needed(self, body: str) -> None:
        """A view of an unknown id needs no refused command: a query is enough."""
        unknown = has(Query, lambda step: step.id == "~a")
        refused = has(Send, lambda step: step.body == body)
        scenario = Scenario((Send(body),))
        assert causes(scenario, lambda s: unknown(s) or refused(s), Kind.UNKNOWN_VISIBLE) == set()

    def test_not_sent(self) -> None:
        """Where no message has a place for it, an unknown member keeps a command from being sent.

        Then the refusal of the next command needs no unknown member of its own.
        """
        scenario = Scenario(tuple(send(body | {"extra": 1}) for body in (CREATED, UPDATED)))

        def accepted(scenario: Scenario) -> bool:
            bodies = [step.body or "" for step in scenario.steps if isinstance(step, Send)]
            made = any("Created" in body and "extra" not in body for body in bodies)
            return not made and any("Updated" in body for body in bodies)

        assert causes(scenario, accepted, Kind.REFUSAL_ACCEPTED) == {Cause.REFUSAL}


class TestIds:
    def test_one_is_enough(self) -> None:
        """A violation of a single id does not depend on ids that begin with it."""
        scenario = Scenario((START, send(CREATED | {"orderId": "~a."})))
        assert causes(scenario, lambda s: "n00000a." in ids(s)) == set()


class TestEachCause:
    @pytest.mark.parametrize("cause", CASES, ids=lambda cause: cause.name.lower())
    def test_found(self, cause: Cause) -> None:
        """A violation that disappears with its cause needs it."""
        steps, fails = CASES[cause]
        assert cause in causes(Scenario(steps), fails)

    @pytest.mark.parametrize("cause", CASES, ids=lambda cause: cause.name.lower())
    def test_innocent(self, cause: Cause) -> None:
        """A violation that stays whatever is taken away needs nothing."""
        steps, _ = CASES[cause]
        assert causes(Scenario(steps), lambda _: True) == set()

    @pytest.mark.parametrize("cause", [c for c in CASES if c not in (Cause.IDS, Cause.LONG)],
                             ids=lambda cause: cause.name.lower())
    def test_alone(self, cause: Cause) -> None:
        """Nothing else is named beside the one cause there is."""
        steps, fails = CASES[cause]
        assert causes(Scenario(steps), fails) == {cause}

    def test_wrong_end(self) -> None:
        """A wrong command at the end of a long history would be wrong after a short one."""
        scenario = Scenario((START, *[send(UPDATED)] * 12, START))
        assert Cause.LONG not in causes(scenario, lambda shorter: [
            step for step in flat(shorter) if isinstance(step, Send)].count(START) > 1)

    def test_crash(self) -> None:
        """A crash of the command function is a cause of its own."""
        assert Cause.CRASH in causes(Scenario((CRASH, START)), has(Fault))

    def test_failed_publication(self) -> None:
        """So is a failure of PutEvents."""
        fault = Fault("command", "PutEvents", 0, FaultKind.THROTTLING)
        assert Cause.PUBLISH_FAILURE in causes(Scenario((fault, START)), has(Fault))

    def test_failed_call(self) -> None:
        """So is the failure of any other call."""
        fault = Fault("command", "PutObject", 0, FaultKind.THROTTLING)
        assert causes(Scenario((fault, START)), has(Fault)) == {Cause.CALL_FAILURE}

    def test_poisoned_batch(self) -> None:
        """The bad record of a batch is poison, the batch itself is not."""
        scenario = Scenario((START, Batch(2, 1)))
        assert causes(scenario, has(Batch, lambda s: s.poison is not None)) >= {Cause.POISON}

    def test_held(self) -> None:
        """An event that is held back is another order."""
        assert causes(Scenario((START, Hold(), Settle())), has(Hold)) == {Cause.REORDER}

    def test_every_cause_is_tried(self) -> None:
        """Each cause has one way to be taken away."""
        tried = [cause for cause, _ in SIMPLIFICATIONS]
        assert (len(tried), set(tried)) == (len(set(tried)), set(Cause))


class TestTakingAway:
    def test_innocent_neighbours_go(self) -> None:
        """A cause that is not needed stays removed while the next one is judged."""
        scenario = Scenario((START, Redeliver(), Drop(), Poison("x", "{}")))

        def fails(played: Scenario) -> bool:
            return has(Drop)(played) or has(Redeliver)(played)

        assert causes(scenario, fails) == {Cause.LOSS}

    def test_remaining_violation(self) -> None:
        """The violation that is given back is the one of the plainest scenario."""

        def judge(scenario: Scenario) -> list[Violation]:
            return [Violation(Kind.DELETED_VISIBLE, None, len(scenario.steps), 1, 2, Hop.QUERY)]

        scenario = Scenario((START, Redeliver(), Settle()))
        left = necessary_causes(CONTRACT, scenario, WRONG, judge).violation
        assert (left.kind, left.step) == (Kind.DELETED_VISIBLE, 2)

    @pytest.mark.parametrize("kind", sorted(NEEDS_NO_CAUSE))
    def test_no_play_at_all(self, kind: Kind) -> None:
        """A violation that speaks for itself is not played again."""
        violation = Violation(kind, None, 0, "x", "y", Hop.COMMAND)
        played: list[Scenario] = []
        necessary_causes(CONTRACT, Scenario((START, Redeliver())), violation,
                         lambda s: played.append(s) or [])
        assert played == []

    def test_plain_scenario(self) -> None:
        """A plain scenario is played cold only: there is nothing else to take away."""
        played: list[Scenario] = []
        necessary_causes(CONTRACT, Scenario((START,)), WRONG, lambda s: played.append(s) or [WRONG])
        assert played == [Scenario((START,), always_cold=True)]

    def test_deterministic(self) -> None:
        """The same scenario has the same causes."""
        scenario = Scenario(tuple(step for steps, _ in CASES.values() for step in steps))
        assert causes(scenario, has(Redeliver)) == causes(scenario, has(Redeliver))


class TestPassingViolations:
    def test_wrong_in_the_end(self) -> None:
        """A read on the way that is wrong even after settling is a wrong view."""
        read = Violation(Kind.READ_NOT_PREFIX, "n00000a", 1, "x", "y", Hop.PROJECTION)
        scenario = Scenario((START, Query("~a"), Redeliver()))
        left = necessary_causes(CONTRACT, scenario, read, lambda s: [WRONG]).violation
        assert left.kind is Kind.VIEW_WRONG

    def test_right_in_the_end(self) -> None:
        """One that is right in the end stays what it was."""
        read = Violation(Kind.READ_NOT_PREFIX, "n00000a", 1, "x", "y", Hop.PROJECTION)
        left = necessary_causes(
            CONTRACT, Scenario((START, Query("~a"))), read, lambda s: [read]).violation
        assert left.kind is Kind.READ_NOT_PREFIX


class TestFamilies:
    def test_related(self) -> None:
        """Kinds of one family are one fault; others are not."""
        assert related(Kind.VIEW_WRONG, Kind.DELETED_VISIBLE)
        assert not related(Kind.VIEW_WRONG, Kind.EVENT_EXTRA)

    def test_apart(self) -> None:
        """No kind is in two families."""
        assert sum(map(len, FAMILIES)) == len(frozenset().union(*FAMILIES))


ODD = send(CREATED | {"isAdmin": True})


class TestHidden:
    """A violation that is gone because another one hides it is not explained by what went."""

    @staticmethod
    def needed(plain: set[Kind], odd: set[Kind], kind: Kind = Kind.EVENT_MEMBERS) -> Needed:
        """The causes that a violation needs if kinds appear with and without an unknown member."""

        def judge(scenario: Scenario) -> list[Violation]:
            kinds = odd if ODD in scenario.steps else plain
            return [replace(WRONG, kind=kind) for kind in sorted(kinds)]

        return necessary_causes(CONTRACT, Scenario((ODD,)), replace(WRONG, kind=kind), judge)

    @pytest.mark.parametrize(("hiding", "kind"), [
        (hiding, kind) for hiding in HIDES for kind in sorted(HIDES[hiding])
        if not related(hiding, kind)])
    def test_undecided(self, hiding: Kind, kind: Kind) -> None:
        """An undecided twin leaves open if the violation needs the cause."""
        needed = self.needed({hiding}, {kind}, kind)
        assert (needed.causes, needed.undecided) == (set(), {Cause.UNKNOWN_MEMBER})

    def test_nobody_is_blamed(self) -> None:
        """A violation that changes its requirement with the cause counts for none.

        Too many events hide that they lack ids, so their lack seemed to need the unknown member.
        """
        needed = self.needed({Kind.EVENT_EXTRA}, {Kind.EVENT_MEMBERS})
        assert needed.requirements(CONTRACT) == ()

    def test_blamed_either_way(self) -> None:
        """A requirement that is violated with and without the cause is violated."""
        needed = Needed(frozenset({Cause.CRASH}), WRONG, frozenset({Cause.DUPLICATE}))
        assert needed.requirements(CONTRACT) == ("CMD-10",)

    @pytest.mark.parametrize("plain", [set(), {Kind.DISCLOSURE}], ids=["nothing", "no hiding"])
    def test_not_hidden(self, plain: set[Kind]) -> None:
        """Without anything that hides it the violation is gone, and the cause is necessary."""
        needed = self.needed(plain, {Kind.EVENT_MEMBERS})
        assert (needed.causes, needed.undecided) == ({Cause.UNKNOWN_MEMBER}, set())

    def test_hidden_before(self) -> None:
        """A kind that also appears with the cause hides nothing: both were seen together."""
        both = {Kind.EVENT_EXTRA, Kind.EVENT_MEMBERS}
        assert self.needed({Kind.EVENT_EXTRA}, both).causes == {Cause.UNKNOWN_MEMBER}


FLAWED = {Kind.INVALID_ACCEPTED, Kind.INVALID_FAILED, Kind.INVALID_STATUS}


class TestRequirements:
    @pytest.mark.parametrize("kind", Kind)
    def test_every_kind(self, kind: Kind) -> None:
        """Every violation violates requirements that exist, whatever its cause."""
        flaw = "type" if kind in FLAWED else None
        violation = Violation(kind, None, 0, "x", "y", Hop.COMMAND, flaw)
        for causes in (frozenset[Cause](), *(frozenset({cause}) for cause in Cause)):
            found = attribute(violation, causes)
            assert {CONTRACT.requirement(id).id for id in found} == set(found) != set()

    @pytest.mark.parametrize("flaw", Flaw)
    @pytest.mark.parametrize("kind", [
        Kind.INVALID_ACCEPTED, Kind.INVALID_FAILED, Kind.VALID_FAILED, Kind.VALID_REFUSED,
    ])
    def test_every_flaw(self, kind: Kind, flaw: Flaw) -> None:
        """Every class of bad input belongs to one requirement."""
        violation = Violation(kind, None, 0, "x", "y", Hop.COMMAND, flaw.value)
        assert len(attribute(violation, frozenset())) == 1

    @pytest.mark.parametrize(("cause", "requirement"), [
        (Cause.DUPLICATE, "PRJ-02"), (Cause.REORDER, "PRJ-03"), (Cause.LOSS, "PRJ-05"),
        (Cause.POISON, "PRJ-06"), (Cause.REBUILD, "PRJ-09"), (Cause.OTHERS, "PRJ-10"),
        (Cause.BATCH, "PRJ-11"), (Cause.WARM, "SYS-02"), (Cause.RETRY, "PRJ-02"),
        (Cause.REUSE, "CMD-07"), (Cause.LONG, "CMD-14"), (Cause.IDS, "PRJ-01"),
    ])
    def test_wrong_view(self, cause: Cause, requirement: str) -> None:
        """A wrong view violates the requirement of what it needs."""
        assert attribute(WRONG, frozenset({cause})) == (requirement,)

    @pytest.mark.parametrize(("observed", "requirements"), [
        ("404", ("API-02", "QRY-02")), ({"orderId": "a"}, ("QRY-02",)),
    ])
    def test_query_failed(self, observed: object, requirements: tuple[str, ...]) -> None:
        """A view that is denied because it could not be read is worse than an older one."""
        violation = replace(WRONG, hop=Hop.QUERY, observed=observed)
        assert attribute(violation, frozenset({Cause.QUERY_FAILURE})) == requirements

    def test_special_ids(self) -> None:
        """Only an id that is wrong beside another one violates CMD-15."""
        at_the_query = replace(WRONG, hop=Hop.QUERY)
        assert attribute(WRONG, frozenset({Cause.IDS, Cause.OTHERS})) == ("CMD-15",)
        assert attribute(at_the_query, frozenset({Cause.IDS})) == ("API-02",)

    def test_retry_behind_the_store(self) -> None:
        """A retry that takes effect twice violates CMD-06; one that only republishes, PRJ-02."""
        stored_twice = replace(WRONG, hop=Hop.STORE)
        assert attribute(stored_twice, frozenset({Cause.RETRY})) == ("CMD-06",)

    def test_plain_wrong_view(self) -> None:
        """A wrong view that needs nothing violates PRJ-01."""
        assert attribute(WRONG, frozenset()) == ("PRJ-01",)
