"""HTML pages of reports: one file that needs nothing else, made of the JSON report alone.

``lanes`` turns a counterexample into the rows of a swim-lane picture, ``differences`` puts the
expected beside the observed, ``rendering`` fills ``report.html`` with both, ``audit.html`` and
``soak.html`` with theirs. Style and script stand in ``report.css`` and ``report.js``.
"""

from harness.report.page.rendering import audit_html, html, soak_html

__all__ = ["audit_html", "html", "soak_html"]
