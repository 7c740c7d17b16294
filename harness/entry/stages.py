"""Opening the stage of a run, with the campaign on it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from math import inf

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
from harness.stages.deployed.cloud import Cloud, aws_errors, without_key_ids
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
from harness.stages.options import StageOptions, flag, foreign_to
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
REPEATED = ("endpoint_url", "stack_name", "aws_profile", "role", "region")
HOSTING = ("localstack", "aws")
PLAYS = 4
"""Plays under way for each request under way: most of them wait for their views."""


@dataclass(frozen=True, slots=True)
class RunSetup:
    """The system, contract and scenarios of a run. ``template`` None: a black box or a stack's own.

    ``requirements``: those to judge. ``tell`` shows the user a sentence. ``scenario``: the only
    one to play, if a counterexample is replayed.
    """

    contract: Contract
    template: Template | None
    profile: Profile
    seed: int
    requirements: tuple[str, ...] = ()
    tell: Callable[[str], None] = lambda _: None
    scenario: Scenario | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A campaign, and the function that ends its stage."""

    campaign: Campaign
    close: Callable[[], None]


def open_stage(setup: RunSetup, given: StageOptions) -> Opened:
    """Open the stage that the options name.

    Raises:
        StageError, HandlerError, TemplateError: the stage cannot run this implementation.
        SettingsError: an option cannot be used.
    """
    check_options(given)
    with aws_errors(f"--stage {given.stage}"):
        if given.stage == "moto":
            return open_moto(setup)
        settings = settings_of(given)
        if given.stage == "ministack":
            return open_ministack(setup, settings)
        if given.stage == "localstack":
            return open_localstack(setup, settings, given)
        if given.stage == "aws":
            return open_aws(setup, settings, options.read(given))
        return open_http(setup, settings)


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
            "pip install 'cqrs-conformance[ministack]'")
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


def open_moto(setup: RunSetup) -> Opened:
    """Open the embedded stage.

    Raises:
        StageError, HandlerError, TemplateError: the stage cannot run this implementation.
    """
    assert setup.template is not None
    stage = MotoStage(setup.template, setup.contract.path).open()
    return Opened(Campaign(setup.contract, stage, setup.profile, setup.seed), stage.close)


def open_http(setup: RunSetup, settings: Settings) -> Opened:
    """Open a stage at any URL.

    Raises:
        StageError: no server answers there, or it refuses the requests.
    """
    return open_remote(setup, settings, "http", HttpFrontDoor(settings))


def open_ministack(setup: RunSetup, settings: Settings) -> Opened:
    """Start MiniStack for the run and deploy the implementation there.

    Raises:
        StageError: it did not start, or the template cannot be deployed there.
    """
    assert setup.template is not None
    started = ministack.MiniStack().start()
    try:
        stack = deploy(started.cloud, setup.template, new_name(), seconds=DEPLOY_SECONDS)
        opened = open_deployed(setup, settings, "ministack", started.cloud, stack)
        opened.campaign.warm_up()
    except BaseException:
        started.close()
        raise
    return Opened(opened.campaign, partial(_in_turn, opened.close, started.close))


def open_localstack(setup: RunSetup, settings: Settings, given: StageOptions) -> Opened:
    """Find or start LocalStack; the functions run there, or here if they are hosted.

    Raises:
        StageError, HandlerError, TemplateError: the stage cannot run this implementation.
    """
    ending = ExitStack()
    try:
        url = ending.enter_context(
            localstack.running(given.endpoint_url, given.localstack_image))
        if given.functions == "hosted":
            opened = open_hosted(setup, url, "localstack")
        else:
            cloud = Cloud(endpoint=url, keys=LOCAL_KEYS)
            opened = _open_deployed_anew(setup, settings, "localstack", cloud)
        ending.callback(opened.close)
    except BaseException:
        ending.close()
        raise
    return Opened(opened.campaign, ending.close)


def open_hosted(setup: RunSetup, endpoint: str, name: str) -> Opened:
    """Host the functions here, on the services of an endpoint.

    Raises:
        StageError, HandlerError, TemplateError: the stage cannot run this implementation.
    """
    assert setup.template is not None
    stage = ControlledStage(
        setup.template, setup.contract.path, HostedBackend(endpoint, name)).open()
    return Opened(Campaign(setup.contract, stage, setup.profile, setup.seed), stage.close)


def open_aws(setup: RunSetup, settings: Settings, wanted: options.AwsOptions) -> Opened:
    """Open a stack on AWS or an emulator: one that exists, or one that the run deploys.

    Raises:
        StageError, TemplateError: it cannot be reached, used or deployed.
    """
    if wanted.hosted:
        assert wanted.identity.endpoint is not None
        return open_hosted(setup, wanted.identity.endpoint, "aws")
    cloud = guard.admitted(wanted.identity)
    plan = (planned(setup.contract, setup.profile, setup.seed, setup.requirements)
            if setup.scenario is None else
            planned_again(setup.contract, setup.scenario, settings.replays))
    setup.tell(str(plan))
    meter = Meter(wanted.max_requests, wanted.max_minutes)
    if plan.requests > wanted.max_requests:
        setup.tell(f"--max-requests {wanted.max_requests}: the run will end before its time")
    opened = _open_on_aws(setup, settings, wanted.stack_name, cloud, meter)

    def close() -> None:
        setup.tell(f"{meter.requests} requests were sent")
        opened.close()

    return Opened(opened.campaign, close)


