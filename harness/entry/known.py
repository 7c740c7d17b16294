"""Counterexamples that earlier runs have kept, played again before anything is drawn.

After a correction they tell in a moment if it helped. They are played in a child process, since
what a stage leaves in a process (chance, caches) may change what the run draws or finds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from harness.core.errors import HarnessError
from harness.entry.contract_errors import naming_the_contract
from harness.entry.controlled_stages import open_moto
from harness.entry.judge import Judge
from harness.entry.options import RunOptions
from harness.entry.stage_setup import RunSetup
from harness.explore.campaign import Campaign
from harness.explore.counterexample_files import (
    DEFAULT_FOLDER,
    FileError,
    Origin,
    Saved,
    read,
)
from harness.explore.profiles import PROFILES
from harness.explore.replay import Answer, replay

LIMIT = 20
"""Files that are played, the newest; the others are counted."""
TITLE = "Failures of earlier runs, played again first (--no-known leaves them out):"
ANSWERS = {Answer.REPRODUCED: "still fails", Answer.NOT_REPRODUCED: "holds now",
           Answer.NO_VERDICT: "no verdict"}


def known_failures(judge: Judge) -> Iterator[str]:
    """Play what earlier runs of the same system have kept; yield lines for people.

    Nothing comes where nothing was kept. Only the embedded stage plays: elsewhere it takes long.
    """
    given = judge.options
    folder = Path(given.counterexamples or DEFAULT_FOLDER)
    if given.no_known or given.stage != "moto" or not folder.is_dir():
        return
    paths = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    fitting = [(path, saved) for path, saved in map(_read, paths)
               if saved is None or _of_this_system(saved.origin, given)]
    if fitting:
        yield TITLE
        yield from _lines(judge, fitting[:LIMIT])
        if len(fitting) > LIMIT:
            yield f"  ({len(fitting) - LIMIT} older ones were left out)"
        yield ""


def _read(path: Path) -> tuple[Path, Saved | None]:
    try:
        return path, read(path)
    except FileError:
        return path, None


def _of_this_system(origin: Origin, given: RunOptions) -> bool:
    named = (origin.template, given.template), (origin.dialect, given.dialect)
    same = all(one == other or (one and other and Path(one).resolve() == Path(other).resolve())
               for one, other in named)
    return same and origin.contract == given.contract and origin.stage == given.stage


def _lines(judge: Judge, fitting: list[tuple[Path, Saved | None]]) -> Iterator[str]:
    wanted = [(path, saved) for path, saved in fitting
              if saved is not None and saved.origin.requirement in judge.wanted]
    answers = _played_apart(judge, wanted) if wanted else {}
    for path, saved in fitting:
        if path in answers:
            yield f"  {path.stem:<16} {answers[path]}"
        elif saved is None:
            yield f"  {path.stem:<16} skipped: it cannot be read"
        else:
            yield f"  {path.stem:<16} skipped: {saved.origin.requirement} is not to be judged"


def _played_apart(judge: Judge, wanted: list[tuple[Path, Saved]]) -> dict[Path, str]:
    context = get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(sending, judge, wanted), daemon=True)
    child.start()
    sending.close()
    answers: dict[Path, str] = {path: "skipped: the stage does not open" for path, _ in wanted}
    with suppress(EOFError):
        while True:
            path, answer = receiving.recv()
            answers[path] = answer
    child.join()
    return answers


def _send(channel: Connection, judge: Judge, wanted: list[tuple[Path, Saved]]) -> None:
    """Play in the child. An error of the stage shows when the run opens its own."""
    with suppress(HarnessError, KeyboardInterrupt), open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
        for answer in _played(judge, wanted):
            channel.send(answer)
    channel.close()


def _played(judge: Judge, wanted: list[tuple[Path, Saved]]) -> Iterator[tuple[Path, str]]:
    template = judge.template()
    setup = RunSetup(judge.contract, template, PROFILES["quick"], judge.options.set_seed,
                     dialect=judge.dialect())
    opened = open_moto(setup)
    try:
        for path, saved in wanted:
            yield path, _answer(judge, opened.campaign, saved)
    finally:
        opened.close()


def _answer(judge: Judge, campaign: Campaign, saved: Saved) -> str:
    try:
        with naming_the_contract(judge.contract):
            found = replay(campaign, saved)
    except HarnessError as error:
        return f"skipped: {error}"
    reason = f": {found.reason}" if found.answer is Answer.NO_VERDICT else ""
    return f"{ANSWERS[found.answer]}{reason}"
