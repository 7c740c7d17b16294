"""The reference implementation's three handlers on moto with nothing around them.

Deployed without its rule, because moto's PutEvents raises NotImplementedError for a Lambda target;
the event that the projection gets is made here from the command and its receipt.
"""

import importlib
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from moto import mock_aws

from harness.core.http import Request
from harness.functions.events import rest_event
from harness.stages.controlled.provisioning import CREDENTIALS, REGION, Deployment, deploy
from harness.template import Template

Handler = Callable[[dict[str, Any], object], Any]
PATH = "/orders"
MODULES = ("command", "projection", "query")


@dataclass(frozen=True)
class Handlers:
    """The three handlers, loaded once as a warm environment has them."""

    command: Handler
    projection: Handler
    query: Handler
    environment: dict[str, str]

    def send(self, body: str, *, deliver: bool = True) -> int:
        """Send a command, and deliver the event it leads to; gives the reply's status."""
        reply = self.command(_event("POST", PATH, body), None)
        if deliver and reply["statusCode"] == 200:
            published = {**json.loads(body), **json.loads(reply["body"])}
            self.projection(self._envelope(published), None)
        return int(reply["statusCode"])

    def view(self, order_id: str) -> Any:
        """Query one order: its view, or None."""
        reply = self.query(_event("GET", f"{PATH}/{order_id}", None, {"id": order_id}), None)
        return json.loads(reply["body"]) if reply["statusCode"] == 200 else None

    def _envelope(self, detail: dict[str, Any]) -> dict[str, Any]:
        source = self.environment["EVENT_SOURCE"]
        return {"version": "0", "source": source, "detail-type": detail["type"], "detail": detail}


def _event(
    method: str, path: str, body: str | None, parameters: dict[str, str] | None = None
) -> dict[str, Any]:
    request = Request(method, path, (("Content-Type", "application/json"),), body)
    resource = PATH if parameters is None else f"{PATH}/{{id}}"
    return rest_event(request, path=path, resource=resource, path_parameters=parameters,
                      request_id="r", epoch_ms=0)


def without_rules(template: Template) -> Template:
    """Return the template as moto can run it without the harness as its bus."""
    resources = template.body["Resources"]
    kept = {n: r for n, r in resources.items() if r["Type"] != "AWS::Events::Rule"}
    return replace(template, body={**template.body, "Resources": kept})


@contextmanager
def deployed(template: Template) -> Iterator[tuple[Handlers, Deployment]]:
    """Deploy the template on moto and load its handlers, which outlive the deployment."""
    before = dict(os.environ)
    os.environ.update(CREDENTIALS, AWS_DEFAULT_REGION=REGION)
    try:
        with mock_aws():
            deployment = deploy(without_rules(template))
            yield _load(template, deployment), deployment
    finally:
        os.environ.clear()
        os.environ.update(before)
        for name in MODULES:  # the loggers are the process's: a stage is to find none
            logging.getLogger().manager.loggerDict.pop(name, None)


def _load(template: Template, deployment: Deployment) -> Handlers:
    """Import the handlers with the variables of all three functions, which do not conflict."""
    for variables in deployment.environments.values():
        os.environ.update(variables)
    code = template.functions[0].runnable()
    assert isinstance(code, Path)
    sys.path.insert(0, str(code))
    try:
        loaded = [importlib.import_module(f"lambdas.{name}").handler for name in MODULES]
    finally:
        sys.path.remove(str(code))
        for name in [name for name in sys.modules if name.split(".")[0] == "lambdas"]:
            del sys.modules[name]
    return Handlers(*loaded, environment=dict(os.environ))
