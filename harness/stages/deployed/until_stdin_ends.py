"""Runs a module as a program that ends when its standard input does.

    python -m harness.stages.deployed.until_stdin_ends MODULE

Its parent holds the other end, so it ends with the parent, however that ends; and so does every
process in its group, which it leads.
"""

from __future__ import annotations

import os
import runpy
import signal
import sys
import threading


def _end_with_input() -> None:
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    threading.Thread(target=_end_with_input, daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
