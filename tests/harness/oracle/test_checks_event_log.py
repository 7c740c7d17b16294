"""The event log: its violations, and objects that an implementation may keep beside it."""

from typing import Any, ClassVar

import pytest

from harness.core.violation import Hop, Kind
from tests.harness.histories import CREATED, DELETED, UPDATED, Story, about, event

FIRST, SECOND = event(CREATED, 1), event(UPDATED, 2)


def two() -> Story:
    return Story().accept(CREATED, 1).accept(UPDATED, 2)


class TestConforming:
    def test_two_events(self) -> None:
        """Two commands, two events, stored and published."""
        assert two().violations == []

    def test_two_aggregates(self) -> None:
        """Versions are counted for each aggregate."""
        assert two().accept(about(CREATED, "b"), 1).violations == []

    def test_refusal(self) -> None:
        """A refused command leaves nothing."""
        assert two().send(CREATED, 409).violations == []

    def test_life_after_death(self) -> None:
        """Versions go on when an order is created again."""
        assert Story().accept(CREATED, 1).accept(DELETED, 2).accept(CREATED, 3).violations == []

    @pytest.mark.parametrize("stored", [True, False])
    def test_indefinite(self, stored: bool) -> None:
        """A command with an open fate may be stored or not."""
        story = Story().send(CREATED, 503)
        story = story.store(FIRST).publish(FIRST) if stored else story
        assert not story.kinds & {Kind.EVENT_EXTRA, Kind.EVENT_MISSING}

    @pytest.mark.parametrize("document", [
        {"key": "k", "request": CREATED}, {"type": "Snapshot", "orderId": "a", "version": 2},
        {"snapshot": {"orderId": "a"}}, ["OrderCreated"], "not JSON", "", '"OrderCreated"', CREATED,
        {"orderId": "a", "type": ["OrderCreated"]}, {"type": "OrderCreated"}, "{" * 100_000,
    ], ids=lambda document: repr(document)[:40])
    def test_other_objects(self, document: Any) -> None:
        """Markers, snapshots, request bodies and what is no JSON are not events."""
        assert two().store(document).violations == []

    def test_equal_copy(self) -> None:
        """An event stored twice, equal, is one event."""
        assert two().store(FIRST, "by-id/1").violations == []

    CLAIM: ClassVar[dict[str, Any]] = {"type": "OrderDeleted", "orderId": "a", "eventId": "c"}

    def test_claim(self) -> None:
        """An object for a refused command's key is no event: it has no version."""
        assert two().store(self.CLAIM, "keys/k").violations == []

    def test_claim_alone(self) -> None:
        """Nor is it where it is the only object that there is."""
        assert Story().send(DELETED, 404).store(self.CLAIM, "keys/k").violations == []

    def test_numbers_for_ids(self) -> None:
        """An id may be a number, if it is one of a kind."""
        story = Story().send(CREATED).store(event(CREATED, 1, eventId=7)).publish(
            event(CREATED, 1, eventId=7))
        assert story.violations == []
        other = about(CREATED, "b")
        assert Kind.EVENT_MEMBERS in story.send(other).store(event(other, 1, eventId=7)).kinds

    def test_outbox(self) -> None:
        """A copy with additions that comes, changes and goes is an outbox's business."""
        waiting = FIRST | {"status": "waiting"}
        story = Story().accept(CREATED, 1).store(waiting, "outbox/1")
        story.change("outbox/1", FIRST | {"status": "sent"}).remove("outbox/1", waiting)
        assert story.violations == []

    def test_equal_copy_removed(self) -> None:
        """An equal copy may go while the event stays."""
        assert two().store(FIRST, "outbox/1").remove("outbox/1", FIRST).violations == []

    @pytest.mark.parametrize("left_out", [
        ("customer", "createdAt"), ("version",), ("version", "customer", "createdAt"),
    ])
    def test_note(self, left_out: tuple[str, ...]) -> None:
        """A receipt with fewer members is no event; it may precede its event."""
        note = {name: value for name, value in FIRST.items() if name not in left_out}
        story = Story().store(note, "keys/k").accept(CREATED, 1).accept(UPDATED, 2)
        assert story.remove("keys/k", note).violations == []

    @pytest.mark.parametrize("other", [
        {"version": 2}, {"customer": "Eve"}, {"type": "OrderUpdated"}, {"eventId": "a-9"},
    ])
    def test_no_note(self, other: dict[str, Any]) -> None:
        """An object that contradicts the event or has another id is an extra event."""
        said = FIRST.keys() - {"createdAt"}
        note = {name: FIRST[name] for name in said} | other
        assert Story().accept(CREATED, 1).store(note, "keys/k").kinds & {
            Kind.EVENT_EXTRA, Kind.EVENT_MEMBERS}

    def test_marker_removed(self) -> None:
        """An object that is no event may be changed and removed."""
        story = two().store({"lock": 1}, "lock").change("lock", {"lock": 2})
        assert story.remove("lock", {"lock": 2}).violations == []

    def test_written_again_as_it_was(self) -> None:
        """An event that is written again with other white space has not changed."""
        story = Story().accept(CREATED, 1).change("a/1", dict(reversed(FIRST.items())))
        assert story.violations == []

    def test_more_members(self) -> None:
        """An event may have members of its own, if the bus gets them too."""
        rich = FIRST | {"storedAt": "now", "meta": {"x": [1]}}
        assert Story().send(CREATED).store(rich).publish(rich).violations == []

    def test_version_as_decimal(self) -> None:
        """1.0 is the integer 1."""
        text = '{"eventId": "e", "version": 1.0, ' + __import__("json").dumps(CREATED)[1:]
        assert not Story().send(CREATED).store(text).kinds & {Kind.EVENT_MEMBERS, Kind.VERSIONS}

    def test_published_twice(self) -> None:
        """An event may be published more than once."""
        assert two().publish(FIRST).violations == []

    def test_other_publications(self) -> None:
        """Other published messages are not judged."""
        assert two().publish({"mail": "sent"}, "MailSent").violations == []

    def test_without_a_log(self) -> None:
        """Where the store cannot be read nothing is missed in it."""
        story = Story().send(CREATED)
        story.system = type(story.system)(capabilities=("http",))
        assert story.violations == []


