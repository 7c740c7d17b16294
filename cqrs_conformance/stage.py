"""The embedded stage for tests of one's own: ``stage`` serves a system on loopback.

Requests go to the system's own routes, in its own dialect, by any HTTP client. What a request
publishes is delivered right after its reply. Nothing is judged.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["Served", "StageMistake", "stage"]


class StageMistake(ValueError):
    """A template, contract or dialect that cannot be used; the text says how to mend it."""


@dataclass(frozen=True, slots=True)
class Served:
    """A system that is served; ``url`` is where, without a slash at its end."""

    url: str
    _log: Path

    @property
    def log(self) -> str:
        """A line for each request until now, and below it what functions printed."""
        return self._log.read_text("utf-8")


@contextmanager
def stage(
    template: Path | str | None = None, *, contract: str | None = None,
    dialect: Path | str | None = None,
) -> Iterator[Served]:
    """Serve a system until the block ends; what is not given is as for ``cqrs-conformance serve``.

    Raises:
        StageMistake: the template, the contract or the dialect cannot be used.
    """
    given = {"template": template, "contract": contract, "dialect": dialect}
    words = [f"--{name}={value}" for name, value in given.items() if value is not None]
    with TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("w", encoding="utf-8") as written, subprocess.Popen(
            [sys.executable, "-m", "cqrs_conformance", "serve", *words, "--port=0"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=written, text=True,
        ) as process:
            try:
                yield Served(_url(process, log), log)
            finally:
                process.terminate()


def _url(process: subprocess.Popen[str], log: Path) -> str:
    """The first line that the command prints; it prints none if it cannot serve."""
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    if not line:
        process.wait()
        raise StageMistake(log.read_text("utf-8").strip())
    return line
