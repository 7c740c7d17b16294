"""Stories of one's own tests: the types of the pytest fixture ``cqrs``; see docs/story-tests.md."""

import cqrs_conformance.claimed  # noqa: F401  # before harness is imported
from harness.play.observations import CommandReply, QueriedView
from harness.play.story import LEFT_OUT, Branches, Story, StoryError

__all__ = ["LEFT_OUT", "Branches", "CommandReply", "QueriedView", "Story", "StoryError"]
