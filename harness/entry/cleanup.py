"""The command ``cleanup``: removes what killed runs left on AWS.

Exit: 0 nothing is left, 2 wrong usage, 3 something could not be removed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from harness.core.errors import CONFORMS, NO_VERDICT, HarnessError
from harness.stages.aws import leftovers, options
from harness.stages.aws.identity import admitted
from harness.stages.aws.run_data import FOLDER, Manifest
from harness.stages.deployed.cloud import Cloud, aws_errors, without_key_ids
from harness.stages.deployed.settings import SettingsError
from harness.stages.options import StageOptions, from_given


def clean(given: argparse.Namespace, _: list[str]) -> int:
    """Remove or list the leftovers of runs and return the exit code."""
    hours: float = given.older_than
    if not hours >= 0:
        raise SettingsError(f"--older-than {hours:g}", expected="0 hours or more")
    reached = from_given(StageOptions, vars(given))
    with aws_errors("AWS"):
        return _Cleaning(admitted(options.identity(reached)), hours, given.dry_run).run()


class _Cleaning:
    def __init__(self, cloud: Cloud, hours: float, dry_run: bool) -> None:
        self._cloud, self._hours, self._dry_run = cloud, hours, dry_run
        self._code = CONFORMS
        self._found = False

    def run(self) -> int:
        """Remove one thing after the other; a failure does not stop the removal of others."""
        for own in leftovers.own_stacks(self._cloud):
            self._remove(str(own), own.created, partial(self._stack, own))
        for path in leftovers.manifests(FOLDER):
            self._try(str(path), partial(self._of_manifest, path))
        if not self._found:
            print("nothing to remove")
        return self._code

    def _of_manifest(self, path: Path) -> None:
        manifest = Manifest.read(path)
        if not leftovers.belongs(manifest, self._cloud):
            self._say(f"left: {manifest.path}, of a run in another region or place")
            return
        begun = datetime.fromisoformat(manifest.place.started)
        what = f"data of {len(manifest.ids)} aggregates on stack {manifest.place.stack}"
        self._remove(what, begun, partial(self._data, manifest))

    def _remove(self, what: str, created: datetime, remove: Callable[[], str]) -> None:
        hours = (datetime.now(UTC) - created).total_seconds() / 3600
        if hours < self._hours:
            self._say(f"left: {what}: only {hours:.1f} hours old; --older-than 0 removes it too")
            return
        self._try(what, lambda: self._say(
            f"{'would remove' if self._dry_run else 'removed'}: {what}{remove()}"))

    def _stack(self, own: leftovers.RunLeftovers) -> str:
        if not self._dry_run:
            leftovers.remove_stack(self._cloud, own)
        return ""

    def _data(self, manifest: Manifest) -> str:
        done = leftovers.remove_data(self._cloud, manifest, dry_run=self._dry_run)
        items = "" if self._dry_run else f", {done.items} items"
        return f" ({done.objects} versions of objects{items})"

    def _try(self, what: str, do: Callable[[], None]) -> None:
        try:
            with aws_errors("AWS"):
                do()
        except HarnessError as error:
            self._found, self._code = True, NO_VERDICT
            print(f"NOT removed: {what}: {without_key_ids(error)}", file=sys.stderr)

    def _say(self, text: str) -> None:
        self._found = True
        print(text, flush=True)