class TestCounts:
    def test_missing(self) -> None:
        """An acknowledged command without an event is blamed at the store."""
        found = Story().send(CREATED).violations[0]
        assert (found.kind, found.aggregate, found.hop) == (Kind.EVENT_MISSING, "a", Hop.STORE)

    def test_extra(self) -> None:
        """An event of a refused command is blamed."""
        story = two().send(CREATED, 409).store(event(CREATED, 3)).publish(event(CREATED, 3))
        assert story.kinds == {Kind.EVENT_EXTRA}

    def test_stored_twice(self) -> None:
        """One command stored as two events is blamed."""
        assert Kind.EVENT_EXTRA in two().store(event(UPDATED, 3)).kinds

    def test_stored_twice_under_one_version(self) -> None:
        """So it is when both have the same version."""
        assert Kind.EVENT_EXTRA in two().store(event(UPDATED, 2, eventId="other")).kinds

    def test_stranger(self) -> None:
        """An event of an aggregate that nobody sent anything for is blamed."""
        found = two().store(event(about(CREATED, "b"), 1)).violations[0]
        assert (found.kind, found.aggregate, found.expected) == (Kind.EVENT_EXTRA, "b", [])

    def test_invalid_stored(self) -> None:
        """An event of an invalid command is blamed."""
        bad = CREATED | {"customer": 5}
        story = Story().send(bad, 400).store(event(bad, 1))
        assert story.kinds == {Kind.EVENT_EXTRA}

    def test_bare_commands(self) -> None:
        """Where no event has an id or a version, commands count as events that lack them."""
        assert Story().send(CREATED).store(CREATED).kinds == {Kind.EVENT_MEMBERS}


class TestBareCommands:
    """Events that say no more than a client did."""

    def test_without_id_beside_too_many(self) -> None:
        """That events lack ids is told however many there are: their number must not hide it."""
        story = Story().send(CREATED).send(CREATED, 409).store(CREATED).store(
            CREATED | {"customer": "Bob"})
        assert story.kinds == {Kind.EVENT_EXTRA, Kind.EVENT_MEMBERS}

    def test_equal_ones(self) -> None:
        """Equal ones may be an event each: what is wrong is that nothing tells them apart."""
        story = Story().send(CREATED).send(UPDATED).send(UPDATED)
        story.store(CREATED).store(UPDATED).store(UPDATED)
        assert story.kinds == {Kind.EVENT_MEMBERS}

    def test_equal_copies(self) -> None:
        """Or they are copies of one."""
        assert Story().send(CREATED).store(CREATED).store(CREATED).kinds == {Kind.EVENT_MEMBERS}

    @pytest.mark.parametrize("made_up", [{"version": 7}, {"eventId": "e"}, {"version": 1}])
    def test_as_sent(self, made_up: dict[str, Any]) -> None:
        """A body that names an id or a version makes its neighbours no less events."""
        body = UPDATED | made_up
        story = Story().send(CREATED).send(body).store(CREATED).store(body)
        assert not story.kinds & {Kind.EVENT_MISSING, Kind.EVENT_EXTRA, Kind.VERSIONS}


