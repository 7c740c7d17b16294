"""The options of every command, added to argparse's parsers."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.entry.options import JUDGED, OPTIONS, REACHING
from harness.stages.options import CREDENTIALS, add_option, form_of

DEFAULT_CATALOGUE = "miniatures"
"""The catalogue of ``power``; named here, since its module takes long to import."""
HUNT_SECONDS = 60.0
"""Seconds of a hunt; about what a whole run of the quick profile takes."""
SEGMENTS = 4
AGAIN_SECONDS = 5.0
"""Seconds that an event may take from the store to a view before the audit looks again."""
AS_IN_FILE: dict[str, Any] = {"default": None}
"""An option that replaces what a counterexample's file says has no default of its own."""


def _template_in_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", nargs="?", metavar="TEMPLATE", help="the same as --template")


TEMPLATES = (".yaml", ".yml", ".json", ".template")


def with_template(given: argparse.Namespace) -> argparse.Namespace:
    """Take a template that stands without its option, also behind a list of requirements.

    Raises:
        argparse.ArgumentTypeError: two templates are given, or one without a name.
    """
    places = [given.place] if getattr(given, "place", None) is not None else []
    for name in ("requirement", "exclude"):
        listed = getattr(given, name, None) or []
        paths = [each for each in listed if each.endswith(TEMPLATES) or Path(each).is_dir()]
        places += paths
        if paths:
            setattr(given, name, [each for each in listed if each not in paths])
    named = [*places, *([given.template] if places and given.template else [])]
    if "" in (*places, getattr(given, "template", None)):
        raise argparse.ArgumentTypeError("the template: its name is empty; give a path, or leave "
                                         "it out to judge the one of the contract")
    if len(named) > 1:
        raise argparse.ArgumentTypeError(f"{' and '.join(named)}: give one template")
    if places:
        given.template = places[0]
    return given


def _add(parser: Any, *names: str, **changed: Any) -> None:
    for name in names:
        declared = OPTIONS[name]
        several = {"nargs": "+", "action": "extend"} if form_of(declared).several else {}
        add_option(parser.add_argument, declared, **several | changed)


def _reaching(parser: argparse.ArgumentParser) -> None:
    _add(parser.add_argument_group("stages reached over the network"), *REACHING)


