"""The words of a run under the command: a failure when it is certain, the rest at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from harness.core.requirements import Level
from harness.core.verdict import Outcome
from harness.entry.verdicts import Document
from harness.report.progress import Progress
from harness.report.terminal import verdict_line


class Telling:
    """Tells verdicts as they come; without a ``start`` it keeps silent, as pytest tells them."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._warnings: list[str] = []

    def start(self, total: int) -> None:
        """Begin to tell, with a bar on a terminal."""
        self._progress = Progress(total)

    def stop(self) -> None:
        """End the bar."""
        if self._progress is not None:
            self._progress.stop()

    def verdict(self, document: Document, story: str = "") -> None:
        """Tell a verdict, and the story of a failure below it."""
        if self._progress is None:
            return
        self._progress.advance(verdict_line(document))
        if document["outcome"] == Outcome.FAILED and story:
            if document["level"] == Level.SHOULD.value:
                self._warnings.append(story)
            else:
                self._progress.tell(f"\n{story}\n")

    def trouble(self, where: str, text: str) -> None:
        """Tell an error that is no verdict."""
        if self._progress is not None:
            self._progress.tell(f"\n{where}\n{text}\n")

    def warnings(self) -> Iterator[str]:
        """The stories of recommendations that are violated."""
        if self._warnings:
            yield "\nWarnings"
        for story in self._warnings:
            yield f"\n{story}\n"


def story_of(report: pytest.TestReport) -> str:
    """The story that a test has ended with."""
    excused: str = getattr(report, "wasxfail", "")
    return excused.removeprefix("reason: ") if excused else report.longreprtext


def accepted_lines(verdicts: Sequence[Document], outlived: Sequence[str]) -> Iterator[str]:
    """Lines about the failures that a baseline accepts, and about those that it need not."""
    for verdict in verdicts:
        if "accepted" in verdict:
            yield f"accepted: {verdict['id']} ({verdict['accepted']})"
    for id in outlived:
        yield f"the baseline accepts {id}, which no longer fails; remove it from the file"
