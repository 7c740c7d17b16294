"""Functions in any language, without Docker: processes that speak the Lambda Runtime API.

Source: AWS Lambda Developer Guide, "Using the Lambda runtime API for custom runtimes"
(version 2018-06-01). Every environment is a process with an address of its own, which is both
its Runtime API and, through AWS_ENDPOINT_URL, all of AWS. So the harness knows which environment
makes a call. The thread that invokes a function also serves that address until the function has
answered, and between invocations the process is frozen: it makes no call that is not recorded.
"""

from harness.functions.processes.environment import ProcessEnvironment, ProcessFunction
from harness.functions.processes.runtimes import start_command
from harness.functions.processes.start import StartCommand, StartupArchive, UnpackedFunction

__all__ = [
    "ProcessEnvironment",
    "ProcessFunction",
    "StartCommand",
    "StartupArchive",
    "UnpackedFunction",
    "start_command",
]
