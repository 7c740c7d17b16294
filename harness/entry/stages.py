"""Opening the stage of a run, with the campaign on it."""

from __future__ import annotations

from harness.entry.controlled_stages import open_moto
from harness.entry.stage_options import check_options, settings_of
from harness.entry.stage_setup import Opened, RunSetup
from harness.stages.aws import options
from harness.stages.deployed.cloud import aws_errors
from harness.stages.deployed.settings import that_stay
from harness.stages.options import StageOptions


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
        from harness.entry.deployed_stages import (
            open_aws,
            open_http,
            open_localstack,
            open_ministack,
        )

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
