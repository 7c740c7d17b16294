"""Fixtures: the implementation on an empty account, faults, payloads and commands."""

import base64
import sys
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from .faults import Crash, Faults
from .payloads import CREATED, DELETED, UPDATED, http_api, rest_api
from .simulation import SETTINGS, Account, System


@pytest.fixture(scope="session")
def account() -> Account:
    """Return the clients that all tests share."""
    return Account()


@pytest.fixture
def system(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[System]:
    """Return the implementation on an empty account."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)

    def purge() -> None:
        for name in [name for name in sys.modules if name.startswith("reference_impl.lambdas")]:
            monkeypatch.delitem(sys.modules, name)

    with mock_aws():
        boto3.DEFAULT_SESSION = account.session  # moto puts back the one there was
        yield System(account, purge)


@pytest.fixture
def faults() -> Faults:
    """Return the means to disturb AWS calls."""
    return Faults()


@pytest.fixture
def as_base64() -> Callable[[str], dict[str, Any]]:
    """Return a builder of payloads whose body API Gateway has encoded."""

    def build(body: str) -> dict[str, Any]:
        return {**rest_api(base64.b64encode(body.encode()).decode()), "isBase64Encoded": True}

    return build


@pytest.fixture(params=[rest_api, http_api], ids=["v1", "v2"])
def payload(request: pytest.FixtureRequest) -> Callable[..., dict[str, Any]]:
    """Return a builder of API Gateway payloads, once for each version."""
    return request.param


@pytest.fixture
def created() -> dict[str, Any]:
    """Return a command that creates order o-1."""
    return dict(CREATED)


@pytest.fixture
def updated() -> dict[str, Any]:
    """Return a command that updates order o-1, but not its customer."""
    return dict(UPDATED)


@pytest.fixture
def deleted() -> dict[str, Any]:
    """Return a command that deletes order o-1."""
    return dict(DELETED)


@pytest.fixture
def crash() -> Crash:
    """Return the death of an environment."""
    return Crash()
