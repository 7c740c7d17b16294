"""Print how much of what others recorded from AWS is answered the same way here.

Run from the root of the project: ``python -m benchmarks.fidelity DIR``. DIR has a folder for each
fetched repository, by its name: ``localstack``, ``event-ruler``, ``aws-lambda-go``,
``powertools-lambda-python``, ``serverless-application-model``, others with templates.
``--differences`` lists what differs, ``--only SUBJECT`` compares one subject. The exit code is 1 if
a template ends in a traceback or hangs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from benchmarks.fidelity.batches import partial_batches
from benchmarks.fidelity.carried import carried, filters
from benchmarks.fidelity.comparison import Comparison
from benchmarks.fidelity.events import patterns, ruler_patterns, transformers
from benchmarks.fidelity.gateway import proxy_events, replies
from benchmarks.fidelity.http_apis import http_events, http_replies
from benchmarks.fidelity.policies import policies
from benchmarks.fidelity.runtimes import records, variables
from benchmarks.fidelity.stores import preconditions
from benchmarks.fidelity.tables import errors
from benchmarks.fidelity.templates import templates

SUBJECTS: Mapping[str, Callable[[Path], Iterator[Comparison]]] = {
    "event patterns": patterns,
    "event-ruler's rules": ruler_patterns,
    "input transformers": transformers,
    "events of REST APIs": proxy_events,
    "replies of REST APIs": replies,
    "events of HTTP APIs": http_events,
    "replies of HTTP APIs": http_replies,
    "records of queues": records,
    "filters of queues": filters,
    "refused filter policies of SNS": policies,
    "partial batches": partial_batches,
    "S3 notifications, SNS, streams": carried,
    "conditional writes of S3": preconditions,
    "errors of DynamoDB": errors,
    "environment variables": variables,
    "templates": templates,
}


def main(arguments: list[str] | None = None) -> int:
    """Print the table; whether every template is read or refused."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fidelity", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--only", choices=SUBJECTS, metavar="SUBJECT")
    parser.add_argument("--differences", action="store_true")
    given = parser.parse_args(arguments)
    failed = False
    print("| Subject | Agree |\n|---|---|")
    for subject, compared in SUBJECTS.items():
        if given.only in (None, subject):
            found = list(compared(given.folder))
            different = [each for each in found if not each.agrees]
            print(f"| {subject} | {len(found) - len(different)} of {len(found)} |", flush=True)
            for each in different if given.differences else ():
                print(f"  {each.name}\n    AWS:  {each.on_aws}\n    here: {each.here}")
            failed |= subject == "templates" and bool(different)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
