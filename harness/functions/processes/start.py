"""The command and the files that start an environment."""

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
        """The options of an environment that is started now."""
        return (self.read_option if self.file.exists() else self.write_option,)

    def keep(self) -> None:
        """Keep the file that an environment has written, once it has ended by itself."""
        if self.draft.exists():
            self.draft.rename(self.file)


@dataclass(frozen=True, slots=True)
class StartCommand:
    """A command, and the variables that it needs besides those of the function.

    An archive's options come after ``words_before_options`` words of the command.
    ``clock_can_be_set``: its runtime sets its clock ahead on request (an extension of the harness's
    to the Lambda Runtime API).
    ``proxy``: options that send HTTPS through the environment's address; ``{port}`` is its port.
    """

    command: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    archive: StartupArchive | None = None
    words_before_options: int = 1
    clock_can_be_set: bool = False
    proxy: tuple[str, ...] = ()

    def words(self, port: int) -> tuple[str, ...]:
        """The words of the command, with the archive's options as of now."""
        options = self.archive.options() if self.archive else ()
        proxy = (option.replace("{port}", str(port)) for option in self.proxy)
        place = self.words_before_options
        return (*self.command[:place], *options, *proxy, *self.command[place:])


@dataclass(frozen=True, slots=True)
class UnpackedFunction:
    """A function's code as Lambda unpacks it; ``layers`` are unpacked folders.

    ``jar`` is the code, in place of the folder's content, where it is a .jar file. ``scratch`` is a
    folder of the run, for further files of a runtime. ``project`` is the folder of the template.
    """

    name: str
    runtime: str
    handler: str
    folder: Path
    scratch: Path
    layers: tuple[Path, ...] = ()
    jar: Path | None = None
    project: Path | None = None

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
