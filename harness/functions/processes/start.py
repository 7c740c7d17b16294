"""What it takes to start an environment."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.functions.invocation import HandlerError


@dataclass(frozen=True, slots=True)
class StartupArchive:
    """A file that one environment writes when it is asked to end, so that later ones start sooner.

    ``write_option`` and ``read_option`` are options of the program; with the first it writes
    ``draft``, which becomes ``file`` once it is whole.
    """

    file: Path
    draft: Path
    write_option: str
    read_option: str

    def options(self) -> tuple[str, ...]:
        """Those of an environment that is started now."""
        return (self.read_option if self.file.exists() else self.write_option,)

    def keep(self) -> None:
        """An environment has ended by itself: take what it has left."""
        if self.draft.exists():
            self.draft.rename(self.file)


@dataclass(frozen=True, slots=True)
class StartCommand:
    """A command, and the variables that it needs besides those of the function.

    An archive's options come after ``before`` words of the command. ``clock_can_be_set``: it sets
    its clock ahead when it is told to, of which the Lambda Runtime API knows nothing.
    """

    command: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    archive: StartupArchive | None = None
    before: int = 1
    clock_can_be_set: bool = False

    def words(self) -> tuple[str, ...]:
        """The command as it is now."""
        options = self.archive.options() if self.archive else ()
        return (*self.command[: self.before], *options, *self.command[self.before :])


@dataclass(frozen=True, slots=True)
class UnpackedFunction:
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
