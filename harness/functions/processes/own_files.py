"""The files that a process sees: a /tmp of its own, and code that cannot be written, as on Lambda.

Linux gives a process mounts of its own (``unshare(1)``): as root, or in a user namespace where the
system allows that. Elsewhere processes share the machine's /tmp.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import count
from pathlib import Path

import harness

SHARED = Path("/tmp")
NAMESPACES = (("--mount",), ("--map-root-user", "--mount"))
"""Options of ``unshare``, the simplest first."""
SCRIPT = """
own=$1 code=$2
shift 2
while [ "$1" != -- ]; do
  mkdir -p "$own/$1" && mount --bind "/tmp/$1" "$own/$1" || exit 126
  shift
done
shift
mount --rbind "$own" /tmp || exit 126
mount --bind "$code" "$code" && mount -o remount,bind,ro "$code"
cd "$code" && exec "$@"
"""
"""Arguments: the folder that becomes /tmp, the code's folder, folders below /tmp that stay (by
their names there), ``--``, and the command."""
NUMBERS = count(1)


class OwnFiles:
    """The /tmp of one process; ``scratch`` is a folder of the run in which it is made."""

    def __init__(self, code: Path, scratch: Path) -> None:
        self._code, self._scratch = code.resolve(), scratch
        self._folder = scratch / f"tmp-{next(NUMBERS)}"

    def around(self, command: Sequence[str], others: Iterable[Path] = ()) -> tuple[str, ...]:
        """The command that runs another one among these files, where the system can do that.

        ``others``: further folders that it reads, such as layers.
        """
        options = _namespace()
        if options is None:
            return tuple(command)
        self._folder.mkdir()
        kept = (self._code, self._scratch, Path(sys.prefix), Path(harness.__file__).parents[1],
                Path.cwd(), *others)
        return ("unshare", *options, "sh", "-c", SCRIPT, "sh", str(self._folder), str(self._code),
                *_below_shared(kept), "--", *command)

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _below_shared(folders: Iterable[Path]) -> Iterator[str]:
    """The folders of /tmp in which those are: a project there is seen whole, as elsewhere."""
    below = (folder.resolve() for folder in folders)
    names = {folder.relative_to(SHARED).parts[0] for folder in below if SHARED in folder.parents}
    return (name for name in sorted(names) if (SHARED / name).is_dir())


@cache
def _namespace() -> tuple[str, ...] | None:
    if shutil.which("unshare") is None or shutil.which("mount") is None:
        return None
    return next((options for options in NAMESPACES if _works(options)), None)


def _works(options: Sequence[str]) -> bool:
    tried = subprocess.run(["unshare", *options, "mount", "--bind", "/tmp", "/tmp"], check=False,
                           stdin=subprocess.DEVNULL, capture_output=True, timeout=10)
    return tried.returncode == 0
