"""The options of the command ``power``."""

from __future__ import annotations

import argparse
import os
from typing import Any

from harness.explore.profiles import PROFILES
from harness.mutants.catalogue import DEFAULT

BUDGET = 60.0
"""Seconds; about what a whole run of the quick profile takes."""


def add_parser(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser("power", help="how many known bugs are found, and how soon",
                                 description="Hunt implementations whose verdict is known.")
    parser.add_argument("--catalogue", default=DEFAULT, metavar="NAME|MODULE:NAME",
                        help="which implementations (those of the project's clone)")
    parser.add_argument("--only", nargs="+", action="extend", default=[], metavar="NAME",
                        help="hunt only these of them")
    parser.add_argument("--profile", default="quick", choices=tuple(PROFILES))
    parser.add_argument("--budget", type=_positive, default=BUDGET, metavar="SECONDS",
                        help=f"for each hunt at most ({BUDGET:g})")
    parser.add_argument("--jobs", type=_count, default=max(1, (os.cpu_count() or 2) // 2),
                        metavar="N", help="hunts at a time (half the processors)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-baseline", action="store_true", help="only the harness hunts")
    parser.add_argument("--json", metavar="FILE", help="write the results to this file")
    parser.add_argument("--picture", metavar="FILE", help="draw kills over time into this SVG file")


def _positive(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text}")
    return seconds


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected 1 or more, got {text}")
    return number
