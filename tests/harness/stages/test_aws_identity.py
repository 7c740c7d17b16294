"""The caller of AWS, its place, and the limits of a run there."""

from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber
from moto import mock_aws

from harness.core.clock import FakeClock
from harness.core.errors import StageError
from harness.core.http import Request
from harness.core.scenario import Query, Scenario, Send
from harness.entry.stage_options import check_options
from harness.explore.estimates import planned, planned_again
from harness.explore.profiles import PROFILES
from harness.stages.aws import identity as guard
from harness.stages.aws import options
from harness.stages.aws.cost import Planned
from harness.stages.aws.meter import Meter, MeteredCloud, MeteredFrontDoor
from harness.stages.aws.options import Identity
from harness.stages.deployed.cloud import Cloud
from harness.stages.deployed.settings import SettingsError
from harness.stages.options import StageOptions, from_given
from scenarios.domains.orders import CONTRACT
from tests.harness.far_away import Orders

ID, OTHER = "111122223333", "444455556666"
ROLE = f"arn:aws:iam::{ID}:role/ci/conformance"
SESSION = f"arn:aws:sts::{ID}:assumed-role/conformance/run-17"
EMULATOR = "http://127.0.0.1:4566"
NOTHING: dict[str, Any] = {
    "functions": "deployed", "stack_name": None, "deploy": False, "endpoint_url": None,
    "account": [], "aws_profile": None, "role": None, "region": "eu-west-1",
    "max_requests": 100, "max_minutes": 5.0,
}


def asked(**given: Any) -> options.AwsOptions:
    return options.read(from_given(StageOptions, NOTHING | given), {})


