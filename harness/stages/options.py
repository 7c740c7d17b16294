"""Options that say where an implementation runs and how it is reached, each written once.

An option is a field of a frozen dataclass: its name, type, default and text. The command line and
the pytest plugin make their options from the fields, and get typed values back. The module is
light, since pytest imports it in every session.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, TypeVar

STAGES = ("moto", "ministack", "localstack", "aws", "http")
REMOTE = ("ministack", "localstack", "aws", "http")
Options = TypeVar("Options", bound="StageOptions")


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one option on a command line.

    ``stages``: those where the option has a meaning, if it is not all of them. ``several``: its
    values may follow one another on the command line. ``short``: another name of it there.
    """

    text: str
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    parse: Callable[[str], object] | None = None
    stages: tuple[str, ...] = STAGES
    several: bool = False
    short: str = ""


def option(default: Any, text: str, **form: Any) -> Any:
    """Return a field for an option; ``form`` has the other members of its ``Form``."""
    return field(default=default, metadata={"form": Form(text, **form)})


def form_of(declared: Field[Any]) -> Form:
    """Return the form of an option's field."""
    found: Form = declared.metadata["form"]
    return found


def flag(name: str) -> str:
    """Return an option's name as the command has it, without dashes before it."""
    return name.replace("_", "-")


def add_option(add: Callable[..., Any], declared: Field[Any], *, prefix: str = "--",
               **changed: Any) -> None:
    """Add an option by argparse's or pytest's method; ``changed`` replaces parts of its form."""
    form, default = form_of(declared), declared.default
    settings: dict[str, Any] = {"default": default, "help": form.text}
    if default is False:
        settings["action"] = "store_true"
    elif default == ():
        settings |= {"default": [], "action": "append"}
    settings |= {name: value for name, value in
                 (("metavar", form.metavar), ("choices", form.choices), ("type", form.parse))
                 if value}
    names = [form.short] if form.short and prefix == "--" else []
    add(*names, f"{prefix}{flag(declared.name)}", **settings | changed)


def from_given(kind: type[Options], given: Mapping[str, Any]) -> Options:
    """Make options of parsed values; options not among them, or None, have their defaults."""
    names = {each.name for each in fields(kind)}
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value
                              for name, value in given.items()
                              if name in names and value is not None}
    return kind(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageOptions:
    """The options of stages, as a user gives them."""

    stage: str = option("moto", "where the implementation runs", choices=STAGES)
    base_url: str | None = option(
        None, "what stands before the routes", metavar="URL", stages=("http",))
    endpoint_url: str | None = option(
        None, "where the services of an emulator answer", metavar="URL",
        stages=("localstack", "aws"))
    functions: str = option(
        "deployed", "hosted: functions run here, only the services are the stage's",
        choices=("deployed", "hosted"))
    localstack_image: str = option(
        "localstack/localstack:4.14.0", "started where no LocalStack runs", metavar="IMAGE")
    stack_name: str | None = option(
        None, "judge this stack on AWS", metavar="NAME", stages=("aws",))
    deploy: bool = option(False, "judge a stack of the run's own on AWS", stages=("aws",))
    account: tuple[str, ...] = option(
        (), "an AWS account that may be acted in", metavar="ID", stages=("aws",))
    aws_profile: str | None = option(
        None, "act as this profile of the AWS configuration", metavar="NAME", stages=("aws",))
    role: str | None = option(
        None, "the role (or user) that the credentials have to be", metavar="ARN",
        stages=("aws",))
    max_requests: int | None = option(
        None, "send no more than that to AWS (50000)", metavar="N", parse=int, stages=("aws",))
    max_minutes: float | None = option(
        None, "send nothing to AWS after that (60)", metavar="N", parse=float, stages=("aws",))
    header: tuple[str, ...] = option(
        (), "send this header along; also from CQRS_HEADERS, one a line", metavar="NAME:VALUE",
        stages=REMOTE)
    api_key: str | None = option(
        None, "x-api-key; also from CQRS_API_KEY", metavar="KEY", stages=REMOTE)
    sigv4: str | None = option(
        None, "sign with the ambient AWS credentials, for execute-api, say", metavar="SERVICE",
        stages=REMOTE)
    region: str | None = option(
        None, "the region of the stage aws, and to sign for", stages=REMOTE)
    bearer_command: str | None = option(
        None, "prints a bearer token; run again when that is refused", metavar="CMD",
        stages=REMOTE)
    ca_bundle: str | None = option(
        None, "certificates to trust, as PEM", metavar="FILE", stages=REMOTE)
    rate: float | None = option(
        None, "requests a second", metavar="N", parse=float, stages=REMOTE)
    concurrency: int | None = option(
        None, "requests at once (16; 4 to an emulator)", metavar="N", parse=int, stages=REMOTE)
    request_seconds: float = option(
        35.0, "how long a response may take", metavar="N", parse=float)
    settle_seconds: float = option(
        30.0, "how long views may take to converge", metavar="N", parse=float)
    replays: int = option(5, "how often a failure is played again", metavar="N", parse=int)


CREDENTIALS = ("account", "aws_profile", "role")
"""Options that say on whose behalf a run acts on AWS; the command cleanup has them as well."""


def foreign_to(options: StageOptions) -> dict[str, tuple[str, ...]]:
    """Return the options that are given but mean nothing on the stage, with their stages."""
    forms = {each.name: form_of(each).stages for each in fields(StageOptions)}
    return {name: stages for name, stages in forms.items()
            if options.stage not in stages and _given(getattr(options, name))}


def _given(value: object) -> bool:
    """Tell whether an option has a value; 0 is one."""
    return value is not None and value is not False and value != ()
