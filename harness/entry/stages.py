"""Which stage a run opens, and the campaign on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from harness.core.contract import Contract
from harness.core.errors import StageError
from harness.core.pace import Pace
from harness.core.scenario import Scenario
from harness.explore.campaign import Campaign
from harness.explore.deployed_strategy import deployed_campaign
from harness.explore.estimates import planned, planned_again
from harness.explore.profiles import Profile
from harness.stages.aws import identity as guard
from harness.stages.aws import options
from harness.stages.aws.attached import AttachedEvidence, template_of
from harness.stages.aws.meter import Meter, MeteredCloud, MeteredFrontDoor
from harness.stages.aws.run_data import Manifest, RecordingFrontDoor, place_of, remove_own
from harness.stages.controlled.stage import ControlledStage
from harness.stages.controlled.system_facts import roles_of
from harness.stages.deployed import divergences, localstack, ministack
from harness.stages.deployed.cloud import Cloud
from harness.stages.deployed.evidence import Evidence
from harness.stages.deployed.front_door import FrontDoor, HttpFrontDoor, LimitedFrontDoor
from harness.stages.deployed.probing import probe
from harness.stages.deployed.settings import CONCURRENCY, Settings, SettingsError, read
from harness.stages.deployed.signing import SigV4
from harness.stages.deployed.stack import Stack, api_url, deploy, new_name, remove
from harness.stages.deployed.stack import read as read_stack
from harness.stages.deployed.stack_evidence import DeployedEvidence
from harness.stages.deployed.stage import DeployedStage
from harness.stages.embedded.stage import MotoStage
from harness.stages.hosted.backend import HostedBackend
from harness.template import Template, route

WITH_TEMPLATE = frozenset({"moto", "ministack", "localstack"})
"""Stages that run the implementation themselves, from its template."""
DEPLOY_SECONDS = 300.0
LOCAL_KEYS = ("test", "test")
LOCAL_CONCURRENCY = 4
"""Requests at once where functions and services share this machine."""
LOCAL_WINDOW = 2.0
"""Seconds that views have to stay as they are on an emulator: when all of it shares one busy
machine requests take long, but nothing else is on its way."""
SHOWN = ("endpoint_url", "stack_name", "aws_profile", "role", "region")
HOSTING = ("localstack", "aws")
REMOTE = ("ministack", "localstack", "aws", "http")
BELONGS: Mapping[str, tuple[str, ...]] = {
    "base_url": ("http",), "endpoint_url": ("localstack", "aws"), "stack_name": ("aws",),
    "deploy": ("aws",), "account": ("aws",), "aws_profile": ("aws",), "role": ("aws",),
    "max_requests": ("aws",), "max_minutes": ("aws",),
    **dict.fromkeys(("header", "api_key", "sigv4", "region", "bearer_command", "ca_bundle",
                     "rate", "concurrency"), REMOTE),
}
"""The stages where an option means anything, if it is not all of them."""
PLAYS = 4
"""Plays under way for each request under way: most of them wait for their views."""


@dataclass(frozen=True, slots=True)
class Judging:
    """What is judged by what, on any stage. ``template`` None: a black box, or a stack's own.

    ``wanted``: the requirements to be judged; ``tell`` shows the user a sentence; ``again``: the
    one scenario that is to be played, if it is one.
    """

    contract: Contract
    template: Template | None
    profile: Profile
    seed: int
    wanted: tuple[str, ...] = ()
    tell: Callable[[str], None] = lambda _: None
    again: Scenario | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A campaign, and what ends its stage."""

    campaign: Campaign
    close: Callable[[], None]


def open_stage(name: str, judging: Judging, option: Mapping[str, Any]) -> Opened:
    """The stage of that name; ``option``: the options of stages reached over the network.

    Raises:
        StageError, HandlerError, TemplateError: there is none for this implementation.
        SettingsError: an option cannot be meant.
    """
    see_options(name, option)
    if name == "moto":
        return open_moto(judging)
    settings = settings_of(name, option)
    if name == "ministack":
        return open_ministack(judging, settings)
    if name == "localstack":
        return open_localstack(judging, settings, option)
    if name == "aws":
        return open_aws(judging, settings, options.read(option))
    return open_http(judging, settings)


def settings_of(name: str, option: Mapping[str, Any]) -> Settings:
    """The settings of a stage reached over the network.

    Raises:
        SettingsError: an option cannot be meant, or something is not installed.
    """
    if name == "ministack" and not ministack.installed():
        raise SettingsError(
            "--stage ministack",
            "MiniStack is not installed",
            "pip install 'cqrs-conformance[ministack]'")
    if name == "aws":
        options.read(option)
    local = name in WITH_TEMPLATE or bool(option["endpoint_url"])
    return read(option, own_url=name != "http",
                concurrency=LOCAL_CONCURRENCY if local else CONCURRENCY)


