"""A test's own story is judged by all requirements, and never passes because nothing happened."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.core.errors import UserMistake
from harness.entry.judge import Judge
from harness.entry.options import RunOptions
from harness.entry.story import JudgedStory
from harness.play.story import LEFT_OUT, Story, StoryError
from tests.miniatures.building import build
from tests.miniatures.catalogue import CATALOGUE
from tests.miniatures.disturbed import DISTURBED

AT = "2026-01-02T03:04:05Z"
Tell = Callable[..., JudgedStory]


def miniature(name: str, folder: Path) -> Path:
    (row,) = (row for row in (*CATALOGUE, *DISTURBED) if row.name == name)
    return build(row, folder / name)


@pytest.fixture
def tell(tmp_path: Path) -> Iterator[Tell]:
    """Makes a story of the reference, or of a miniature."""
    judges: list[Judge] = []

    def told(name: str | None = None, **options: str) -> JudgedStory:
        template = str(miniature(name, tmp_path)) if name else None
        judges.append(Judge(RunOptions(
            template=template, seed=1, counterexamples=str(tmp_path / "kept"), **options),
            lambda sentence: None))
        return JudgedStory(judges[-1])

    yield told
    for judge in judges:
        judge.close()


def created(story: Story, id: str = "a") -> None:
    story.send("OrderCreated", id, customer="x", createdAt=AT)


def overtaken(story: Story) -> None:
    created(story)
    story.send("OrderUpdated", "a", customer="y", updatedAt=AT)
    story.hold(1)
    story.deliver_all()


class TestVerdict:
    def test_a_conforming_system_passes(self, tell: Tell) -> None:
        judged = tell()
        overtaken(judged.story)
        assert judged.verdict() is None

    def test_a_violation_is_told_as_a_run_tells_it(self, tell: Tell, tmp_path: Path) -> None:
        """With its sentence, the smallest scenario, and a file to play again."""
        judged = tell("handles_twice")
        overtaken(judged.story)
        text = judged.verdict() or ""
        assert "Events delivered in any order lead to the same view." in text
        assert "The 1st event on its way is held back" in text
        assert [path.name[:6] for path in (tmp_path / "kept").iterdir()] == ["PRJ-03"]

    def test_every_order_of_overlapping_steps_is_tried(self, tell: Tell) -> None:
        judged = tell("puts_without_condition")
        created(judged.story)
        with judged.story.together() as both:
            both.send("OrderUpdated", "a", customer="y", updatedAt=AT)
            both.send("OrderUpdated", "a", customer="z", updatedAt=AT)
        assert "Concurrent commands on one aggregate are linearizable" in (judged.verdict() or "")


class TestObserved:
    def test_a_reply_and_a_view(self, tell: Tell) -> None:
        story = tell().story
        reply = story.send("OrderCreated", "a", customer="x", createdAt=AT)
        twice = story.send("OrderCreated", "a", customer="x", createdAt=AT)
        story.deliver_all()
        view, none = story.query("a"), story.query("b")
        assert (reply.accepted, twice.refused, view["customer"], view["orderId"], none.gone) == (
            True, True, "x", "a", True)

    def test_a_member_that_is_not_named_has_a_plain_value(self, tell: Tell) -> None:
        """A required one, unless it is left out on purpose."""
        story = tell().story
        with story.together() as both:
            replies = [both.send("OrderCreated", "a", customer="x"),
                       both.send("OrderCreated", "b", createdAt=AT, customer=LEFT_OUT)]
        assert [reply.accepted for reply in replies] == [True, False]

    def test_a_view_is_of_its_place_in_the_story(self, tell: Tell) -> None:
        """Also where it is looked at later."""
        story = tell().story
        created(story)
        before = story.query("a")
        story.deliver_all()
        after = story.query("a")
        assert (before.gone, after.gone) == (True, False)

    def test_a_failed_assertion_shows_it(self, tell: Tell) -> None:
        """By its status and body, with the ids of the story."""
        story = tell().story
        created(story)
        story.deliver_all()
        shown = repr(story.query("a"))
        assert shown.startswith("<QueriedView 200 {")
        assert '"orderId": "a"' in shown.replace('":"', '": "')

    def test_replies_of_overlapping_commands(self, tell: Tell) -> None:
        story = tell().story
        with story.together() as both:
            replies = [both.send("OrderCreated", "a", customer="x", createdAt=AT)
                       for _ in range(2)]
        assert sorted(reply.accepted for reply in replies) == [False, True]

    def test_a_question_amid_a_block_is_answered_anew_after_it(self, tell: Tell) -> None:
        """The overlapping steps are in the story only once their block has ended."""
        story = tell().story
        with story.together() as both:
            for id in "ab":
                both.send("OrderCreated", id, customer="x", createdAt=AT)
            view = story.query("a")
            assert view.gone
            story.deliver_all()
            later = story.query("a")
            assert later.gone
        assert later["customer"] == "x"

    def test_an_event_comes_again(self, tell: Tell) -> None:
        judged = tell()
        created(judged.story)
        judged.story.deliver_all()
        judged.story.redeliver()
        judged.story.deliver_all()
        assert judged.verdict() is None


class TestNothingHappened:
    def test_a_fault_that_hit_no_call(self, tell: Tell) -> None:
        judged = tell()
        with judged.story.crash("projection", before="PutEvents"):
            created(judged.story)
        with pytest.raises(StoryError, match="its calls were: GetItem, PutItem"):
            judged.verdict()

    def test_a_redelivery_without_an_event(self, tell: Tell) -> None:
        judged = tell()
        judged.story.redeliver()
        created(judged.story)
        with pytest.raises(StoryError, match=r"redeliver\(\).*deliver_all\(\) comes first"):
            judged.verdict()

    def test_a_story_without_a_step(self, tell: Tell) -> None:
        with pytest.raises(UserMistake, match="the story has no step"):
            tell().verdict()


class TestMistakes:
    @pytest.mark.parametrize(("said", "message"), [
        (lambda s: s.send("OrderShipped", "a"), "it has OrderCreated, OrderUpdated, OrderDeleted"),
        (lambda s: s.hold(0), "events count from 1"),
        (lambda s: s.crash("command").__enter__(), "before or after, one of them"),
        (lambda s: s.crash("bus", before="*").__enter__(), "one of command, relay, projection"),
        (lambda s: s.fail("command", "PutItem", by="rain").__enter__(), "throttling"),
        (lambda s: s.together().__enter__().query("a").status, "look at it after the block"),
    ])
    def test_each_has_a_remedy(
        self, tell: Tell, said: Callable[[Story], object], message: str
    ) -> None:
        with pytest.raises(StoryError, match=message):
            said(tell().story)

    def test_one_step_overlaps_nothing(self, tell: Tell) -> None:
        story = tell().story
        with pytest.raises(StoryError, match="two or more can overlap"), story.together() as both:
            both.query("a")

    def test_a_stage_that_repeats_nothing(self, tell: Tell) -> None:
        with pytest.raises(UserMistake, match="stories are played on the stage moto"):
            tell(stage="http", base_url="http://127.0.0.1:9")


USERS = '''
import pytest
from cqrs_conformance.check import check
from cqrs_conformance.run import run
from cqrs_conformance.stage import stage
from cqrs_conformance.story import Story

@pytest.mark.cqrs(template={broken!r})
def test_overtaken(cqrs: Story) -> None:
    cqrs.send("OrderCreated", "a", customer="x", createdAt="{at}")
    cqrs.send("OrderUpdated", "a", customer="y", updatedAt="{at}")
    cqrs.hold(1)
    cqrs.deliver_all()

@pytest.mark.cqrs(template={broken!r})
def test_own_assertion(cqrs: Story) -> None:
    cqrs.send("OrderCreated", "a", customer="x", createdAt="{at}")
    cqrs.deliver_all()
    assert cqrs.query("a")["customer"] == "somebody else"

def test_conforming(cqrs: Story) -> None:
    assert cqrs.send("OrderCreated", "a", customer="x", createdAt="{at}").accepted

def test_without_a_story() -> None:
    pass

def nightly(template: str) -> list[str]:
    report = run(template, requirements=["PRJ"], seed=1)
    with stage(template, contract="orders") as served:
        print(served.url, served.log)
    return [found.text for each in report.failed for found in check(each.id)]
'''


class TestUnderPytest:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        broken = str(miniature("handles_twice", tmp_path))
        path = tmp_path / "test_users.py"
        path.write_text(USERS.format(broken=broken, at=AT), "utf-8")
        return path

    def test_a_test_fails_by_its_story(self, file: Path) -> None:
        """With xdist, too; a failed assertion of its own stays the reason."""
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n", "1", "--strict-markers", file.name],
            cwd=file.parent, capture_output=True, text=True, timeout=300, check=False)
        assert "2 failed, 2 passed" in ended.stdout, ended.stdout
        assert "PRJ-03 (MUST) Events delivered in any order" in ended.stdout
        assert "AssertionError: assert 'x' == 'somebody else'" in ended.stdout

    def test_a_users_file_is_typed_strictly(self, file: Path) -> None:
        """In a process of its own: mypy all but ends the garbage collection of its process."""
        pytest.importorskip("mypy")
        ended = subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(file.parent), str(file)],
            capture_output=True, text=True, timeout=300, check=False)
        assert (ended.returncode, "Success" in ended.stdout) == (0, True), ended.stdout
