"""Stories of one's own tests: the types of the pytest fixture ``cqrs``; see docs/story-tests.md."""

from harness.play.story import Branches, CommandReply, QueriedView, Story, StoryError

__all__ = ["Branches", "CommandReply", "QueriedView", "Story", "StoryError"]
