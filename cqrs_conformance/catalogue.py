"""A catalogue for ``cqrs-conformance power``: implementations whose verdict is known.

A catalogue is a tuple of ``Implementation``. The command takes one by its name among the entry
points ``cqrs_conformance.catalogues``, or as ``--catalogue MODULE:NAME``.
"""

import cqrs_conformance.claimed  # noqa: F401  # before harness is imported
from harness.mutants.catalogue import Catalogue, Implementation

__all__ = ["Catalogue", "Implementation"]
