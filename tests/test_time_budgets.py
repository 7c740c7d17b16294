"""A Node.js function that looks at its remaining time sees that little of it is left.

Source: AWS Lambda Developer Guide, "Using the Lambda context object", getRemainingTimeInMillis.
"""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pytest

from harness.core.faults import ANY_OPERATION, FaultKind
from harness.core.history import Role
from harness.core.scenario import Fault, Scenario, Send
from harness.explore.profiles import PROFILES
from harness.mutants.catalogue import Implementation
from tests.false_alarms import campaign_on
from tests.miniatures.building import Change
from tests.systems.building import _build
from tests.systems.catalogue import SYSTEMS

pytestmark = [pytest.mark.node,
              pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")]
METERS = next(system for system in SYSTEMS if system.name == "meters")
COMMANDS = "cdk.out/asset.commands/index.js"
LATE = "context.getRemainingTimeInMillis() < 1500"
INSTALLED = '{"type": "MeterInstalled", "meterId": "~a", "place": "x"}'


def _late(what: str) -> tuple[Change, ...]:
    """The command function does that in place of publishing where little time is left."""
    return (
        Change(COMMANDS, "exports.handler = async (event) => {",
               "let late;\nexports.handler = async (event, context) => {\n"
               f"  late = () => {LATE};"),
        Change(COMMANDS, "async function publish(event) {",
               f"async function publish(event) {{\n  if (late()) {what};"))


@pytest.mark.parametrize(("what", "blamed"), [
    ("return", True), ('throw new Error("no time is left to publish")', False)])
def test_publishing(tmp_path: Path, what: str, blamed: bool) -> None:
    """One that then acknowledges and publishes nothing is found; one that tells it is spared."""
    row = Implementation("meters", METERS.contract, partial(_build, METERS, _late(what)),
                         dialect=METERS.dialect)
    slow = Fault(Role.COMMAND.value, ANY_OPERATION, 1, FaultKind.NEARLY_LATE, lasting=True)
    with campaign_on(row, tmp_path, PROFILES["smoke"], 1) as campaign:
        found = campaign.replay("CMD-12", Scenario((slow, Send(INSTALLED))))
    assert (found.violation is not None) == blamed
