"""Ctrl-C while something is begun: it arrives, and what is undone then is not disturbed."""

import os
import signal
from contextlib import suppress

import pytest

from harness.interrupt import Interrupt


def test_arrives_at_once() -> None:
    """It is raised where the program happens to be."""
    reached = False
    with suppress(KeyboardInterrupt), Interrupt().noticed():
        os.kill(os.getpid(), signal.SIGINT)
        reached = True
    assert not reached


def test_swallowed() -> None:
    """If somebody swallows it, it is raised in the end."""
    with pytest.raises(KeyboardInterrupt), Interrupt().noticed(), suppress(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_handler_is_put_back() -> None:
    """Afterwards Ctrl-C is whose it was."""
    before = signal.getsignal(signal.SIGINT)
    with Interrupt().noticed():
        pass
    assert signal.getsignal(signal.SIGINT) is before
