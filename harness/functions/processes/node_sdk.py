"""The AWS SDK that Lambda's Node.js runtimes bring along, taken from the project's own packages.

Source: AWS Lambda Developer Guide, "Building Lambda functions with Node.js", "Runtime-included SDK
versions": version 2 up to nodejs16.x, version 3 from nodejs18.x on. Bundlers leave it out of the
code for that reason; a project has it among the packages that it was developed with.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

PACKAGES: Final = "node_modules"
VERSION_2: Final = ("aws-sdk",)
VERSION_3: Final = ("@aws-sdk", "@smithy")
LAST_WITH_VERSION_2: Final = 16
MISSING: Final = re.compile(r"Cannot find (?:module|package) '(@?aws-sdk[^']*|@smithy[^']*)'")


def remedy(reason: str) -> str:
    """The remedy where code cannot be loaded without the SDK; empty for any other reason."""
    missing = MISSING.search(reason)
    return "" if missing is None else (
        f"Lambda brings {missing[1]} along, and here a folder node_modules beside the template, "
        f"or above it, has to: npm install {missing[1]}. ")


def included_sdk(runtime: str, project: Path, scratch: Path) -> Path | None:
    """A folder that has the runtime's SDK and nothing else; None if the project has none.

    ``project``: the folder of the template. ``scratch``: a folder of the run.
    """
    number = re.match(r"nodejs(\d+)", runtime)
    names = VERSION_2 if number and int(number[1]) <= LAST_WITH_VERSION_2 else VERSION_3
    found = next((folder / PACKAGES for folder in (project, *project.parents)
                  if (folder / PACKAGES / names[0]).is_dir()), None)
    if found is None:
        return None
    folder = scratch / f"sdk-{names[0].strip('@')}" / PACKAGES
    if not folder.is_dir():
        folder.mkdir(parents=True)
        for name in filter(lambda name: (found / name).is_dir(), names):
            (folder / name).symlink_to((found / name).resolve(), target_is_directory=True)
    return folder
