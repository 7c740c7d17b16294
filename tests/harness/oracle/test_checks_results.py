"""Results of commands that were taken in."""

from harness.core.history import Undecided
from harness.core.json_values import to_json
from harness.core.violation import Kind
from tests.harness.histories import CREATED, VIEW, Story


class TestDecided:
    def test_pending_for_ever(self) -> None:
        """A result that is pending when nothing is on its way is blamed, with the aggregate."""
        story = Story().accept(CREATED, 1).query(VIEW).add(Undecided(1, to_json(CREATED)))
        assert story.kinds == {Kind.UNDECIDED}

    def test_no_command(self) -> None:
        """It is blamed for a body that is no command, too: the client waits all the same."""
        assert Story().add(Undecided(1, "{}")).kinds == {Kind.UNDECIDED}
