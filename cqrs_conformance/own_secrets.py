"""Secrets in the variables of whoever runs the command, kept from functions that run in it.

A process cannot change what ``/proc/self/environ`` shows of its start, and functions share this
process. Where they do, and the secrets are of no use, the command starts itself again without them.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

__all__ = ["SECRETS", "start_without_secrets", "without_secrets"]

SECRETS = (
    "CQRS_API_KEY", "CQRS_HEADERS", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
)
RUN_FUNCTIONS = ("run", "replay", "serve", "power", "check-template")
"""Commands that run functions in this process."""


def start_without_secrets(arguments: Sequence[str]) -> None:
    """Start this command anew without its secrets, if functions are to run in its process."""
    left = without_secrets(os.environ, arguments)
    if left is not None:
        os.execve(sys.executable, sys.orig_argv, dict(left))


def without_secrets(
    variables: Mapping[str, str], arguments: Sequence[str]
) -> Mapping[str, str] | None:
    """The variables without secrets; None if there are none, or the command needs them."""
    left = {name: value for name, value in variables.items() if name not in SECRETS}
    runs_here = bool(arguments) and arguments[0] in RUN_FUNCTIONS and _runs_here(arguments)
    return left if runs_here and len(left) < len(variables) else None


def _runs_here(arguments: Sequence[str]) -> bool:
    stages = [*_values(arguments, "--stage")] or _stages_of_files(arguments)
    return set(stages) <= {"moto"} or "hosted" in _values(arguments, "--functions")


def _values(arguments: Sequence[str], option: str) -> list[str]:
    following = [arguments[at + 1] for at, word in enumerate(arguments[:-1]) if word == option]
    return following + [word.removeprefix(f"{option}=") for word in arguments
                        if word.startswith(f"{option}=")]


def _stages_of_files(arguments: Sequence[str]) -> list[str]:
    """The stages on which counterexamples in files were found; ``replay`` plays them there."""
    found = []
    for word in arguments[1:] if arguments[0] == "replay" else ():
        with suppress(OSError, ValueError, AttributeError):
            found.append(str(json.loads(Path(word).read_text("utf-8")).get("stage", "moto")))
    return found
