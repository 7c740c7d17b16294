"""The command line: ``cqrs-conformance``, or ``python -m cqrs_conformance``.

Ctrl-C and SIGTERM end it without a traceback from its first moment on. Nothing is imported before
it can heed them, and nothing that comes after the end of the work is disturbed by another one.
"""

from __future__ import annotations

import sys

__all__ = ["main"]

NO_VERDICT = 3


def main(arguments: list[str] | tuple[str, ...] | None = None) -> int:
    """Run the command line and return its exit code; without arguments, that of this process."""
    own = arguments is None
    try:
        if own:
            _let_both_interrupt()
        from cqrs_conformance.command import command, command_line

        return command() if arguments is None else command_line(arguments)
    except KeyboardInterrupt:
        if own:
            _heed_no_more()
        print("no verdict: the run was interrupted", file=sys.stderr)
        return NO_VERDICT
    finally:
        if own:
            _heed_no_more()


class _Interrupt:
    """A handler that raises an interrupt, and remembers it: other code may lose what is raised."""

    def __init__(self) -> None:
        self.arrived = False

    def __call__(self, number: int, frame: object) -> None:
        self.arrived = True
        raise KeyboardInterrupt


def _let_both_interrupt() -> None:
    import signal

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _Interrupt())
    sys.unraisablehook = _raised_again


def _raised_again(lost: sys.UnraisableHookArgs) -> None:
    """Raise an interrupt again that came amid a callback, of an import, say, which loses it."""
    if not issubclass(lost.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return
    import _thread
    import signal
    import time

    here = _thread.get_ident()

    def soon() -> None:
        time.sleep(0.01)  # until the callback has ended
        signal.pthread_kill(here, signal.SIGINT)

    _thread.start_new_thread(soon, ())


def _heed_no_more() -> None:
    import signal

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


if __name__ == "__main__":
    import os

    if sys.path[:1] == [os.getcwd()]:  # of "python -m"; the command cqrs-conformance has none
        del sys.path[0]
    sys.exit(main())
