"""Where LocalStack is: one that runs already, or a container that is started for the run.

A LocalStack that runs already is found by its own conventions (package localstack-client:
LOCALSTACK_HOST, USE_SSL, AWS_ENDPOINT_URL). A container is started through
testcontainers, with the auth token passed on: images after the default one do not start without.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec

import urllib3

from harness.core.errors import StageError

IMAGE = "localstack/localstack:4.14.0"
"""The last tag that needs no auth token."""
NAMED = ("AWS_ENDPOINT_URL", "LOCALSTACK_HOST")
TOKEN = "LOCALSTACK_AUTH_TOKEN"
PORT = 4566
HEALTH = "/_localstack/health"
STARTED_WITHIN = 180
EXTRA = "pip install 'cqrs-conformance[localstack]'"


@contextmanager
def running(endpoint: str | None, image: str) -> Iterator[str]:
    """The address of an instance: as given, one that runs, or a new one until the context ends.

    Raises:
        StageError: there is none, and none can be started.
    """
    named = endpoint or _named()
    if named is not None:
        if not _answers(named):
            raise StageError(f"LocalStack at {named}", "does not answer",
                             "start it, or name another with --endpoint-url")
        yield named
    elif _answers(f"http://localhost:{PORT}"):
        yield f"http://localhost:{PORT}"
    else:
        with _container(image) as started:
            yield started


def _named() -> str | None:
    """The instance that the environment names."""
    if not any(os.environ.get(name) for name in NAMED):
        return None
    if os.environ.get("AWS_ENDPOINT_URL"):
        return os.environ["AWS_ENDPOINT_URL"]
    if find_spec("localstack_client") is None:
        raise StageError("LocalStack", "the environment names an instance", EXTRA)
    from localstack_client import config

    found: str = config.get_service_endpoint("s3")
    return found


def _answers(address: str) -> bool:
    try:
        response = urllib3.request("GET", address.rstrip("/") + HEALTH, timeout=5, retries=False)
    except urllib3.exceptions.HTTPError:
        return False
    return response.status < 500


@contextmanager
def _container(image: str) -> Iterator[str]:
    if find_spec("testcontainers") is None:
        raise StageError("LocalStack", "no instance runs, and none can be started", EXTRA)
    with ExitStack() as ending, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its own module's, at its own calls
        from testcontainers.localstack import LocalStackContainer

        try:
            container = LocalStackContainer(image)
            ending.callback(container.stop)
            if os.environ.get(TOKEN):
                container.with_env(TOKEN, os.environ[TOKEN])
            container.start(timeout=STARTED_WITHIN)
            address: str = container.get_url()
        except Exception as error:  # Docker's client has errors of many kinds
            raise StageError(
                f"LocalStack image {image}", f"could not be started: {error}",
                "see that Docker runs, or start an instance and set LOCALSTACK_HOST") from None
        yield address
