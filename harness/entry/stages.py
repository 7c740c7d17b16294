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
from harness.core.stage import Stage
from harness.dialect import Dialect
from harness.dialect.model import Route as DialectRoute
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
from harness.stages.deployed import divergences, localstack, ministack
from harness.stages.deployed.cloud import Cloud, aws_errors, without_key_ids
from harness.stages.deployed.evidence import Evidence
from harness.stages.deployed.front_door import FrontDoor, HttpFrontDoor, LimitedFrontDoor
from harness.stages.deployed.settings import CONCURRENCY, Settings, SettingsError, read, that_stay
from harness.stages.deployed.signing import SigV4
from harness.stages.deployed.stack import Stack, api_url, deploy, new_name, remove
from harness.stages.deployed.stack import read as read_stack
from harness.stages.deployed.stack_evidence import DeployedEvidence
from harness.stages.deployed.stage import DeployedStage
from harness.stages.embedded.stage import MotoStage
from harness.stages.embedded.systems import embedded_system
from harness.stages.hosted.backend import HostedBackend
from harness.stages.interpreted import InterpretedStage
from harness.stages.options import StageOptions, flag, foreign_to
from harness.stages.participants import Participants, participants
from harness.template import Template

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
    one to play, if a counterexample is replayed. ``dialect`` None: the default. ``debug``:
    functions print to the terminal and read from it, and none is ended because it takes long.
    """

    contract: Contract
    template: Template | None
    profile: Profile
    seed: int
    requirements: tuple[str, ...] = ()
    tell: Callable[[str], None] = lambda _: None
    scenario: Scenario | None = None
    dialect: Dialect | None = None
    debug: bool = False

    def parts(self, template: Template) -> Participants:
        """The functions and stores of an implementation that take part."""
        return participants(template, self.contract.path, self.dialect)

    def interpreted(self, stage: ControlledStage) -> Stage:
        """A stage on which the implementation is spoken to in its dialect."""
        if self.dialect is None:
            return stage
        return InterpretedStage(stage, self.dialect, self.contract)


@dataclass(frozen=True, slots=True)
class Opened:
    """A campaign, and the function that ends its stage.

    ``plays`` opens a stage for a play of its own, where several go on at once.
    """

    campaign: Campaign
    close: Callable[[], None]
    plays: Callable[[], Stage] | None = None


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
        for sentence in that_stay(settings.credentials):
            setup.tell(sentence)
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


def open_moto(setup: RunSetup) -> Opened:
    """Open the embedded stage.

    Raises:
        StageError, HandlerError, TemplateError: the stage cannot run this implementation.
    """
    assert setup.template is not None
    parts = setup.parts(setup.template)
    return _controlled(setup, MotoStage(
        setup.template, setup.contract.path, parts=parts, debug=setup.debug).open())


def _controlled(setup: RunSetup, stage: ControlledStage) -> Opened:
    spoken = setup.interpreted(stage)
    try:
        _see_setups(setup.dialect, spoken)
    except BaseException:
        stage.close()
        raise
    return Opened(Campaign(setup.contract, spoken, setup.profile, setup.seed), stage.close)


def _see_setups(dialect: Dialect | None, stage: Stage) -> None:
    """See that what commands need can be set up, and begin anew.

    Raises:
        SetupRefused: it cannot.
    """
    if dialect is not None and dialect.setups:
        stage.start(fresh=False, always_cold=False)
        stage.reset()


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
    return replace(opened, close=partial(_in_turn, opened.close, started.close))


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


def open_hosted(setup: RunSetup, endpoint: str, name: str) -> Opened:
    """Host the functions here, on the services of an endpoint.

    Raises:
        StageError, HandlerError, TemplateError: the stage cannot run this implementation.
    """
    assert setup.template is not None
    return _controlled(setup, ControlledStage(
        setup.template, setup.contract.path, HostedBackend(endpoint, name),
        parts=setup.parts(setup.template)).open())


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
    return replace(opened, close=partial(_in_turn, opened.close, leave))


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
    return replace(opened, close=partial(_in_turn, opened.close, removing))


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