def _open_on_aws(
    setup: RunSetup, settings: Settings, name: str | None, cloud: Cloud, meter: Meter
) -> Opened:
    if name is None:
        return _open_deployed_anew(setup, settings, "aws", cloud, meter)
    try:
        return _open_attached(setup, settings, cloud, name, meter)
    except (ClientError, BotoCoreError) as error:
        raise StageError(f"stack {name}", without_key_ids(error),
                         "see that it is there, and that you may read it (docs/aws.md)") from None


def _open_attached(
    setup: RunSetup, settings: Settings, cloud: Cloud, name: str, meter: Meter
) -> Opened:
    """Open a stack that others may use, too; only the data of the run is removed at the end."""
    template = setup.template or template_of(cloud, name)
    contract = setup.contract
    _check_door(template, contract.path)
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
        opened = open_remote(replace(setup, template=template), at, "aws", front, evidence,
                             LOCAL_WINDOW if cloud.endpoint else inf, front.begin)
        opened.campaign.warm_up()
    except BaseException:
        leave()
        raise
    return Opened(opened.campaign, partial(_in_turn, opened.close, leave))


def _check_door(template: Template, path: str) -> None:
    try:
        check_door(template, path)
    except SettingsError as error:
        raise StageError("--stage aws", str(error)) from None


def _front(settings: Settings, cloud: Cloud) -> HttpFrontDoor:
    """The front door; requests are signed with the credentials of the run."""
    credentials = settings.credentials
    if credentials.sigv4 is None:
        return HttpFrontDoor(settings)
    session = Session(profile=cloud.profile)
    if cloud.keys is not None:
        session.set_credentials(*cloud.keys)
    return HttpFrontDoor(settings, signing=SigV4(credentials.sigv4, cloud.region, session))


def _open_deployed_anew(
    setup: RunSetup, settings: Settings, name: str, cloud: Cloud, meter: Meter | None = None
) -> Opened:
    """Deploy a stack for the run, which is removed at the end."""
    assert setup.template is not None
    new = new_name()
    removing = partial(remove, cloud, new, seconds=DEPLOY_SECONDS)
    try:
        stack = deploy(cloud, setup.template, new, seconds=DEPLOY_SECONDS)
        opened = open_deployed(setup, settings, name, cloud, stack, meter)
        opened.campaign.warm_up()
    except BaseException:
        removing()
        raise
    return Opened(opened.campaign, partial(_in_turn, opened.close, removing))


def open_deployed(
    setup: RunSetup, settings: Settings, name: str, cloud: Cloud, stack: Stack,
    meter: Meter | None = None,
) -> Opened:
    """Open a stack: requests go through its API Gateway, evidence comes from its resources."""
    template, contract = setup.template, setup.contract
    assert template is not None
    at = replace(settings, base_url=api_url(cloud, stack, template, contract.path))
    seen = cloud if meter is None else MeteredCloud(cloud, meter)
    evidence = DeployedEvidence(seen, stack, template, contract, roles_of(template, contract.path))
    front: FrontDoor = _front(at, cloud)
    metered = MeteredFrontDoor(front, meter) if meter else front
    return open_remote(setup, at, name, metered, evidence,
                       LOCAL_WINDOW if cloud.endpoint else inf)


def _in_turn(first: Callable[[], None], second: Callable[[], None]) -> None:
    try:
        first()
    finally:
        second()


def open_remote(
    setup: RunSetup, settings: Settings, name: str, front: FrontDoor,
    evidence: Evidence | None = None, longest_window: float = inf,
    begin: Callable[[str], None] | None = None,
) -> Opened:
    """Open a stage behind a front door and probe it; ``begin`` gets the namespace of each play.

    Raises:
        StageError: the probe finds that nothing can be judged there.
    """
    pace = Pace(deadline=settings.settle_seconds, longest_window=longest_window)
    limited = LimitedFrontDoor(
        front, pace.clock, concurrency=settings.concurrency, rate=settings.rate)
    stage = DeployedStage(name, limited, pace=pace, evidence=evidence,
                          plays=PLAYS * settings.concurrency, begin=begin)
    template = setup.template
    path = setup.contract.path
    campaign = deployed_campaign(
        setup.contract, stage, setup.profile, setup.seed, replays=settings.replays,
        open_embedded=None if template is None else lambda: MotoStage(template, path),
        divergences=divergences.known(name, _api(template, path)))
    try:
        probe(stage.front, path)
    except BaseException:
        stage.close()
        raise
    return Opened(campaign, stage.close)


def _api(template: Template | None, path: str) -> str:
    """Return the kind of API that answers queries, or an empty text if it is unknown."""
    found = None if template is None else route(template, "GET", f"{path}/x")
    return "" if found is None else found[0].api


def check_door(template: Template, path: str) -> None:
    """Check that commands get replies.

    Raises:
        SettingsError: they are queued, so that a reply does not say what became of a command.
    """
    found = route(template, "POST", path)
    if found is not None and found[0].target_kind == "queue":
        raise SettingsError(
            "--stage http",
            f"POST {path} feeds a queue, so replies say nothing of what becomes of a command",
            "judge it with --stage moto")
