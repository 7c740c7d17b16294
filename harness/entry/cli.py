"""The command ``cqrs-conformance``: a thin front of the pytest suite.

Exit: 0 conforms, 1 does not, 2 wrong usage, 3 no verdict.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from harness.core import contract_registry as registry
from harness.core.contract import Contract
from harness.core.errors import NO_VERDICT, USAGE
from harness.entry.options import REMOTE_OPTIONS, STAGES, WHOM_OPTIONS
from harness.entry.power_options import add_parser as add_power
from harness.explore.profiles import PROFILES

PYTEST_EXITS = {
    pytest.ExitCode.USAGE_ERROR: USAGE,
    pytest.ExitCode.INTERRUPTED: NO_VERDICT,
    pytest.ExitCode.INTERNAL_ERROR: NO_VERDICT,
    pytest.ExitCode.NO_TESTS_COLLECTED: NO_VERDICT,
}
"""What pytest's own exit codes mean here; the plugin sets the others."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; gives its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    own, _, passed_on = _split(given)
    options = _parser().parse_args(own)
    try:
        if options.command == "requirements":
            return _requirements(options)
        if options.command == "serve":
            return _serve(options)
        if options.command in ("replay", "check"):
            from harness.entry import replay as again

            return again.COMMANDS[options.command](options)
        if options.command == "cleanup":
            from harness.entry import cleanup as cleaning

            return cleaning.clean(options)
        if options.command == "power":
            from harness.entry.power import measure

            return measure(options)
        return _run(options, passed_on)
    except registry.ContractError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return USAGE
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO_VERDICT
    except KeyboardInterrupt:
        print("no verdict: the run was interrupted", file=sys.stderr)
        return NO_VERDICT


def _split(given: list[str]) -> tuple[list[str], str, list[str]]:
    """What stands before and after the first --."""
    if "--" not in given:
        return given, "", []
    place = given.index("--")
    return given[:place], "--", given[place + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cqrs-conformance", description="Judge a serverless CQRS system by its contract.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="judge an implementation",
                              epilog="What stands after -- is passed on to pytest.")
    run.add_argument("--stage", default="moto", choices=STAGES, help="where it runs")
    run.add_argument("--contract", default="orders", help="the contract's name")
    run.add_argument("--template", help="its SAM or CloudFormation template")
    run.add_argument("--profile", default="quick", choices=tuple(PROFILES))
    run.add_argument("--requirement", nargs="+", action="extend", default=[], metavar="ID",
                     help="judge only these requirements")
    run.add_argument("--seed", type=int, help="repeat the run that had this seed")
    run.add_argument("--strict", action="store_true", help="a violated SHOULD fails the run")
    run.add_argument("--report-json", metavar="FILE", help="write the report to this file")
    run.add_argument("--counterexamples", metavar="FOLDER", help="where counterexamples are kept "
                     "as files (.cqrs-conformance/counterexamples)")
    _add_remote(run)
    _add_again(commands)
    add_power(commands)
    serving = commands.add_parser("serve", help="an implementation behind HTTP on loopback",
                                  epilog="Its address is printed; Ctrl-C ends it.")
    serving.add_argument("--contract", default="orders", help="the contract's name")
    serving.add_argument("--template", help="its SAM or CloudFormation template")
    serving.add_argument("--port", type=_port, default=0, help="0: one that is free")
    serving.add_argument("--latency-ms", type=_milliseconds, default=0.0, metavar="N",
                         help="what every request takes at least")
    _add_cleanup(commands)
    listing = commands.add_parser("requirements", help="list what a contract requires")
    listing.add_argument("--contract", default="orders", help="the contract's name")
    listing.add_argument("--json", action="store_true", help="as JSON")
    return parser


def _add_again(commands: Any) -> None:
    playing = commands.add_parser("replay", help="play a saved counterexample again")
    playing.add_argument("file", metavar="FILE", help="as a failing run has written it")
    playing.add_argument("--stage", choices=STAGES, help="another stage than the file names")
    playing.add_argument("--template", help="another implementation than the file names")
    judging = commands.add_parser("check", help="judge a saved history again, without a stage")
    judging.add_argument("file", metavar="HISTORY",
                         help="a counterexample's file, or a history in JSON Lines")
    judging.add_argument("--contract", help="the contract's name, if not the file's")
    for parser in (playing, judging):
        parser.add_argument("--strict", action="store_true", help="a violated SHOULD counts")
    _add_remote(playing)


