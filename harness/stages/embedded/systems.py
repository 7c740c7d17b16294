"""Systems on the embedded stage, spoken to in the dialect that they have, if they have one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.core.contract import Contract
from harness.core.stage import Stage
from harness.dialect import Dialect, load_dialect, read_dialect
from harness.dialect.reading import TABLE
from harness.stages.interpreted import InterpretedStage
from harness.stages.participants import participants
from harness.template import Template


def dialect_of(template: Template | None, contract: Contract, given: str | None) -> Dialect | None:
    """The dialect in the file that is given, or in the template's settings; None: the default.

    Raises:
        DialectError: it cannot be used.
    """
    if given is not None:
        return load_dialect(Path(given), contract)
    settings = None if template is None else template.settings
    if settings is None or settings.dialect is None:
        return None
    return read_dialect(settings.dialect, contract, f"{TABLE} in {settings.path}", settings.path)


@contextmanager
def embedded_system(
    template: Template, contract: Contract, dialect: Dialect | None = None
) -> Iterator[Stage]:
    """A system on the embedded stage, while the context lasts.

    Raises:
        StageError, HandlerError, TemplateError, DialectError: it cannot be opened.
    """
    from harness.stages.embedded.stage import MotoStage

    parts = participants(template, contract.path, dialect)
    with MotoStage(template, contract.path, parts=parts) as stage:
        yield stage if dialect is None else InterpretedStage(stage, dialect, contract)
