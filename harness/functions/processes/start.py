"""What it takes to start an environment."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.functions.invocation import HandlerError


@dataclass(frozen=True, slots=True)
class Archive:
    """What one environment leaves, when it is asked to end, for later ones to start sooner.

    ``leaving`` and ``using`` are options of the program; with the first it writes ``draft``,
    which becomes ``file`` once it is whole.
    """

    file: Path
    draft: Path
    leaving: str
    using: str

    def options(self) -> tuple[str, ...]:
        """Those of an environment that is started now."""
        return (self.using if self.file.exists() else self.leaving,)

    def keep(self) -> None:
        """An environment has ended by itself: take what it has left."""
        if self.draft.exists():
            self.draft.rename(self.file)


@dataclass(frozen=True, slots=True)
class Start:
    """A command, and the variables that it needs besides those of the function.

    An archive's options come after ``before`` words of the command. ``clock``: it sets
    its clock ahead when it is told to, of which the Lambda Runtime API knows nothing.
    """

    command: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    archive: Archive | None = None
    before: int = 1
    clock: bool = False

    def words(self) -> tuple[str, ...]:
        """The command as it is now."""
        options = self.archive.options() if self.archive else ()
        return (*self.command[: self.before], *options, *self.command[self.before :])


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A function as Lambda would have it in front of it; ``layers`` are unpacked folders.

    ``jar`` stands for the folder's content if the code is one. ``scratch`` is a folder of the
    run's own, for what a runtime needs besides.
    """

    name: str
    runtime: str
    handler: str
    folder: Path
    scratch: Path
    layers: tuple[Path, ...] = ()
    jar: Path | None = None

    def program(self, name: str, remedy: str) -> str:
        """The path of an installed program.

        Raises:
            HandlerError: it is not installed.
        """
        found = shutil.which(name)
        if found is None:
            raise HandlerError(
                self.name, f"runtime {self.runtime} needs {name} on the PATH; {remedy}")
        return found
