"""Opening the stages that are reached over the network, and the campaigns on them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from math import inf

from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from harness.core.errors import StageError
from harness.core.pace import Pace
from harness.entry.controlled_stages import open_hosted
from harness.entry.stage_options import check_door
from harness.entry.stage_setup import Opened, RunSetup, in_turn
from harness.explore.deployed_strategy import deployed_campaign
from harness.explore.estimates import planned, planned_again
from harness.stages.aws import identity as guard
from harness.stages.aws import options
from harness.stages.aws.attached import AttachedEvidence, template_of
from harness.stages.aws.meter import Meter, MeteredCloud, MeteredFrontDoor
from harness.stages.aws.run_data import Manifest, RecordingFrontDoor, place_of, remove_own
from harness.stages.deployed import divergences, localstack, ministack
from harness.stages.deployed.cloud import Cloud, without_key_ids
from harness.stages.deployed.evidence import Evidence
from harness.stages.deployed.front_door import FrontDoor, HttpFrontDoor, LimitedFrontDoor
from harness.stages.deployed.settings import Settings, SettingsError
from harness.stages.deployed.signing import SigV4
from harness.stages.deployed.stack import Stack, api_url, deploy, new_name, remove
from harness.stages.deployed.stack import read as read_stack
from harness.stages.deployed.stack_evidence import DeployedEvidence
from harness.stages.deployed.stage import DeployedStage
from harness.stages.embedded.systems import embedded_system
from harness.stages.options import StageOptions
from harness.stages.participants import Participants

DEPLOY_SECONDS = 300.0
LOCAL_KEYS = ("test", "test")
LOCAL_WINDOW = 2.0
"""Seconds that views have to stay as they are on an emulator: when all of it shares one busy
machine requests take long, but nothing else is on its way."""
PLAYS = 4
"""Plays under way for each request under way: most of them wait for their views."""


def open_http(setup: RunSetup, settings: Settings) -> Opened:
    """Open a stage at any URL.

    Raises:
        StageError: no server answers there, or it refuses the requests.
    """
    return open_remote(setup, settings, "http", HttpFrontDoor(settings))


def open_ministack(setup: RunSetup, settings: Settings) -> Opened:
    """Start MiniStack for the run and deploy the implementation there.

    Raises:
        StageError: it did not start, or the template cannot be deployed or judged there.
    """
    assert setup.template is not None
    ministack.refuse_pipes(setup.template)
    started = ministack.MiniStack().start()
    try:
        stack = deploy(started.cloud, setup.template, new_name(), seconds=DEPLOY_SECONDS)
        opened = open_deployed(setup, settings, "ministack", started.cloud, stack)
        opened.campaign.warm_up()
    except BaseException:
        started.close()
        raise
    return replace(opened, close=partial(in_turn, opened.close, started.close))


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
    return replace(opened, close=ending.close)


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

    return replace(opened, close=close)


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
    contract, parts = setup.contract, setup.parts(template)
    _check_door(parts)
    stack = read_stack(cloud, name)
    at = _at(settings, cloud, stack, parts)
    manifest = Manifest.begun(place_of(cloud, name))
    evidence = AttachedEvidence(MeteredCloud(cloud, meter), stack, template, contract, parts,
                                manifest)
    front = RecordingFrontDoor(MeteredFrontDoor(_signing(at, cloud), meter), contract, manifest)

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
    return replace(opened, close=partial(in_turn, opened.close, leave))


def _at(settings: Settings, cloud: Cloud, stack: Stack, parts: Participants) -> Settings:
    """The settings, with the URL of the API that the routes are of; without routes as they are."""
    if not parts.routes:
        return settings
    return replace(settings, base_url=api_url(cloud, stack, parts.routes[0]))


def _check_door(parts: Participants) -> None:
    try:
        check_door(parts)
    except SettingsError as error:
        raise StageError("--stage aws", str(error)) from None


def _signing(settings: Settings, cloud: Cloud) -> HttpFrontDoor:
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
    return replace(opened, close=partial(in_turn, opened.close, removing))


def open_deployed(
    setup: RunSetup, settings: Settings, name: str, cloud: Cloud, stack: Stack,
    meter: Meter | None = None,
) -> Opened:
    """Open a stack: requests go through its API Gateway, evidence comes from its resources."""
    template, contract = setup.template, setup.contract
    assert template is not None
    parts = setup.parts(template)
    at = _at(settings, cloud, stack, parts)
    seen = cloud if meter is None else MeteredCloud(cloud, meter)
    evidence = DeployedEvidence(seen, stack, template, contract, parts)
    front: FrontDoor = _signing(at, cloud)
    metered = MeteredFrontDoor(front, meter) if meter else front
    return open_remote(setup, at, name, metered, evidence,
                       LOCAL_WINDOW if cloud.endpoint else inf)


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
                          plays=PLAYS * settings.concurrency, begin=begin, dialect=setup.dialect,
                          contract=setup.contract)
    template, contract = setup.template, setup.contract
    campaign = deployed_campaign(
        contract, stage, setup.profile, setup.seed, replays=settings.replays,
        open_embedded=None if template is None else lambda: embedded_system(
            template, contract, setup.dialect),
        divergences=divergences.known(name, _api(setup)))
    try:
        stage.probe(contract.path)
    except BaseException:
        stage.close()
        raise
    return Opened(campaign, stage.close, stage.play)


def _api(setup: RunSetup) -> str:
    """Return the kind of API that answers queries, or an empty text if it is unknown."""
    routes = () if setup.template is None else setup.parts(setup.template).routes
    return routes[-1].api if routes else ""
