"""A catalogue for ``cqrs-conformance power``: implementations whose verdict is known.

A catalogue is a tuple of ``Specimen``. The command takes one by the name that it has among the
entry points ``cqrs_conformance.catalogues``, or as ``--catalogue MODULE:NAME``.
"""

from harness.mutants.catalogue import Catalogue, Specimen

__all__ = ["Catalogue", "Specimen"]
