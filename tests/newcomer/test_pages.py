"""Every command of the documentation is run, or its page says why not; all of them exist."""

from __future__ import annotations

import configparser
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from harness.entry.cli import command_parsers
from harness.entry.parsing import Parser, parsed
from tests.newcomer.pages import NAME, PROJECT, Block, blocks, pages
from tests.newcomer.places import PLACES, Place

ALL = [block for page in pages() for block in blocks(page)]
TOLD = "docs/tutorial.md"
"""The page that ``test_newcomer.py`` runs, since it looks at the outputs."""


def _where(block: Block) -> tuple[str, str]:
    return block.page, block.place or ""


RUN = [(*where, list(those)) for where, those in groupby(
    sorted((b for b in ALL if b.place and b.page != TOLD), key=_where), key=_where)]
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
MENTION = re.compile(rf"{NAME} ([a-z-]+)([^`\n|#]*)")
SERVED = "http://127.0.0.1:8080/orders/none"


@cache
def _parsers() -> tuple[Parser, dict[str, Parser]]:
    return command_parsers()


@cache
def _environments() -> configparser.ConfigParser:
    read = configparser.ConfigParser()
    read.read(PROJECT / "tox.ini")
    return read


@cache
def _help(command: str) -> str:
    return _parsers()[1][command].format_help()


def _id(block: Block) -> str:
    return f"{block.page}:{block.line}"


@pytest.mark.parametrize("block", ALL, ids=_id)
def test_a_block_is_run_or_says_why_not(block: Block) -> None:
    """A comment stands before each block; the files that a reason names are there."""
    assert block.place in PLACES or block.why is not None
    named = re.findall(r"tests/[\w/.]+\w", block.why or "")
    assert [name for name in named if not (PROJECT / name).exists()] == []


@pytest.mark.parametrize("block", ALL, ids=_id)
def test_a_command_exists(block: Block) -> None:
    """The command line takes it; modules and environments of the project are there."""
    environments = _environments()
    top, parsers = _parsers()
    for words in block.commands():
        start = next((at for at, word in enumerate(words) if Path(word).name == NAME
                    and words[at + 1: at + 2] and words[at + 1] in parsers), None)
        if start is not None:
            parsed(top, parsers, words[start + 1:])
        if "-m" in words and words[0].endswith(("python", "python3")):
            module = words[words.index("-m") + 1]
            assert not module.startswith(("benchmarks.", "tests.")) or find_spec(module)
        if words[0] == "tox":
            asked = words[words.index("-e") + 1].split(",")
            assert [name for name in asked if not name.startswith("py3")
                    and f"testenv:{name}" not in environments] == []


def test_commands_and_options_are_found() -> None:
    """The pages have commands in blocks, and options beside commands, that are looked up."""
    commands = [words for block in ALL for words in block.commands()]
    mentions = [rest for page in pages() for _, rest in MENTION.findall(page.read_text("utf-8"))]

    assert (len(commands) > 50, len(list(filter(OPTION.search, mentions))) > 20) == (True, True)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.stem)
def test_options_in_the_text_exist(page: Path) -> None:
    """Each option beside a command in a text, a table or a workflow is one of that command."""
    text = re.sub(r"\\\n\s*", " ", page.read_text("utf-8"))
    unknown = [(command, option) for command, rest in MENTION.findall(text)
               if command in _parsers()[1]
               for option in OPTION.findall(rest) if option not in _help(command)]
    assert unknown == []


@pytest.mark.parametrize("page", sorted((PROJECT / "docs").glob("*.md")), ids=lambda p: p.stem)
def test_a_page_opens_with_what_its_reader_can_do(page: Path) -> None:
    """After its heading a page says what its reader knows or can do after it."""
    if page.stem not in ("index", "start", "contributing", "changes"):
        heading, _, rest = page.read_text("utf-8").lstrip().partition("\n")
        assert (heading[:2], rest.lstrip()[:15]) == ("# ", "After this page")


@contextmanager
def _serving(place: Place, command: str) -> Iterator[None]:
    """A server in the background, from its first answer on."""
    process = subprocess.Popen(["bash", "-euc", f"exec {command}"], cwd=place.folder,
                               env=place.environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                urlopen(SERVED, timeout=5)
            except URLError as error:
                if hasattr(error, "code"):
                    break
                time.sleep(0.3)
        yield
    finally:
        process.terminate()
        process.wait(60)


@pytest.mark.newcomer
@pytest.mark.parametrize(("page", "place", "run"), RUN, ids=lambda each: each if isinstance(
    each, str) else "")
def test_the_commands_of_a_page(page: str, place: str, run: list[Block], tmp_path: Path) -> None:
    """The commands of a page end as it says, in the order of the page."""
    made = PLACES[place](tmp_path)
    with ExitStack() as servers:
        for block in run:
            if block.text.startswith(f"{NAME} serve"):
                servers.enter_context(_serving(made, block.text))
                continue
            ended = made.run(block.text)
            assert ended.returncode == block.code, f"{block.text}\n{ended.stdout}\n{ended.stderr}"
