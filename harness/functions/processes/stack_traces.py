"""The place in the user's code at which a function failed, from the stack trace of its language.

Node.js and Java write the innermost frame first, Python writes it last. Frames of a library or of
the runtime come before the user's own, and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PYTHON_TRACE = "Traceback"
OURS = f"{Path(__file__).parents[2]}/"
"""The harness, whose frames stand below those of a function that runs in its process."""


@dataclass(frozen=True, slots=True)
class Language:
    """The way a language writes a frame; ``frame`` matches one, and ``foreign`` those of others.

    ``pick`` chooses the innermost of the user's frames, ``shown`` writes it for people.
    """

    frame: re.Pattern[str]
    foreign: re.Pattern[str]
    pick: int
    shown: Callable[[re.Match[str]], str]


LANGUAGES = (
    Language(re.compile(r"^\s*at (?P<place>\S.*)$"),
             re.compile(r"node_modules|\(?node:|<anonymous>|\(native\)|node_runtime\.js"
                        r"|\bat (java|jdk|sun|software\.amazon|com\.amazonaws)\."),
             0, lambda found: found["place"]),
    Language(re.compile(r"^(?P<place>[\w.$]+\([\w$]+\.(?:java|kt|scala):\d+\))$"),
             re.compile(r"^(java|jdk|sun|software\.amazon|com\.amazonaws)\."),
             0, lambda found: found["place"]),
    Language(re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<name>.+)$'),
             re.compile(r"site-packages|awslambdaric|/lib/python|" + re.escape(OURS)),
             -1, lambda found: f"{found['name']} ({found['file']}:{found['line']})"),
)
"""The languages whose stack traces are known."""


def summary(trace: str) -> str:
    """Return an error on one line: its name, its message, and the place in the user's code.

    A trace of Python's own form ends with its name and message, any other one begins with them.
    """
    lines = trace.strip().splitlines()
    if not lines:
        return ""
    if any(line.startswith(PYTHON_TRACE) for line in lines):
        place = user_frame(lines)
        return f"{lines[-1].strip()}, in {place}" if place else lines[-1].strip()
    place = user_frame(lines[1:])
    return f"{lines[0].strip()}, at {place}" if place else lines[0].strip()


def user_frame(lines: Sequence[str]) -> str:
    """Return the innermost frame of the user's code; empty if no line is one."""
    for language in LANGUAGES:
        frames = [found for line in lines if not language.foreign.search(line)
                  and (found := language.frame.match(line))]
        if frames:
            return language.shown(frames[language.pick])
    return ""