class TestChosen:
    @pytest.mark.parametrize("made_up", [{"version": 7}, {"eventId": "made-up"}])
    def test_taken_over(self, made_up: dict[str, Any]) -> None:
        """A client that names an event's id or version must not have its way."""
        body = CREATED | made_up
        assert Kind.CLIENT_CHOSEN in Story().send(body).store(event(CREATED, 1) | made_up).kinds

    def test_refused(self) -> None:
        """Of a command that the rules refuse there ought to be no event at all."""
        body = UPDATED | {"eventId": "made-up"}
        assert Kind.CLIENT_CHOSEN not in Story().send(body).store(event(UPDATED, 1) | body).kinds

    @pytest.mark.parametrize("made_up", [{"version": 1}, {"version": 7}, {"eventId": "made-up"}])
    def test_the_systems_own(self, made_up: dict[str, Any]) -> None:
        """The right version shows nothing, whatever the client said; nor does another id."""
        happened = event(CREATED, 1)
        assert Story().send(CREATED | made_up).store(happened).publish(happened).violations == []


class TestVersions:
    @pytest.mark.parametrize("versions", [(0, 1), (1, 3), (2, 1), (1, 1)])
    def test_not_one_to_n(self, versions: tuple[int, int]) -> None:
        """A gap, a repetition, another start or another order is blamed."""
        story = Story().send(CREATED).send(UPDATED)
        story.store(event(CREATED, versions[0], eventId="x"))
        assert story.store(event(UPDATED, versions[1], eventId="y")).kinds == {Kind.VERSIONS}

    def test_evidence(self) -> None:
        """The evidence shows versions and types, wanted and found."""
        story = Story().send(CREATED).store(event(CREATED, 2))
        found = story.violations[0]
        assert (found.expected, found.observed) == ([(1, "OrderCreated")], [(2, "OrderCreated")])


class TestMembers:
    @pytest.mark.parametrize("changes", [
        {"eventId": True}, {"eventId": [5]}, {"eventId": 1.5}, {"eventId": ""}, {"eventId": None},
        {"version": "1"}, {"version": 1.5},
        {"version": True}, {"version": None}, {"customer": "Bob"}, {"createdAt": "1970"},
    ], ids=repr)
    def test_wrong(self, changes: dict[str, Any]) -> None:
        """A member that is wrong is blamed."""
        wrong = FIRST | changes
        assert Kind.EVENT_MEMBERS in Story().send(CREATED).store(wrong).publish(wrong).kinds

    def test_lost(self) -> None:
        """A member of the command that the event lacks is blamed."""
        poor = {name: value for name, value in FIRST.items() if name != "customer"}
        assert Story().send(CREATED).store(poor).publish(poor).kinds == {Kind.EVENT_MEMBERS}

    def test_same_id_in_an_aggregate(self) -> None:
        """Two events of an aggregate under one id are blamed."""
        story = Story().send(CREATED).send(UPDATED).store(event(CREATED, 1, eventId="e"))
        assert story.store(event(UPDATED, 2, eventId="e")).kinds == {Kind.EVENT_MEMBERS}

    def test_same_id_in_two_aggregates(self) -> None:
        """Two events of different aggregates under one id are blamed."""
        other = about(CREATED, "b")
        story = Story().send(CREATED).send(other).store(event(CREATED, 1, eventId="e"))
        assert story.store(event(other, 1, eventId="e")).kinds == {Kind.EVENT_MEMBERS}


class TestImmutable:
    def test_changed(self) -> None:
        """An event that is overwritten is blamed."""
        story = two().change("a/1", FIRST | {"customer": "Bob"}).change("a/1", FIRST)
        assert Kind.STORE_CHANGED in story.kinds

    def test_removed(self) -> None:
        """An event that is removed is blamed."""
        assert Kind.STORE_CHANGED in two().remove("a/1", FIRST).kinds

    def test_added_members(self) -> None:
        """An event that gets a member later is blamed: it is not what was published."""
        assert Kind.STORE_CHANGED in two().change("a/1", FIRST | {"publishedAt": "now"}).kinds

    def test_only_copies_left(self) -> None:
        """An event of which only another one's copies are left is blamed."""
        story = two().store(SECOND, "copy").remove("a/1", FIRST)
        assert Kind.STORE_CHANGED in story.kinds