def see_options(name: str, option: Mapping[str, Any]) -> None:
    """See that no option is given that means nothing on the stage.

    Raises:
        SettingsError: there is one.
    """
    for given, stages in BELONGS.items():
        if _given(option[given]) and name not in stages:
            raise SettingsError(
                f"--{given.replace('_', '-')}",
                f"belongs to --stage {' or '.join(stages)}",
                "give both, or neither")
    if option["functions"] == "hosted" and name not in HOSTING:
        raise SettingsError(
            "--functions hosted",
            f"belongs to --stage {' or '.join(HOSTING)}",
            "give both, or neither")


def _given(value: object) -> bool:
    """Whether an option is there at all; a 0 is."""
    return value is not None and value is not False and value != []


def brings_template(name: str, option: Mapping[str, Any]) -> bool:
    """Whether the stage runs the implementation itself, from its template."""
    return name in WITH_TEMPLATE or (name == "aws" and bool(option["deploy"]))


def shown(option: Mapping[str, Any]) -> list[str]:
    """The options that say where services and functions are, as words of a command."""
    words = [word for name in SHOWN if option[name]
             for word in (f"--{name.replace('_', '-')}", option[name])]
    words += [word for account in option["account"] for word in ("--account", account)]
    words += ["--deploy"] if option["deploy"] else []
    return [*words, "--functions", "hosted"] if option["functions"] == "hosted" else words


def open_moto(judging: Judging) -> Opened:
    """The embedded stage.

    Raises:
        StageError, HandlerError, TemplateError: there is none for this implementation.
    """
    assert judging.template is not None
    stage = MotoStage(judging.template, judging.contract.path).open()
    return Opened(Campaign(judging.contract, stage, judging.profile, judging.seed), stage.close)


def open_http(judging: Judging, settings: Settings) -> Opened:
    """Any URL.

    Raises:
        StageError: nobody answers there, or not for us.
    """
    return open_remote(judging, settings, "http", HttpFrontDoor(settings))


def open_ministack(judging: Judging, settings: Settings) -> Opened:
    """MiniStack, started and ended by the run, with the implementation deployed there.

    Raises:
        StageError: it did not start, or the template cannot be deployed there.
    """
    assert judging.template is not None
    started = ministack.MiniStack().start()
    try:
        stack = deploy(started.cloud, judging.template, new_name(), seconds=DEPLOY_SECONDS)
        opened = open_deployed(judging, settings, "ministack", started.cloud, stack)
        opened.campaign.warm_up()
    except BaseException:
        started.close()
        raise
    return Opened(opened.campaign, partial(_both, opened.close, started.close))


def open_localstack(judging: Judging, settings: Settings, option: Mapping[str, Any]) -> Opened:
    """LocalStack: one that runs or one that is started, functions there or hosted here.

    Raises:
        StageError, HandlerError, TemplateError: there is none for this implementation.
    """
    ending = ExitStack()
    try:
        url = ending.enter_context(
            localstack.running(option["endpoint_url"], option["localstack_image"]))
        if option["functions"] == "hosted":
            opened = open_hosted(judging, url, "localstack")
        else:
            cloud = Cloud(endpoint=url, keys=LOCAL_KEYS)
            opened = _open_deployed_anew(judging, settings, "localstack", cloud)
        ending.callback(opened.close)
    except BaseException:
        ending.close()
        raise
    return Opened(opened.campaign, ending.close)


def open_hosted(judging: Judging, endpoint: str, name: str) -> Opened:
    """Functions hosted here, on the services of an endpoint.

    Raises:
        StageError, HandlerError, TemplateError: there is none for this implementation.
    """
    assert judging.template is not None
    stage = ControlledStage(
        judging.template, judging.contract.path, HostedBackend(endpoint, name)).open()
    return Opened(Campaign(judging.contract, stage, judging.profile, judging.seed), stage.close)


def open_aws(judging: Judging, settings: Settings, asked: options.AwsOptions) -> Opened:
    """AWS or an emulator: a stack that is there, or one of the run's own.

    Raises:
        StageError, TemplateError: it cannot be reached, used or deployed.
    """
    if asked.hosted:
        assert asked.identity.endpoint is not None
        return open_hosted(judging, asked.identity.endpoint, "aws")
    cloud = guard.admitted(asked.identity)
    plan = (planned(judging.contract, judging.profile, judging.seed, judging.wanted)
            if judging.again is None else
            planned_again(judging.contract, judging.again, settings.replays))
    judging.tell(str(plan))
    meter = Meter(asked.max_requests, asked.max_minutes)
    if plan.requests > asked.max_requests:
        judging.tell(f"--max-requests {asked.max_requests}: the run will end before its time")
    opened = _open_on_aws(judging, settings, asked.stack_name, cloud, meter)

    def close() -> None:
        judging.tell(f"{meter.requests} requests were sent")
        opened.close()

    return Opened(opened.campaign, close)


def _open_on_aws(
    judging: Judging, settings: Settings, name: str | None, cloud: Cloud, meter: Meter
) -> Opened:
    if name is None:
        return _open_deployed_anew(judging, settings, "aws", cloud, meter)
    try:
        return _open_attached(judging, settings, cloud, name, meter)
    except (ClientError, BotoCoreError) as error:
        raise StageError(f"stack {name}", guard.told(error),
                         "see that it is there, and that you may read it (docs/aws.md)") from None


