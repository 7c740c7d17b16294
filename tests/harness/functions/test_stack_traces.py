"""An error of a function is shown by its name, its message and the place in the user's code."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from harness.functions.invocation import FunctionError
from harness.functions.processes.stack_traces import summary
from tests.harness.functions.test_node_runtime import Make, call, make

__all__ = ["make"]  # a fixture

NODE = """\
TypeError: Cannot read properties of undefined (reading 'id')
TypeError: Cannot read properties of undefined (reading 'id')
    at Client.send (/app/node_modules/@aws-sdk/client/index.js:4:5)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at async open (/app/src/commands.js:12:9)
    at async answer (/harness/processes/node_runtime.js:160:14)"""
JAVA = """\
java.lang.IllegalStateException: no such order
java.util.Optional.orElseThrow(Optional.java:403)
shop.Orders.load(Orders.java:41)
shop.Handler.handleRequest(Handler.java:17)"""
PYTHON = """\
KeyError: 'id'
  File "/venv/site-packages/boto3/session.py", line 3, in get
    raise KeyError
  File "/app/commands.py", line 12, in handler
    event["id"]"""


@pytest.mark.parametrize(("trace", "shown"), [
    (NODE, "TypeError: Cannot read properties of undefined (reading 'id'), "
           "at async open (/app/src/commands.js:12:9)"),
    (JAVA, "java.lang.IllegalStateException: no such order, at shop.Orders.load(Orders.java:41)"),
    (PYTHON, "KeyError: 'id', at handler (/app/commands.py:12)"),
    ("Traceback (most recent call last):\n  File \"a.py\", line 1, in f\nKeyError: 'id'",
     "KeyError: 'id', in f (a.py:1)"),
    ("Error: no frames", "Error: no frames"),
    (" \n", ""),
])
def test_summary(trace: str, shown: str) -> None:
    """One line has the name, the message and the first frame that is the user's own."""
    assert summary(trace) == shown


@pytest.mark.node
def test_of_node(make: Make, tmp_path: Path) -> None:
    """An error of a handler in Node.js is shown with the line that threw it."""
    source = dedent("""\
        const fail = () => { throw new RangeError("too many"); };
        exports.handler = async () => fail();
    """)
    with pytest.raises(FunctionError) as caught:
        call(make(app_js=source))
    place = tmp_path.resolve() / "code/app.js"
    assert summary(caught.value.trace) == f"RangeError: too many, at fail ({place}:1:28)"
