"""The line of the user's code that makes an AWS call, from the frames of a Python function.

Walking the frames takes time, so that it is done only while a counterexample is played again.
A process in Node.js tells the line itself, in a header; in other languages there is none.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from botocore.awsrequest import AWSResponse

from harness.functions.invocation import Environment
from harness.functions.python.environment import Environment as PythonEnvironment


class Trace(NamedTuple):
    """The facts noted of a call while a counterexample is played again; see ``Called``."""

    line: str = ""
    payload: str = ""
    at: float = 0.0
    answer: str = ""


NO_TRACE = Trace()
LONGEST_PAYLOAD = 4000
"""Characters of a payload and of an answer that are kept."""


def text_of(response: AWSResponse | None) -> str:
    """The text of a response, which stays to be read by the function."""
    kept = getattr(getattr(response, "raw", None), "getvalue", None)
    return kept().decode("utf-8", "replace")[:LONGEST_PAYLOAD] if kept else ""


def told_line(line: str, here: Path) -> str:
    """Return ``file:line`` with the file as it is seen from a folder, if it is below that."""
    file, colon, number = line.rpartition(":")
    path = Path(file)
    return f"{path.relative_to(here)}{colon}{number}" if path.is_relative_to(here) else line


def line_of(environment: Environment, frame: FrameType | None, here: Path) -> str:
    """Return ``file:line`` of the innermost frame in a function's own code; empty without one.

    ``here``: the folder from which the file is named, if it is below that.
    """
    if not isinstance(environment, PythonEnvironment):
        return ""
    folders = [str(folder) + os.sep for folder in environment.function.folders()]
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(tuple(folders)) and "site-packages" not in name:
            return told_line(f"{name}:{frame.f_lineno}", here)
        frame = frame.f_back
    return ""

