"""An environment logs as if it had a process of its own."""

import logging
from collections.abc import Iterator
from functools import partial

import pytest

from harness.core.history import Invoked
from harness.stages.embedded.stage import MotoStage
from tests.harness.playground import answer, playground, run

ROOT = """
    import logging
    logging.getLogger().setLevel(logging.INFO)
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger("shop").info("told")
    answer = len(logging.getLogger().handlers)
    """


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoStage]:
    with playground(tmp_path_factory.mktemp("logs")) as stage:
        yield stage


@pytest.fixture
def stage(opened: MotoStage) -> MotoStage:
    opened.start(fresh=False, always_cold=False)
    opened.restart()
    return opened


def printed(stage: MotoStage) -> list[str]:
    return [record.output for record in stage.records if isinstance(record, Invoked)]


def test_handlers_of_its_own(stage: MotoStage) -> None:
    """Handlers that one environment adds are in no other one, and only once."""
    first = answer(stage, ROOT)
    stage.restart()
    assert (first, answer(stage, ROOT)) == (2, 2)


def test_kept_while_it_is_warm(stage: MotoStage) -> None:
    """As a process would."""
    assert [answer(stage, ROOT) for _ in range(2)] == [2, 3]


def test_written_to_its_output(stage: MotoStage) -> None:
    """The root logger has a handler from the start, as on Lambda; warnings and worse are told."""
    run(stage, "import logging\nlogging.warning('told')\nlogging.info('not told')")
    assert printed(stage) == ["[WARNING]\ttold\n"]


def test_levels_of_its_own(stage: MotoStage) -> None:
    """A library that all share logs as the environment that runs wants it to."""
    run(stage, "import logging\nlogging.getLogger().setLevel(logging.DEBUG)\ns3.list_buckets()")
    stage.restart()
    run(stage, "s3.list_buckets()")
    assert [bool(text) for text in printed(stage)] == [True, False]


def test_the_process_is_left_alone(stage: MotoStage, caplog: pytest.LogCaptureFixture) -> None:
    """It gets neither messages nor levels of functions."""
    before = logging.root.level, list(logging.root.handlers)
    run(stage, ROOT)
    assert ((logging.root.level, logging.root.handlers), caplog.records) == (before, [])


def _run(stage: MotoStage, code: str) -> None:
    run(stage, code)


def test_overlapping(stage: MotoStage) -> None:
    """Each invocation that is put off and goes on again has its own."""
    code = ROOT + "s3.list_buckets()\n    logging.getLogger('shop').info('again')"
    stage.concurrently([partial(_run, stage, code)] * 2, (0,))
    assert printed(stage) == ["[INFO]\ttold\n[INFO]\tagain\n"] * 2
