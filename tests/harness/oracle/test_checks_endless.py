"""Events that set each other off without an end."""

from harness.core.history import Endless, Poisoned
from harness.core.violation import Kind
from tests.harness.histories import CREATED, VIEW, Story


def settled() -> Story:
    return Story().accept(CREATED, 1).query(VIEW)


class TestEnd:
    def test_endless(self) -> None:
        """A chain that was cut is blamed, although the view is right."""
        assert settled().add(Endless(7, "projection")).kinds == {Kind.NEVER_SETTLED}

    def test_foreign_event(self) -> None:
        """A foreign event that is sent round for ever harms no view."""
        story = settled().add(Poisoned(1, "Unknown", 1)).add(Endless(7, "projection"))
        assert story.kinds == set()