def _open_attached(
    judging: Judging, settings: Settings, cloud: Cloud, name: str, meter: Meter
) -> Opened:
    """A stack that others may use as well: in the end the run's own data is removed."""
    template = judging.template or template_of(cloud, name)
    contract = judging.contract
    _see_door(template, contract.path)
    stack = read_stack(cloud, name)
    at = replace(settings, base_url=api_url(cloud, stack, template, contract.path))
    manifest = Manifest.begun(place_of(cloud, name))
    evidence = AttachedEvidence(MeteredCloud(cloud, meter), stack, template, contract,
                                roles_of(template, contract.path), manifest)
    front = RecordingFrontDoor(MeteredFrontDoor(_front(at, cloud), meter), contract, manifest)

    def leave() -> None:
        remove_own(cloud, stack, manifest)
        manifest.done()

    try:
        opened = open_remote(replace(judging, template=template), at, "aws", front, evidence,
                             LOCAL_WINDOW if cloud.endpoint else inf, front.begin)
        opened.campaign.warm_up()
    except BaseException:
        leave()
        raise
    return Opened(opened.campaign, partial(_both, opened.close, leave))


def _see_door(template: Template, path: str) -> None:
    try:
        check_door(template, path)
    except SettingsError as error:
        raise StageError("--stage aws", str(error)) from None


def _front(settings: Settings, cloud: Cloud) -> HttpFrontDoor:
    """The front door; what is signed is signed as whom the run acts."""
    credentials = settings.credentials
    if credentials.sigv4 is None:
        return HttpFrontDoor(settings)
    session = Session(profile=cloud.profile)
    if cloud.keys is not None:
        session.set_credentials(*cloud.keys)
    return HttpFrontDoor(settings, signing=SigV4(credentials.sigv4, cloud.region, session))


def _open_deployed_anew(
    judging: Judging, settings: Settings, name: str, cloud: Cloud, meter: Meter | None = None
) -> Opened:
    """A stack of the run's own, removed in the end."""
    assert judging.template is not None
    new = new_name()
    removing = partial(remove, cloud, new, seconds=DEPLOY_SECONDS)
    try:
        stack = deploy(cloud, judging.template, new, seconds=DEPLOY_SECONDS)
        opened = open_deployed(judging, settings, name, cloud, stack, meter)
        opened.campaign.warm_up()
    except BaseException:
        removing()
        raise
    return Opened(opened.campaign, partial(_both, opened.close, removing))


def open_deployed(
    judging: Judging, settings: Settings, name: str, cloud: Cloud, stack: Stack,
    meter: Meter | None = None,
) -> Opened:
    """A stack: requests go through its API Gateway, evidence comes from its resources."""
    template, contract = judging.template, judging.contract
    assert template is not None
    at = replace(settings, base_url=api_url(cloud, stack, template, contract.path))
    seen = cloud if meter is None else MeteredCloud(cloud, meter)
    evidence = DeployedEvidence(seen, stack, template, contract, roles_of(template, contract.path))
    front: FrontDoor = _front(at, cloud)
    metered = MeteredFrontDoor(front, meter) if meter else front
    return open_remote(judging, at, name, metered, evidence,
                       LOCAL_WINDOW if cloud.endpoint else inf)


def _both(first: Callable[[], None], second: Callable[[], None]) -> None:
    try:
        first()
    finally:
        second()


def open_remote(
    judging: Judging, settings: Settings, name: str, front: FrontDoor,
    evidence: Evidence | None = None, longest_window: float = inf,
    begin: Callable[[str], None] | None = None,
) -> Opened:
    """A stage behind a front door, probed; ``begin`` is told each play's namespace.

    Raises:
        StageError: the probe says that it is not fit to judge by.
    """
    pace = Pace(deadline=settings.settle_seconds, longest_window=longest_window)
    limited = LimitedFrontDoor(
        front, pace.clock, concurrency=settings.concurrency, rate=settings.rate)
    stage = DeployedStage(name, limited, pace=pace, evidence=evidence,
                          plays=PLAYS * settings.concurrency, begin=begin)
    template = judging.template
    path = judging.contract.path
    campaign = deployed_campaign(
        judging.contract, stage, judging.profile, judging.seed, replays=settings.replays,
        open_embedded=None if template is None else lambda: MotoStage(template, path),
        divergences=divergences.known(name, _api(template, path)))
    try:
        probe(stage.front, path)
    except BaseException:
        stage.close()
        raise
    return Opened(campaign, stage.close)


def _api(template: Template | None, path: str) -> str:
    """The kind of API that answers queries; nothing where that is not known."""
    found = None if template is None else route(template, "GET", f"{path}/x")
    return "" if found is None else found[0].api


def check_door(template: Template, path: str) -> None:
    """See that commands get replies.

    Raises:
        SettingsError: they are queued; what a reply says then is not enough to judge by.
    """
    found = route(template, "POST", path)
    if found is not None and found[0].target_kind == "queue":
        raise SettingsError(
            "--stage http",
            f"POST {path} feeds a queue, so replies say nothing of what becomes of a command",
            "judge it with --stage moto")
