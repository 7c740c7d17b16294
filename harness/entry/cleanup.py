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

from botocore.exceptions import BotoCoreError, ClientError

from harness.core.errors import CONFORMS, NO_VERDICT, USAGE, StageError
from harness.stages.aws import identity as guard
from harness.stages.aws import leftovers, options
from harness.stages.aws.run_data import FOLDER, Manifest, ManifestError
from harness.stages.deployed.cloud import Cloud
from harness.stages.deployed.settings import SettingsError

TROUBLE = (StageError, ClientError, BotoCoreError, ManifestError)


def clean(given: argparse.Namespace) -> int:
    """Remove what is left, or say what it is; gives the exit code."""
    try:
        if not given.older_than >= 0:
            raise SettingsError(f"--older-than {given.older_than:g}", expected="0 hours or more")
        identity = options.identity(vars(given))
        cloud = guard.admitted(identity)
        return _Cleaning(cloud, given.older_than, given.dry_run).run()
    except SettingsError as error:
        return _ended(f"ERROR: {error}", USAGE)
    except TROUBLE as error:
        return _ended(f"ERROR: {guard.told(error)}", NO_VERDICT)


class _Cleaning:
    def __init__(self, cloud: Cloud, hours: float, dry_run: bool) -> None:
        self._cloud, self._hours, self._dry_run = cloud, hours, dry_run
        self._code = CONFORMS
        self._found = False

    def run(self) -> int:
        """One thing after the other; what cannot be removed does not keep the others."""
        for own in leftovers.own_stacks(self._cloud):
            self._one(str(own), own.created, partial(self._stack, own))
        for path in leftovers.manifests(FOLDER):
            self._try(str(path), partial(self._noted, path))
        if not self._found:
            print("nothing to remove")
        return self._code

    def _noted(self, path: Path) -> None:
        manifest = Manifest.read(path)
        if not leftovers.belongs(manifest, self._cloud):
            self._told(f"left: {manifest.path}, of a run in another region or place")
            return
        begun = datetime.fromisoformat(manifest.place.started)
        what = f"data of {len(manifest.ids)} aggregates on stack {manifest.place.stack}"
        self._one(what, begun, partial(self._data, manifest))

    def _one(self, what: str, created: datetime, remove: Callable[[], str]) -> None:
        hours = (datetime.now(UTC) - created).total_seconds() / 3600
        if hours < self._hours:
            self._told(f"left: {what}: only {hours:.1f} hours old; --older-than 0 removes it too")
            return
        self._try(what, lambda: self._told(
            f"{'would remove' if self._dry_run else 'removed'}: {what}{remove()}"))

    def _stack(self, own: leftovers.Own) -> str:
        if not self._dry_run:
            leftovers.remove_stack(self._cloud, own)
        return ""

    def _data(self, manifest: Manifest) -> str:
        done = leftovers.remove_data(self._cloud, manifest, dry_run=self._dry_run)
        items = "" if self._dry_run else f", {done.items} items"
        return f" ({done.objects} versions of objects{items})"

    def _try(self, what: str, do: Callable[[], None]) -> None:
        try:
            do()
        except TROUBLE as error:
            self._found, self._code = True, NO_VERDICT
            print(f"NOT removed: {what}: {guard.told(error)}", file=sys.stderr)

    def _told(self, text: str) -> None:
        self._found = True
        print(text, flush=True)


def _ended(text: str, code: int) -> int:
    print(text, file=sys.stderr)
    return code
