"""Overlapping commands on hand-made histories: which replies some order of them explains."""

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from harness.core.history import Called, History, Queried, Record, Role, Sent, System
from harness.core.http import Response
from harness.core.violation import Kind
from harness.oracle.checks import judge
from harness.oracle.checks.concurrency import check_linearizable
from harness.oracle.ledger_building import build_ledger
from scenarios.domains.orders import CONTRACT
from tests.harness.histories import CREATED, DELETED, JSON, UPDATED, VIEW, reply_of

OTHER = CREATED | {"customer": "Bob"}


@dataclass(frozen=True)
class Op:
    """A command that was under way from one time to another; no two end at one time."""

    body: dict[str, Any]
    status: int
    start: int
    end: int
    key: str | None = None


def both(one: dict[str, Any], first: int, other: dict[str, Any], second: int) -> list[Op]:
    """Two commands that overlap, with their statuses."""
    return [Op(one, first, 1, 8), Op(other, second, 2, 7)]


EXISTS = [Op(CREATED, 200, 0, 0)]


def history(*ops: Op, faulty: bool = False, reads: dict[int, Any] | None = None) -> History:
    """A record for each moment: replies, reads, or else some call of the command function."""
    last = max([op.end for op in ops] + list(reads or ()))
    error = "service error" if faulty else None
    call = Called(Role.COMMAND, "f", 1, "s3", "ListObjectsV2", "b", "a/", 200, error)
    records: list[Record] = [call] * (last + 1)
    for op in ops:
        response = Response(op.status, JSON, "{}")
        records[op.end] = Sent(op.end, json.dumps(op.body), op.key, False, reply_of(op.status),
                               response, op.start)
    for at, view in (reads or {}).items():
        response = Response(404 if view is None else 200, JSON, json.dumps(view))
        records[at] = Queried(at, "a", "during", response)
    return History("n0001a", System(capabilities=("http",)), tuple(records))


def blamed(played: History) -> list[Kind]:
    """The violations that the check of overlapping commands finds."""
    ledger = build_ledger(CONTRACT, played)
    return [v.kind for v in check_linearizable(CONTRACT, played, ledger)]


def kinds(played: History) -> set[Kind]:
    """The violations that all checks find."""
    return {violation.kind for violation in judge(CONTRACT, played)[1]}


SPARED = {
    "one creates, the other comes too late": both(CREATED, 200, OTHER, 409),
    "one creates, the other lost the race (412)": both(CREATED, 200, OTHER, 412),
    "one creates, the other is to try again (429)": both(CREATED, 200, OTHER, 429),
    "the other order": both(CREATED, 409, OTHER, 200),
    "both lost the race": both(CREATED, 409, OTHER, 409),
    "an update that came before the creation": both(CREATED, 200, UPDATED, 404),
    "an update that came after it": both(CREATED, 200, UPDATED, 200),
    "an update that lost the race": [*EXISTS, *both(UPDATED, 200, UPDATED, 409)],
    "two updates": [*EXISTS, *both(UPDATED, 200, UPDATED, 200)],
    "one deletes, the other comes too late": [*EXISTS, *both(DELETED, 200, DELETED, 404)],
    "one key and one command": [Op(CREATED, 200, 1, 8, "k"), Op(CREATED, 200, 2, 7, "k")],
    "an open fate that was a success": [*both(CREATED, 503, OTHER, 409), Op(UPDATED, 200, 9, 10)],
    "an open fate that was none": [*both(CREATED, 503, OTHER, 200), Op(CREATED, 409, 9, 10)],
    "three of which one deletes": [*EXISTS, Op(DELETED, 200, 1, 9), Op(CREATED, 200, 2, 8),
                                   Op(UPDATED, 404, 3, 7)],
}
BLAMED = {
    "both create": both(CREATED, 200, OTHER, 200),
    "both delete": [*EXISTS, *both(DELETED, 200, DELETED, 200)],
    "an update does not find what was there all the time":
        [*EXISTS, *both(UPDATED, 404, UPDATED, 200)],
    "one key and two commands": [Op(CREATED, 200, 1, 8, "k"), Op(OTHER, 200, 2, 7, "k")],
    "a reply that an earlier one contradicts":
        [Op(CREATED, 200, 1, 4), Op(DELETED, 404, 2, 9), Op(UPDATED, 404, 5, 8)],
    "what comes after fits no order": [*both(CREATED, 200, UPDATED, 404), Op(UPDATED, 404, 9, 10)],
}


