"""The work of each worker process, for the live line of the process that started them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from harness.core.temporary_folders import temporary_folder

GIVEN = "cqrs_phases"
"""The folder's name among what pytest-xdist hands to a worker."""
STOP = ".stop"


class Phases:
    """A folder with one file a worker, and in it a line that tells what goes on there."""

    def __init__(self, config: pytest.Config) -> None:
        given: dict[str, Any] = getattr(config, "workerinput", {})  # pytest-xdist's
        self._worker: str | None = given.get("workerid")
        self._folder: Path | None = Path(given[GIVEN]) if GIVEN in given else None
        self._around = ExitStack()

    def hand_to(self, node: Any) -> None:
        """Tell a worker where to note what it does; the first one makes the folder."""
        if self._folder is None:
            self._folder = self._around.enter_context(temporary_folder())
        node.workerinput[GIVEN] = str(self._folder)

    def noting(self) -> Callable[[str], None] | None:
        """A function by which this process notes what it does; None unless it is a worker.

        It raises KeyboardInterrupt once the run is to stop.
        """
        if self._folder is None or self._worker is None:
            return None
        file, partly = self._folder / self._worker, self._folder / f".{self._worker}"

        stop = self._folder / STOP

        def note(text: str) -> None:
            if stop.exists():
                raise KeyboardInterrupt
            partly.write_text(text, "utf-8")
            partly.replace(file)

        return note

    def line(self) -> str | None:
        """The work of all workers, in the order of their names; None without workers."""
        if self._folder is None:
            return None
        files = sorted(each for each in self._folder.glob("[!.]*") if each.is_file())
        return ", ".join(each.read_text("utf-8") for each in files)

    def stop(self) -> None:
        """Have the workers stop as soon as they note anything."""
        if self._folder is not None:
            (self._folder / STOP).touch()

    def end(self) -> None:
        """Remove the folder; no worker may be left."""
        self._around.close()
        self._folder = None