def _add_cleanup(commands: Any) -> None:
    cleaning = commands.add_parser("cleanup", help="remove what killed runs left on AWS",
                                   epilog="Found by tag, and by what runs noted in "
                                          ".cqrs-conformance/runs; nothing else is touched.")
    cleaning.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    cleaning.add_argument("--older-than", type=float, default=2.0, metavar="HOURS",
                          help="leave what is younger, for runs that are still under way (2)")
    cleaning.add_argument("--endpoint-url", metavar="URL", help="an emulator in AWS's place")
    cleaning.add_argument("--region", help="the region to look in")
    for name, settings in WHOM_OPTIONS:
        cleaning.add_argument(f"--{name}", **settings)


def _add_remote(parser: argparse.ArgumentParser) -> None:
    remote = parser.add_argument_group("stages reached over the network")
    for name, settings in REMOTE_OPTIONS:
        remote.add_argument(f"--{name}", **settings)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text[:6]) > 65_535:
        raise argparse.ArgumentTypeError(f"{text}: expected 0 to 65535")
    return int(text)


def _milliseconds(text: str) -> float:
    with suppress(ValueError):
        if 0 <= float(text) <= 60_000:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text}: expected 0 to 60000")


def _run(options: argparse.Namespace, passed_on: list[str]) -> int:
    contract = registry.find_contract(options.contract)
    registry.check_requirements(contract, options.requirement)
    code = pytest.main([*_pytest_arguments(contract, options), *passed_on])
    return PYTEST_EXITS.get(pytest.ExitCode(code), int(code)) if code in range(6) else int(code)


def _pytest_arguments(contract: Contract, options: argparse.Namespace) -> list[str]:
    own = ["--pyargs", contract.suite, "-qq", "--no-header", "-rN", "--cqrs-quiet-pytest",
           "-p", "no:cacheprovider", "--tb=short", "--disable-warnings"]
    for name in ("stage", "contract", "template", "profile", "seed", "report_json",
                 "counterexamples"):
        value = getattr(options, name)
        if value is not None:
            own.append(f"--cqrs-{name.replace('_', '-')}={value}")
    for name, _ in REMOTE_OPTIONS:
        given = getattr(options, name.replace("-", "_"))
        values = given if isinstance(given, list) else [given]
        own += [f"--cqrs-{name}" if value is True else f"--cqrs-{name}={value}"
                for value in values if value is not None and value is not False]
    own += [f"--cqrs-requirement={name}" for name in options.requirement]
    return [*own, "--cqrs-strict"] if options.strict else own


def _serve(options: argparse.Namespace) -> int:
    """Serve on the embedded stage until Ctrl-C or SIGTERM."""
    from harness.core.errors import StageError
    from harness.functions.invocation import HandlerError
    from harness.stages.embedded.server import Server
    from harness.stages.embedded.stage import MotoStage
    from harness.template import TemplateError, load

    contract = registry.find_contract(options.contract)
    try:
        template = load(Path(options.template or registry.reference_template(contract)))
        with MotoStage(template, contract.path) as stage:
            server = Server(stage, options.port, latency=options.latency_ms / 1000)
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, lambda *_: server.stop())
            print(server.url, flush=True)
            server.run()
    except (TemplateError, OSError) as error:
        return _failed(error, USAGE)
    except (StageError, HandlerError) as error:
        return _failed(error, NO_VERDICT)
    except KeyboardInterrupt:
        pass
    return 0


def _failed(error: Exception, code: int) -> int:
    print(f"ERROR: {error}", file=sys.stderr)
    return code


def _requirements(options: argparse.Namespace) -> int:
    contract = registry.find_contract(options.contract)
    documents = [
        {"id": r.id, "level": r.level.value, "needs": list(r.needs), "requirement": r.sentence}
        for r in contract.requirements
    ]
    if options.json:
        print(json.dumps(documents, indent=2, ensure_ascii=False))
    else:
        for d in documents:
            print(f"{d['id']}  {d['level']:<6}  {d['requirement']}")
    return 0
