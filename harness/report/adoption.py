"""The files that were drafted for a system, the mistakes that are left, and the next steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.adopt.survey import Survey, relative
from harness.report.terminal import limited


def render_adoption(found: Survey, texts: Mapping[str, str], options: str) -> str:
    """The end of an adoption; ``options`` name the files for the commands that come next."""
    return "\n".join(_lines(found, texts, options))


def _lines(found: Survey, texts: Mapping[str, str], options: str) -> Iterator[str]:
    kinds = ", ".join(found.subject.contract.types)
    yield f"Commands found: {kinds}"
    for path, text in texts.items():
        yield f"Wrote {path}: {text.count('TODO:')} lines to check, marked TODO"
    if found.problems:
        yield ""
        yield "Mistakes left:"
        yield from (f"  {limited(problem)}" for problem in found.problems)
    template = relative(found.subject.template.path)
    yield ""
    yield "Next:"
    yield "  1. Write the rules: decide, evolve and view in the contract, and the TODO lines."
    yield "  2. See that the messages fit:"
    yield f"     cqrs-conformance check-template {template} {options} --try"
    yield "  3. Judge the system:"
    yield f"     cqrs-conformance run --template {template} {options}"