class TestOrders:
    @pytest.mark.parametrize("case", SPARED)
    def test_replies_that_some_order_gives_are_right(self, case: str) -> None:
        """A 409, 412 or 429 beside another command may be a lost race."""
        assert blamed(history(*SPARED[case])) == []

    @pytest.mark.parametrize("case", BLAMED)
    def test_replies_that_no_order_gives_are_wrong(self, case: str) -> None:
        """Once, however many commands are concerned."""
        assert blamed(history(*BLAMED[case])) == [Kind.NOT_LINEARIZABLE]

    def test_the_order_of_commands_that_do_not_overlap_is_not_free(self) -> None:
        """The same replies, one after the other."""
        created, updated = Op(CREATED, 200, 0, 4), Op(UPDATED, 404, 5, 8)

        assert kinds(history(created, updated)) == {Kind.VALID_REFUSED}

    @pytest.mark.parametrize("status", [409, 412])
    def test_without_another_command_nobody_can_have_lost_a_race(self, status: int) -> None:
        """The same reply, alone."""
        assert kinds(history(Op(CREATED, status, 0, 4))) == {Kind.VALID_REFUSED}

    def test_commands_on_other_aggregates_are_no_competitors(self) -> None:
        """A conflict with a neighbour is one that nobody has to expect."""
        neighbour = Op(CREATED | {"orderId": "b"}, 200, 2, 7)

        assert kinds(history(Op(CREATED, 409, 1, 8), neighbour)) == {Kind.VALID_REFUSED}


class TestServerErrors:
    def test_a_server_error_breaks_no_order(self) -> None:
        """It says nothing about what has happened."""
        assert blamed(history(*both(CREATED, 500, OTHER, 200))) == []

    def test_a_server_error_without_a_fault_is_wrong_all_the_same(self) -> None:
        """Losing a race is no reason for one."""
        assert kinds(history(*both(CREATED, 500, OTHER, 200))) == {Kind.VALID_FAILED}

    def test_a_server_error_after_a_fault_is_excused(self) -> None:
        """A call of the command function went wrong meanwhile."""
        assert kinds(history(*both(CREATED, 500, OTHER, 200), faulty=True)) == set()


class TestReads:
    @pytest.mark.parametrize("view", [VIEW, None])
    def test_a_read_beside_a_command_may_see_it_or_not(self, view: Any) -> None:
        """The event is on its way before the reply is."""
        assert kinds(history(Op(CREATED, 200, 0, 8), reads={5: view})) == set()

    def test_a_read_before_a_command_cannot_see_it(self) -> None:
        """Nor can anything else."""
        created = Op(CREATED, 200, 6, 8)

        assert Kind.READ_NOT_PREFIX in kinds(history(created, reads={5: VIEW}))

    @pytest.mark.parametrize(("called", "wrong"), [(2, True), (1, False)])
    def test_a_read_goes_back_only_behind_one_that_had_ended(
        self, called: int, wrong: bool
    ) -> None:
        """Of two reads under way at once none is the later one."""
        played = history(Op(CREATED, 200, 0, 0), reads={1: VIEW, 2: None, 3: VIEW})
        late = replace(played.records[2], called=called)
        records = (*played.records[:2], late, *played.records[3:])
        assert (Kind.READ_WENT_BACK in kinds(replace(played, records=records))) is wrong

    def test_a_command_sent_before_a_reply_overlaps_it(self) -> None:
        """Also where nothing was recorded between the two."""
        assert kinds(history(Op(CREATED, 200, 0, 0), Op(OTHER, 200, 0, 1))) == {
            Kind.NOT_LINEARIZABLE}
