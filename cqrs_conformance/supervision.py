"""A parent for the command: a crash of its interpreter is no verdict, and says whose code did it.

The parent does nothing but wait. Ctrl-C reaches both processes by the terminal; what is sent to the
parent alone is passed on. If the parent is killed, the kernel ends the child.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from mmap import mmap

__all__ = ["supervised"]

COMMANDS = ("run", "replay", "serve", "check-template")
NO_VERDICT = 3
NOTE_SIZE = 512
SENT_BY_A_PROCESS = (0, -1)
"""``si_code`` of a signal that another process has sent (kill, sigqueue): see sigaction(2)."""
SIGNALS = (signal.SIGINT, signal.SIGTERM)
PR_SET_PDEATHSIG = 1


def supervised(work: Callable[[mmap | None], int], arguments: Sequence[str]) -> int:
    """Return the exit code of some work, done in a child where the command may run functions.

    ``work`` gets the memory in which it notes what it does. Where the system cannot tell who sent
    a signal (only Linux can), and for a debugger, the work is done in this process.
    """
    able = sys.platform == "linux" and bool(arguments) and arguments[0] in COMMANDS
    if not able or "--debug" in arguments:
        return work(None)
    note = mmap(-1, NOTE_SIZE)
    wanted = {*SIGNALS, signal.SIGCHLD}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
    parent, child = os.getpid(), os.fork()
    if child == 0:
        _end_with(parent)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return work(note)
    return _told(_ended(child, wanted), note)


def _end_with(parent: int) -> None:
    """Let the kernel end this process when its parent is gone."""
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(NO_VERDICT)


def _ended(child: int, wanted: set[signal.Signals]) -> int:
    """Wait for the child and pass signals on; return its exit code, negative for a signal."""
    while True:
        info = signal.sigwaitinfo(wanted)
        if info.si_signo == signal.SIGCHLD:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
        elif info.si_code in SENT_BY_A_PROCESS:
            os.kill(child, info.si_signo)


def _told(code: int, note: mmap) -> int:
    """Say that the interpreter has crashed, if it has; return the exit code of the command."""
    if code >= 0:
        return code
    if -code in SIGNALS:
        print("no verdict: the run was interrupted", file=sys.stderr)
        return NO_VERDICT
    running = note[:NOTE_SIZE].split(b"\0")[0].decode("utf-8", "replace")
    where = f" while it ran the function {running}" if running else ""
    print(f"no verdict: the interpreter was ended by {signal.Signals(-code).name}{where}; run such "
          "code as a process (see [tool.cqrs-conformance.runtimes]), or mend it", file=sys.stderr)
    return NO_VERDICT
