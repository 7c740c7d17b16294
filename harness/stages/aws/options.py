"""The options of the stage ``aws``, and the mistakes in them that show before anything is sent.

On AWS itself the options have to name the caller and the place: ambient credentials are whatever
the shell or the machine happens to have. An emulator (``--endpoint-url``) gets keys that mean
nothing, so that no real ones ever go there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError
from botocore.session import Session

from harness.stages.deployed.cloud import REGION, Cloud
from harness.stages.deployed.settings import SettingsError
from harness.stages.options import StageOptions

ACCOUNT = re.compile(r"[0-9]{12}")
IDENTITY = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/.+")
AWS_HOSTS = re.compile(r"(^|\.)(amazonaws\.com(\.cn)?|api\.aws)$")
LOCAL_KEYS = ("test", "test")
MAX_REQUESTS, MAX_MINUTES = 50_000, 60.0


@dataclass(frozen=True, slots=True)
class Identity:
    """The caller of AWS and the place of the services: ``endpoint`` None is AWS itself.

    ``accounts``: those that may be acted in. ``role``: the ARN that the caller has to have.
    """

    region: str
    accounts: tuple[str, ...] = ()
    endpoint: str | None = None
    profile: str | None = None
    role: str | None = None

    def cloud(self) -> Cloud:
        """The way there."""
        if self.endpoint is not None:
            return Cloud(self.region, self.endpoint, LOCAL_KEYS)
        return Cloud(self.region, profile=self.profile)


@dataclass(frozen=True, slots=True)
class AwsOptions:
    """A run on AWS: it judges the stack of that name, or (None) one that it deploys."""

    identity: Identity
    stack_name: str | None
    hosted: bool
    max_requests: int
    max_minutes: float


def read(
    options: StageOptions, environment: Mapping[str, str] = os.environ
) -> AwsOptions:
    """Return the run on AWS that a user's options ask for.

    Raises:
        SettingsError: one of them is missing, or cannot be meant.
    """
    hosted = options.functions == "hosted"
    name = options.stack_name
    if hosted and not options.endpoint_url:
        raise SettingsError(
            "--functions hosted",
            "needs an emulator's services",
            "give --endpoint-url, or leave it out")
    if bool(name) == bool(options.deploy):
        raise SettingsError(
            "--stage aws",
            "give either --stack-name NAME, a stack that is deployed, or --deploy, for one of "
            "the run's own")
    if hosted and name:
        raise SettingsError(
            "--functions hosted",
            "runs functions from a template",
            "give --deploy instead of --stack-name")
    return AwsOptions(identity(options, environment), name, hosted,
                 int(_positive("--max-requests", options.max_requests, MAX_REQUESTS)),
                 _positive("--max-minutes", options.max_minutes, MAX_MINUTES))


def identity(
    options: StageOptions, environment: Mapping[str, str] = os.environ
) -> Identity:
    """Return the identity that a user's options name, and the place where it acts.

    Raises:
        SettingsError: that is not told, or cannot be meant.
    """
    accounts = options.account
    for account in accounts:
        if ACCOUNT.fullmatch(account) is None:
            raise SettingsError("--account", expected="an AWS account's 12 digits")
    endpoint, profile, role = options.endpoint_url, options.aws_profile, options.role
    if endpoint:
        if profile or role:
            raise SettingsError(
                "--aws-profile and --role",
                "belong to AWS itself",
                "an emulator at --endpoint-url gets no credentials of yours")
        return Identity(options.region or REGION, accounts, _emulator(endpoint))
    if not accounts:
        raise SettingsError(
            "AWS",
            "give --account, the only account that may be acted in (repeat it for more), or an "
            "emulator's --endpoint-url")
    if not profile and not role:
        raise SettingsError(
            "AWS",
            "say as whom to act: --aws-profile NAME for a profile of yours, or --role ARN for "
            "the role (or user) that the ambient credentials have to be, in CI for one")
    if role and IDENTITY.fullmatch(role) is None:
        raise SettingsError("--role", expected="arn:aws:iam::ACCOUNT:role/NAME (or user/NAME)")
    region = options.region or _region(profile, environment)
    return Identity(region, accounts, None, profile, role)


def _emulator(endpoint: str) -> str:
    try:
        url = urlsplit(endpoint)
        usable = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        usable = False
    if not usable or url.username is not None or url.query or url.fragment:
        raise SettingsError("--endpoint-url", expected="http://HOST:PORT or https://HOST:PORT")
    if AWS_HOSTS.search(str(url.hostname)):
        raise SettingsError(
            "--endpoint-url",
            "is for emulators",
            "leave it out for AWS itself, where --account says what may be acted in")
    return endpoint.rstrip("/")


def _region(profile: str | None, environment: Mapping[str, str]) -> str:
    named = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    try:
        found = Session(profile=profile).get_config_variable("region") or named
    except BotoCoreError as error:
        raise SettingsError(
            f"--aws-profile {profile}", str(error), "see `aws configure list-profiles`") from None
    if not found:
        raise SettingsError("AWS", "there is no region", "give --region or set AWS_REGION")
    return str(found)


def _positive(name: str, given: float | None, default: float) -> float:
    value = default if given is None else given
    if not 0 < value < float("inf"):
        raise SettingsError(f"{name} {value:g}", expected="a number above 0")
    return value
