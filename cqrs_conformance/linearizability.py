"""The check of a concurrent history against a sequential model, for any model.

``check`` takes ``Operation``s and a ``Model`` and gives a ``Verdict``. It needs nothing of a
contract or a stage; the harness's own oracle uses it with the contract's rules for the model.
"""

import cqrs_conformance.claimed  # noqa: F401  # before harness is imported
from harness.oracle.linearizability import check
from harness.oracle.linearizability.model import (
    Model,
    Operation,
    Outcome,
    PartitionedModel,
    Verdict,
)

__all__ = ["Model", "Operation", "Outcome", "PartitionedModel", "Verdict", "check"]
