"""The literals of a function, in the language of its runtime."""

from __future__ import annotations

from harness.adopt.code_files import handler_files
from harness.adopt.javascript_literals import javascript_literals
from harness.adopt.literals import Code, Literals
from harness.adopt.python_literals import python_literals
from harness.template import Function


def literals_of(function: Function) -> Literals:
    """The literals of a function's code; none where the code cannot be read."""
    code = Code(function)
    found = ("index", code.inline) if code.inline else code.first(handler_files(function))
    if found is None:
        return Literals()
    name, text = found
    if function.runtime.startswith("python"):
        return python_literals(code, name, text, function.handler.rpartition(".")[2])
    return javascript_literals(code, text, name)
