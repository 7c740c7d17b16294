"""Python's collection of garbage, of which a long run would have a lot."""

import gc

from harness.stages.embedded.stage import MotoStage
from harness.template import load
from tests.miniatures.building import REFERENCE


def test_while_a_stage_is_open() -> None:
    """Garbage is not looked for among what was there when the stage opened; afterwards it is."""
    with MotoStage(load(REFERENCE / "template.yaml"), "/orders"):
        assert gc.get_freeze_count() > 10_000
    assert gc.get_freeze_count() == 0
