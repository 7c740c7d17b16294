"""Progress of a run: on a terminal a live line, colours and signs; plain lines otherwise."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bar
from rich.text import Text

from harness.core.verdict import Outcome
from harness.report.wrapping import fitted

STYLES = {Outcome.PASSED: ("✔", "green"), Outcome.FAILED: ("✘", "bold red"),
          Outcome.ERRORED: ("!", "yellow"), Outcome.VACUOUS: ("!", "yellow")}
"""The sign and the colour of an outcome; others are dim."""
OTHER = ("·", "dim")
LIVE = 46
"""Characters of the live line's text, so that the line fits 80 columns."""


class _Words(ProgressColumn):
    """The words of the live line, asked for whenever it is drawn."""

    def __init__(self, words: Callable[[], str]) -> None:
        super().__init__()
        self._words = words

    def render(self, task: Task) -> Text:
        return Text(self._words()[:LIVE])


def _own_output() -> Any:
    """The standard output; on a terminal one of our own, which no test takes away while it runs."""
    stream = sys.__stdout__
    if stream is None or not stream.isatty():
        return stream
    stream.flush()
    return open(os.dup(stream.fileno()), "w", encoding=stream.encoding, errors=stream.errors)


class Progress:
    """Shows one line a verdict, and how far the run is where there is a terminal.

    ``phase``: asked for the words of the live line; where it has none, ``now`` was told them.
    """

    def __init__(
        self, total: int, file: Any = None, phase: Callable[[], str | None] | None = None
    ) -> None:
        stream = file or _own_output()
        self._now = "judging"
        terminal = bool(stream and stream.isatty())  # whatever FORCE_COLOR says
        self._console = Console(file=stream, highlight=False, soft_wrap=True,
                                force_terminal=terminal)
        self._bar: Bar | None = None
        if self._console.is_terminal:
            self._bar = Bar(_Words(lambda: (phase and phase()) or self._now), BarColumn(12),
                            MofNCompleteColumn(), TimeElapsedColumn(), console=self._console,
                            transient=True)
            self._task = self._bar.add_task("judging", total=total)
            self._bar.start()

    @property
    def _width(self) -> int | None:
        return self._console.width if self._console.is_terminal else None

    def now(self, text: str) -> None:
        """Tell in the live line what goes on."""
        self._now = text

    def advance(self, line: str, outcome: Outcome | None = None) -> None:
        """Count one more verdict; an empty line shows nothing."""
        if line:
            self.verdict(line, outcome)
        if self._bar is not None:
            self._bar.advance(self._task)

    def verdict(self, line: str, outcome: Outcome | None) -> None:
        """Print the line of a verdict, or of several with one outcome."""
        if outcome is None or not self._console.is_terminal:
            self.tell(line)
            return
        sign, style = STYLES.get(outcome, OTHER)
        signed = not self._console.no_color and self._writes(sign)
        self._print(f"{sign} {line}" if signed else line, style)

    def tell(self, text: str) -> None:
        """Print a text above the bar."""
        self._print(text)

    def story(self, text: str) -> None:
        """Print the story of a failure; its first line is a heading."""
        head, _, rest = text.partition("\n")
        self._print(f"\n{head}", "bold" if self._console.is_terminal else "")
        self._print(f"{rest}\n")

    def stop(self) -> None:
        """End the bar."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _print(self, text: str, style: str = "") -> None:
        self._console.print(fitted(text, self._width), markup=False, style=style)

    def _writes(self, sign: str) -> bool:
        try:
            sign.encode(self._console.encoding)
        except (UnicodeEncodeError, LookupError):
            return False
        return True
