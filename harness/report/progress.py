"""Progress of a run: a bar on a terminal, plain lines otherwise."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar


class Progress:
    """Shows one line a verdict, and how far the run is where there is a terminal."""

    def __init__(self, total: int, file: Any = None) -> None:
        stream = file or sys.__stdout__
        self._console = Console(file=stream, highlight=False, soft_wrap=True)
        self._bar: Bar | None = None
        if self._console.is_terminal:
            self._bar = Bar(TextColumn("judging"), BarColumn(), MofNCompleteColumn(),
                            TimeElapsedColumn(), console=self._console, transient=True)
            self._task = self._bar.add_task("requirements", total=total)
            self._bar.start()

    def advance(self, line: str) -> None:
        """Count one more verdict; an empty line shows nothing."""
        if line:
            self.tell(line)
        if self._bar is not None:
            self._bar.advance(self._task)

    def tell(self, text: str) -> None:
        """Print a text above the bar."""
        self._console.print(text, markup=False)

    def stop(self) -> None:
        """End the bar."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
