"""Settings of the documentation's site: Markdown by MyST, the theme Furo, all of it offline.

Some pages are made when the site is built: of the code, and of files of the clone. A link to a file
that is no page becomes plain text there.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
CLONE = DOCS.parent
_PROJECT = tomllib.loads((CLONE / "pyproject.toml").read_text("utf-8"))["project"]
FROM_OUTSIDE = {"README.md": "start.md", "CONTRIBUTING.md": "contributing.md",
                "CHANGELOG.md": "changes.md"}
"""Files of the clone that are pages of the site, too."""
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#\s:]+)(#[^)\s]*)?\)")

project = _PROJECT["name"]
release = _PROJECT["version"]
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
autodoc_member_order = "bysource"
autodoc_typehints = "description"
html_theme = "furo"
html_title = f"{project} {release}"
html_show_copyright = False
html_static_path = ["static"]
html_css_files = ["site.css"]
myst_heading_anchors = 3


def _linked(found: re.Match[str], folder: Path) -> str:
    """Return a link of a page in a folder so that it works on the site."""
    text, target, anchor = found.groups()
    place = (folder / target).resolve()
    if place == DOCS / "decisions":
        return f"[{text}](/decisions.md)"
    if place.name.endswith("schema.json"):
        return f"[{text}](/schemas.md)"
    if place.suffix != ".md" or not place.is_relative_to(CLONE):
        return found[0] if place.is_relative_to(DOCS) and place.is_file() else text
    name = FROM_OUTSIDE.get(str(place.relative_to(CLONE)))
    if name is None and not place.is_relative_to(DOCS):
        return text
    return f"[{text}](/{name or place.relative_to(DOCS)}{anchor or ''})"


def _with_links(text: str, folder: Path) -> str:
    return LINK.sub(lambda found: _linked(found, folder), text)


def _read(app: Any, page: str, source: list[str]) -> None:
    source[0] = _with_links(source[0], (DOCS / page).parent)


def _made(app: Any) -> None:
    """Write the pages that are made of something else."""
    from harness.entry.command_line_page import page
    from harness.entry.reference_pages import (
        carriers_page,
        faults_page,
        power_page,
        schemas_page,
        stages_page,
    )
    from scenarios.domains.orders import CONTRACT

    made = {"commands": page(), "stages": stages_page(CONTRACT.requirements),
            "faults": faults_page(), "carriers": carriers_page(),
            "schemas": schemas_page(),
            "last-power-run": power_page(json.loads((DOCS / "power.json").read_text("utf-8")))}
    for name, text in made.items():
        (DOCS / f"{name}.md").write_text(text, "utf-8")
    for name, page_of_it in FROM_OUTSIDE.items():
        text = (CLONE / name).read_text("utf-8").replace("(docs/power.svg)", "(power.svg)")
        (DOCS / page_of_it).write_text(_with_links(text, CLONE), "utf-8")


def setup(app: Any) -> None:
    """Join the site's own steps to Sphinx."""
    app.connect("builder-inited", _made)
    app.connect("source-read", _read)
