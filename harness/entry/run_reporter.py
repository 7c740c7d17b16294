"""The words of a run under the command: a failure when it is certain, the rest at the end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import groupby

import pytest

from harness.core.requirements import Level
from harness.core.verdict import Outcome
from harness.entry.verdicts import Document
from harness.report.progress import Progress
from harness.report.terminal import family_line, so_far_line, verdict_line


class RunReporter:
    """Tells verdicts as they come; without a ``start`` it keeps silent, as pytest tells them.

    Requirements that passed have one line a family in the end, since until then the scenarios of
    another one may violate them; ``verbose``: each has a line that it has held so far as well.
    """

    def __init__(self, *, verbose: bool = False) -> None:
        self._progress: Progress | None = None
        self._warnings: list[str] = []
        self._verbose = verbose
        self._passed: dict[str, Document] = {}

    def start(self, ids: Collection[str], phase: Callable[[], str | None] | None = None) -> None:
        """Begin to tell of these requirements, with a live line on a terminal.

        ``phase``: what the live line says, where other processes do the work.
        """
        self._progress = Progress(len(ids), phase=phase)

    def now(self, text: str) -> None:
        """Tell in the live line what goes on."""
        if self._progress is not None:
            self._progress.now(text)

    def stop(self) -> None:
        """End the bar."""
        if self._progress is not None:
            self._progress.stop()

    def verdict(self, document: Document, story: str = "") -> None:
        """Tell a verdict, and the story of a failure below it."""
        if self._progress is None:
            return
        outcome = Outcome(document["outcome"])
        if outcome is Outcome.PASSED:
            self._passed[document["id"]] = document
            self._progress.advance(so_far_line(document) if self._verbose else "", outcome)
            return
        self._passed.pop(document["id"], None)
        self._progress.advance(verdict_line(document), outcome)
        if outcome is Outcome.FAILED and story:
            if document["level"] == Level.SHOULD.value:
                self._warnings.append(story)
            else:
                self._progress.story(story)

    def rest(self) -> None:
        """Tell what has passed: nothing of another requirement can violate it any more."""
        if self._progress is None:
            return
        for family, ids in groupby(sorted(self._passed), _family):
            passed = [self._passed[id] for id in ids]
            self._progress.verdict(family_line(family, passed), Outcome.PASSED)
        self._passed.clear()

    def told(self, sentence: str) -> bool:
        """Tell a sentence above the live line; False if there is none yet."""
        if self._progress is not None:
            self._progress.tell(sentence)
        return self._progress is not None

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


def _family(id: str) -> str:
    return id.partition("-")[0]


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
