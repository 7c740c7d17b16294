"""Opening the stages that host the functions themselves, embedded or on an emulator's services.

The emulation of AWS is imported with the first stage: a run has said by then what it judges.
"""

from __future__ import annotations

from harness.core.stage import Stage
from harness.dialect import Dialect
from harness.entry.stage_setup import Opened, RunSetup
from harness.explore.campaign import Campaign
from harness.explore.recognition import check_recognised
from harness.stages.controlled.stage import ControlledStage


def open_moto(setup: RunSetup) -> Opened:
    """Open the embedded stage.

    Raises:
        StageError, HandlerError, TemplateError: the stage cannot run this implementation.
    """
    from harness.stages.embedded.stage import MotoStage

    assert setup.template is not None
    parts = setup.parts(setup.template)
    return _controlled(setup, MotoStage(
        setup.template, setup.contract.path, parts=parts, debug=setup.debug).open())


def open_hosted(setup: RunSetup, endpoint: str, name: str) -> Opened:
    """Host the functions here, on the services of an endpoint.

    Raises:
        StageError, HandlerError, TemplateError: the stage cannot run this implementation.
    """
    from harness.stages.hosted.backend import HostedBackend

    assert setup.template is not None
    return _controlled(setup, ControlledStage(
        setup.template, setup.contract.path, HostedBackend(endpoint, name),
        parts=setup.parts(setup.template)).open())


def _controlled(setup: RunSetup, stage: ControlledStage) -> Opened:
    spoken = setup.interpreted(stage)
    try:
        _see_setups(setup.dialect, spoken)
        if setup.dialect is not None:
            check_recognised(setup.contract, setup.dialect, spoken)
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
