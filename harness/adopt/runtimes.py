"""The runtimes of a template's functions: those that are unknown, and Pythons other than this one.

Python functions run in the harness's process, unless the settings name a command for their runtime.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator

from harness.functions.processes.runtimes import STARTS
from harness.template import Function, Template


def unknown_runtime(template: Template, function: Function) -> str | None:
    """The sentence about a runtime that nothing starts; None if something does."""
    if function.runtime.startswith((*STARTS, *template.settings.runtimes)):
        return None
    return (f"function {function.logical_id}: expected a runtime of {', '.join(STARTS)}, got "
            f"{function.runtime or 'none'}; correct Runtime, or name its command under "
            "runtimes in [tool.cqrs-conformance]")


def other_pythons(template: Template, names: Collection[str]) -> Iterator[str]:
    """One sentence if functions of these names ask for another Python than the one that runs."""
    here = f"python{sys.version_info.major}.{sys.version_info.minor}"
    asked = {f.runtime for f in template.functions if f.logical_id in names
             and f.runtime.startswith("python")
             and not f.runtime.startswith(tuple(template.settings.runtimes))} - {here}
    if asked:
        yield f"functions of {', '.join(sorted(asked))} run on {here} here"