class TestOptions:
    @pytest.mark.parametrize(("given", "message"), [
        ({}, "either --stack-name NAME"),
        ({"stack_name": "shop", "deploy": True}, "either --stack-name NAME"),
        ({"deploy": True}, "give --account"),
        ({"deploy": True, "account": ["12"]}, "12 digits"),
        ({"deploy": True, "account": [ID]}, "say as whom to act: --aws-profile NAME"),
        ({"deploy": True, "account": [ID], "role": "conformance"}, "expected arn:aws:iam::ACCOUNT"),
        ({"deploy": True, "endpoint_url": "https://s3.eu-west-1.amazonaws.com"}, "for emulators"),
        ({"deploy": True, "endpoint_url": "localhost:4566"}, "expected http://HOST:PORT"),
        ({"deploy": True, "endpoint_url": EMULATOR, "role": ROLE}, "no credentials of yours"),
        ({"deploy": True, "functions": "hosted"}, "needs an emulator's services"),
        ({"stack_name": "shop", "functions": "hosted", "endpoint_url": EMULATOR},
         "give --deploy instead"),
        ({"deploy": True, "endpoint_url": EMULATOR, "max_requests": 0}, "--max-requests 0"),
        ({"deploy": True, "endpoint_url": EMULATOR, "max_minutes": float("nan")}, "--max-minutes"),
    ])
    def test_mistakes(self, given: dict[str, Any], message: str) -> None:
        """A missing or impossible option is an error before anything is sent."""
        with pytest.raises(SettingsError, match=message):
            asked(**given)

    def test_unless_told_otherwise(self) -> None:
        """A run that says nothing of it has a limit as well."""
        found = asked(deploy=True, endpoint_url=EMULATOR, max_requests=None, max_minutes=None)
        assert (found.max_requests, found.max_minutes) == (50_000, 60.0)

    @pytest.mark.parametrize(("stage", "given", "message"), [
        ("http", {"max_requests": 5}, "--max-requests: belongs to --stage aws"),
        ("http", {"max_minutes": 0.0}, "--max-minutes: belongs to --stage aws"),
        ("moto", {"rate": 3.0}, "--rate: belongs to --stage ministack or"),
        ("moto", {"header": ["a: b"]}, "--header: belongs to --stage ministack or"),
    ])
    def test_of_another_stage(self, stage: str, given: dict[str, Any], message: str) -> None:
        """An option is refused on a stage where it means nothing, also if its value is 0."""
        with pytest.raises(SettingsError, match=message):
            check_options(from_given(StageOptions, {"stage": stage, **given}))

    def test_profile(self) -> None:
        """A profile that the user does not have is a mistake as well."""
        with pytest.raises(SettingsError, match="--aws-profile nobody"):
            asked(deploy=True, account=[ID], aws_profile="nobody", region=None)

    def test_emulator(self) -> None:
        """An emulator gets keys that mean nothing, whatever the environment has."""
        cloud = asked(deploy=True, endpoint_url=f"{EMULATOR}/").identity.cloud()
        assert (cloud.endpoint, cloud.keys) == (EMULATOR, ("test", "test"))

    def test_aws_itself(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """AWS is AWS: an endpoint in the environment leads no credentials elsewhere."""
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        cloud = Cloud("eu-west-1", keys=("testing", "testing"))
        assert cloud.client("sts").meta.endpoint_url == "https://sts.eu-west-1.amazonaws.com"


class TestIdentity:
    def test_session_of_the_role(self) -> None:
        """A role's session is the role, though its ARN has neither path nor the same form."""
        assert guard.identity_of(SESSION) == guard.identity_of(ROLE)

    @pytest.mark.parametrize("arn", [
        f"arn:aws:sts::{ID}:assumed-role/admin/run-17",
        f"arn:aws:sts::{OTHER}:assumed-role/conformance/run-17",
        f"arn:aws:iam::{ID}:user/conformance",
        f"arn:aws-cn:sts::{ID}:assumed-role/conformance/run-17",
        f"arn:aws:iam::{ID}:root",
    ])
    def test_others(self, arn: str) -> None:
        """Another name, account, kind or partition is another identity, and is refused."""
        with pytest.raises(StageError, match="do not belong to the one that --role names"):
            guard.check(Identity("eu-west-1", (ID,), role=ROLE), ID, arn)

    def test_account(self) -> None:
        """An account that was not named is refused, and not told."""
        with pytest.raises(StageError) as refused:
            guard.check(Identity("eu-west-1", (ID,)), OTHER, SESSION)
        assert ("no --account names" in str(refused.value), OTHER in str(refused.value)) == (
            True, False)

    def test_admitted(self) -> None:
        """The account that was named is accepted."""
        cloud = Cloud(keys=("testing", "testing"))
        with mock_aws(), mock.patch.object(Identity, "cloud", return_value=cloud):
            assert guard.admitted(Identity("us-east-1", ("123456789012",))) is cloud

    def test_a_profile_of_yours(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An emulator gets no credentials of yours: it does not matter which AWS_PROFILE names."""
        monkeypatch.setenv("AWS_PROFILE", "one-that-is-not-there")
        with mock_aws():
            assert guard.caller(Cloud(keys=("testing", "testing")))[0] == "123456789012"

    def test_nobody_there(self) -> None:
        """An emulator that does not run is no matter of signing in."""
        silent = EndpointConnectionError(endpoint_url=EMULATOR)
        nowhere = Cloud(endpoint=EMULATOR, keys=("testing", "testing"))
        with (mock.patch.object(nowhere.client("sts"), "get_caller_identity", side_effect=silent),
              pytest.raises(StageError, match="see that an emulator runs there")):
            guard.caller(nowhere)

    def test_refused_by_aws(self) -> None:
        """AWS's error about credentials is reported without the id of a key."""
        cloud = Cloud(keys=("testing", "testing"))
        with Stubber(cloud.client("sts")) as sts:
            sts.add_client_error("get_caller_identity", "InvalidClientTokenId",
                                 "AKIAIOSFODNN7EXAMPLE is not valid")
            with pytest.raises(StageError, match=r"\[access key\] is not valid"):
                guard.caller(cloud)


class TestMeter:
    @pytest.fixture
    def clock(self) -> FakeClock:
        return FakeClock()

    def test_requests(self, clock: FakeClock) -> None:
        """After so many requests none is sent any more."""
        orders = Orders(clock=clock)
        front = MeteredFrontDoor(orders, Meter(2, 60, clock))
        for _ in range(2):
            front.send(Request("GET", "/orders/a"))
        with pytest.raises(StageError, match="2 requests have been sent"):
            front.send(Request("GET", "/orders/a"))
        assert len(orders.requests) == 2

    def test_minutes(self, clock: FakeClock) -> None:
        """After so many minutes none is sent any more."""
        meter = Meter(10, 1.5, clock)
        clock.wait(90)
        with pytest.raises(StageError, match=r"1\.5 minutes have passed"):
            meter.count()

    def test_calls_of_our_own(self, clock: FakeClock) -> None:
        """The harness's own reads count, too."""
        with mock_aws():
            meter = Meter(1, 60, clock)
            s3 = MeteredCloud(Cloud(keys=("testing", "testing")), meter).client("s3")
            s3.list_buckets()
            with pytest.raises(StageError, match="--max-requests"):
                s3.list_buckets()


class TestCost:
    def test_told_with_its_basis(self) -> None:
        """The estimate says how many requests it is made of."""
        assert str(Planned(plays=10, commands=1000, reads=5000)).startswith(
            "about 6140 requests (1000 commands, 5000 reads) in 10 scenarios, for about $0.05")

    def test_grows_with_what_is_asked(self) -> None:
        """A million commands cost some dozens of dollars, not cents and not thousands."""
        assert 10 < Planned(0, 1_000_000, 0).dollars < 100

    def test_counted_by_drawing(self) -> None:
        """Commands and reads are those of the scenarios that will be played."""
        plan = planned(CONTRACT, PROFILES["quick"], 1, ["API-03", "CMD-01"])
        assert (0 < plan.plays < plan.commands < plan.reads, plan) == (
            True, planned(CONTRACT, PROFILES["quick"], 1, ["API-03", "CMD-01"]))

    def test_played_again(self) -> None:
        """One scenario asks as much as it has, so many times."""
        scenario = Scenario((Send("{}"), Send("{}"), Query("~a")))
        assert planned_again(CONTRACT, scenario, 5) == Planned(plays=5, commands=10, reads=20)

    def test_what_will_be_skipped_costs_nothing(self) -> None:
        """A requirement that needs AWS calls to be seen asks nothing of a deployed stack."""
        assert planned(CONTRACT, PROFILES["quick"], 1, ["CMD-10"]) == Planned(0, 0, 0)