def of_run(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``run``."""
    _template_in_place(parser)
    _add(parser, *JUDGED, default=None)
    group = parser.add_argument_group("many processes, and many seeds")
    group.add_argument("--seeds", metavar="FIRST:LAST", help="play under each of these seeds")
    _on_a_cluster(group)
    group = parser.add_argument_group("stages reached over the network")
    _add(group, *REACHING, default=None)


def _on_a_cluster(parser: Any) -> None:
    parser.add_argument("--scheduler", metavar="ADDRESS",
                        help="of a Dask cluster, tcp://HOST:PORT (workers of this machine)")
    parser.add_argument("--workers", type=_count, metavar="N",
                        help="processes of this machine (as many as it has processors)")


def of_serve(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``serve``."""
    _template_in_place(parser)
    _add(parser, "contract", "template", "dialect")
    parser.add_argument("--port", type=_port, default=0, help="0: one that is free")
    parser.add_argument("--latency-ms", type=_milliseconds, default=0.0, metavar="N",
                        help="what every request takes at least")


def of_replay(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``replay``."""
    parser.add_argument("file", metavar="FILE", nargs="+",
                        help="as a failing run has written it")
    parser.add_argument("--debug", action="store_true",
                        help="let functions print, and breakpoint() in them work")
    parser.add_argument("--as-test", metavar="FOLDER",
                        help="play nothing; write a test for pytest, and a copy of FILE, there")
    _add(parser, "stage", **AS_IN_FILE, help="another stage than the file names")
    _add(parser, "contract", **AS_IN_FILE, help="another contract than the file names")
    _add(parser, "template", help="another implementation than the file names")
    _add(parser, "dialect", help="another dialect than the file names")
    _add(parser, "strict", help="a violated SHOULD counts")
    _reaching(parser)


def of_check(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``check``."""
    parser.add_argument("file", metavar="HISTORY",
                        help="a counterexample's file, or a history in JSON Lines")
    _add(parser, "contract", **AS_IN_FILE, help="the contract, if not the file's")
    _add(parser, "dialect", help="see that it can be read; a history is in canonical form")
    _add(parser, "strict", help="a violated SHOULD counts")


def of_cleanup(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``cleanup``."""
    parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    parser.add_argument("--older-than", type=float, default=2.0, metavar="HOURS",
                        help="leave what is younger, for runs that are still under way (2)")
    _add(parser, "endpoint_url", help="an emulator in AWS's place")
    _add(parser, "region", help="the region to look in")
    _add(parser, *CREDENTIALS)


def of_adopt(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``adopt``."""
    _template_in_place(parser)
    _add(parser, "template")
    parser.add_argument("--openapi", metavar="FILE",
                        help="the API's OpenAPI document, for names, members and views")
    parser.add_argument("--into", metavar="FOLDER",
                        help="where contract.py and dialect.toml are written (the template's)")


def of_check_template(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``check-template``."""
    parser.add_argument("template", metavar="TEMPLATE",
                        help="the implementation's SAM or CloudFormation template, or its folder")
    _add(parser, "contract", **AS_IN_FILE, help="the contract's name, or a Python file that has it")
    _add(parser, "dialect")
    parser.add_argument("--try", action="store_true", dest="try_out",
                        help="send a command of each type and a query, and show what is recognised")


def of_requirements(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``requirements``."""
    _add(parser, "contract")
    parser.add_argument("--json", action="store_true", help="as JSON")


def of_completion(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``completion``."""
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"))


def of_compare(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``compare``."""
    parser.add_argument("file", metavar="FILE", nargs="+", help="as --report-json writes it")
    parser.add_argument("--markdown", action="store_true", help="as Markdown")
    parser.add_argument("--all", action="store_true", help="also requirements that do not differ")


def of_explain(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``explain``."""
    parser.add_argument("requirement", metavar="REQUIREMENT", nargs="*",
                        help="an id or a family, such as PRJ-02 or PRJ (all)")
    _add(parser, "contract")
    parser.add_argument("--markdown", action="store_true", help="as a page of documentation")


def allow_host(parser: Any) -> None:
    """Add the option that names other machines that may be asked."""
    parser.add_argument("--allow-host", nargs="+", action="extend", default=[], metavar="HOST",
                        help="another host than this machine that may be sent requests "
                             "(amazonaws.com for AWS)")


def of_audit(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``audit``."""
    parser.description = ("Compare views with the fold of the stored events. PATH is a file or a "
                          "folder of JSON Lines, JSON or Parquet.")
    _add(parser, "contract")
    parser.add_argument("--events", metavar="PATH",
                        help="stored events, one a line in the contract's canonical form")
    parser.add_argument("--views", metavar="PATH", help="answers of queries, one a line")
    parser.add_argument("--acknowledged", metavar="PATH",
                        help="replies that a log has kept: id, status, eventId, key, version, or "
                             "members that the dialect's [log] names")
    parser.add_argument("--since", metavar="TIME",
                        help="only aggregates with an event of then or later")
    parser.add_argument("--report-json", metavar="FILE", help="write all findings to a file")
    parser.add_argument("--report-markdown", metavar="FILE", help="write a summary as Markdown")
    parser.add_argument("--report-html", metavar="FILE", help="write the findings as one HTML page")
    parser.add_argument("--out", metavar="FOLDER",
                        help="keep all findings there as Parquet; a killed audit goes on there")
    parser.add_argument("--repair-plan", metavar="FILE",
                        help="write which events to deliver again, in JSON Lines")
    _on_a_cluster(parser.add_argument_group("on many processes"))
    live = parser.add_argument_group("live stores, which are only read")
    live.add_argument("--stack-name", metavar="NAME", help="of the stack that has the stores")
    _add(live, "template", help="the stack's template, if CloudFormation's is not enough")
    _add(live, "dialect", "endpoint_url", "region", *CREDENTIALS)
    allow_host(live)
    live.add_argument("--inventory", metavar="FOLDER",
                      help="an S3 Inventory of the event bucket, in place of listing it")
    live.add_argument("--rate", type=_positive, metavar="N", help="requests a second at most")
    live.add_argument("--segments", type=_count, default=SEGMENTS, metavar="N",
                      help=f"parts that the scan of a table is divided into ({SEGMENTS})")
    live.add_argument("--again-seconds", type=_positive, default=AGAIN_SECONDS, metavar="N",
                      help=f"after which what differs is read again ({AGAIN_SECONDS:g})")


def of_soak(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``soak``."""
    _template_in_place(parser)
    _add(parser, "contract", "template", "dialect", "profile")
    _add(parser, "stage", default="http", choices=("http", "ministack", "localstack", "aws"))
    parser.add_argument("--seed", type=int, default=1, help="of the load (1)")
    parser.add_argument("--minutes", type=_positive, default=10.0, metavar="N",
                        help="how long requests are sent (10)")
    parser.add_argument("--rate", type=_positive, default=20.0, dest="load", metavar="N",
                        help="commands and queries a second, whatever the latency (20)")
    parser.add_argument("--users", type=_count, default=50, metavar="N",
                        help="requests under way at once at most (50)")
    parser.add_argument("--aggregates", type=_count, default=100, metavar="N",
                        help="lives of aggregates at a time (100)")
    parser.add_argument("--zipf", type=float, default=1.0, metavar="EXPONENT",
                        help="how much more the hot ones get; 0: all get alike (1)")
    parser.add_argument("--report-json", metavar="FILE", help="write the figures to a file")
    parser.add_argument("--report-html", metavar="FILE", help="draw the figures on one HTML page")
    parser.add_argument("--counterexamples", metavar="FOLDER", default=".cqrs-conformance/soak",
                        help="where histories of violations are written")
    allow_host(parser)
    _on_a_cluster(parser.add_argument_group("on many processes"))
    group = parser.add_argument_group("stages reached over the network")
    _add(group, *(name for name in REACHING if name not in ("rate", "concurrency")), default=None)


def of_power(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``power``."""
    parser.description = "Hunt implementations whose verdict is known."
    parser.add_argument("--catalogue", default=DEFAULT_CATALOGUE,
                        metavar="NAME|MODULE:NAME|FILE.json",
                        help="which implementations (those of the project's clone)")
    parser.add_argument("--only", nargs="+", action="extend", default=[], metavar="NAME",
                        help="hunt only these of them")
    _add(parser, "contract", default=None, help="judge them by this contract, not their own")
    _add(parser, "dialect", help="speak to them in this dialect, not their own")
    _add(parser, "profile")
    parser.add_argument("--budget", type=_positive, default=HUNT_SECONDS, metavar="SECONDS",
                        help=f"for each hunt at most ({HUNT_SECONDS:g})")
    parser.add_argument("--jobs", type=_count, default=max(1, (os.cpu_count() or 2) // 2),
                        metavar="N", help="hunts at a time (half the processors)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-baseline", action="store_true", help="only the harness hunts")
    parser.add_argument("--json", metavar="FILE", help="write the results to this file")
    parser.add_argument("--picture", metavar="FILE", help="draw kills over time into this SVG file")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text[:6]) > 65_535:
        raise argparse.ArgumentTypeError(f"{text}: expected 0 to 65535")
    return int(text)


def _milliseconds(text: str) -> float:
    with suppress(ValueError):
        if 0 <= float(text) <= 60_000:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text}: expected 0 to 60000")


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
