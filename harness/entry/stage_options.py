"""The options of stages: settings made of them, and mistakes found before anything runs."""

from __future__ import annotations

from harness.dialect import Dialect
from harness.dialect.model import Route as DialectRoute
from harness.stages.aws import options
from harness.stages.deployed import ministack
from harness.stages.deployed.settings import CONCURRENCY, Settings, SettingsError, read
from harness.stages.options import StageOptions, flag, foreign_to
from harness.stages.participants import Participants

WITH_TEMPLATE = frozenset({"moto", "ministack", "localstack"})
"""Stages that run the implementation themselves, from its template."""
LOCAL_CONCURRENCY = 4
"""Requests at once where functions and services share this machine."""
REPEATED = ("endpoint_url", "stack_name", "aws_profile", "role", "region")
HOSTING = ("localstack", "aws")


def settings_of(given: StageOptions) -> Settings:
    """Return the settings of a stage reached over the network.

    Raises:
        SettingsError: an option cannot be used, or something is not installed.
    """
    name = given.stage
    if name == "ministack" and not ministack.installed():
        raise SettingsError(
            "--stage ministack",
            "MiniStack is not installed",
            "pip install 'cqrs-conformance[ministack]' and pip install --no-deps ministack")
    if name == "aws":
        options.read(given)
    local = name in WITH_TEMPLATE or bool(given.endpoint_url)
    return read(given, own_url=name != "http",
                concurrency=LOCAL_CONCURRENCY if local else CONCURRENCY)


def check_options(given: StageOptions) -> None:
    """Check that no option is given that means nothing on the stage.

    Raises:
        SettingsError: there is one.
    """
    for name, stages in foreign_to(given).items():
        raise _foreign(flag(name), stages)
    if given.functions == "hosted" and given.stage not in HOSTING:
        raise _foreign("functions hosted", HOSTING)


def _foreign(option: str, stages: tuple[str, ...]) -> SettingsError:
    return SettingsError(
        f"--{option}", f"belongs to --stage {' or '.join(stages)}", "give both, or neither")


def runs_template(given: StageOptions) -> bool:
    """Tell whether the stage itself runs the implementation, from its template."""
    return given.stage in WITH_TEMPLATE or (given.stage == "aws" and given.deploy)


def repeated(given: StageOptions) -> list[str]:
    """Return the options that say where services and functions are, as words of a command."""
    values = {name: getattr(given, name) for name in REPEATED}
    words = [word for name, value in values.items() if value
             for word in (f"--{flag(name)}", str(value))]
    words += [word for account in given.account for word in ("--account", account)]
    words += ["--deploy"] if given.deploy else []
    return [*words, "--functions", "hosted"] if given.functions == "hosted" else words


def check_reachable(dialect: Dialect, given: StageOptions) -> None:
    """Check that the stage has all that it takes to speak a dialect.

    Raises:
        SettingsError: a URL has to invoke something, or the run could not find its own data again.
    """
    if given.stack_name is not None:
        raise SettingsError(
            "--stack-name", "a dialect, whose data a run cannot tell from that of a stack's users",
            "judge a stack of the run's own by --deploy", expected="the default dialect")
    if given.stage != "http":
        return
    messages = [form.message for form in dialect.commands.values()]
    messages += [setup.message for setup in dialect.setups if setup.message is not None]
    places = [message.address for message in (*messages, dialect.query.message)]
    tables = [f"an item of the table {setup.table}" for setup in dialect.setups if setup.table]
    for place in (*places, *tables):
        if not isinstance(place, DialectRoute):
            raise SettingsError("--stage http", f"the dialect has {place}, which no URL reaches",
                                "judge it with --stage moto, or a deployed stack")


def check_door(parts: Participants) -> None:
    """Check that commands get replies.

    Raises:
        SettingsError: they are queued, so that a reply does not say what became of a command.
    """
    if parts.queued:
        queued = next(iter(parts.routes), "a command's queue")
        raise SettingsError(
            "--stage http",
            f"{queued} feeds a queue, so replies say nothing of what becomes of a command",
            "judge it with --stage moto")
