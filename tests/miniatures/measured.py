"""Everything whose verdict is known, as ``cqrs-conformance power`` takes it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from harness.core.contract import Contract
from harness.core.contract_registry import reference_template
from harness.mutants.catalogue import Catalogue, Implementation
from scenarios.domains import accounts, orders
from tests.miniatures.accounts import BANKING
from tests.miniatures.building import Miniature, build
from tests.miniatures.catalogue import CATALOGUE
from tests.miniatures.disturbed import DISTURBED
from tests.variants.changed import CONFORMING


def _broken(miniature: Miniature) -> Implementation:
    return Implementation(miniature.name, miniature.contract, partial(build, miniature),
                    miniature.fails, miniature.luck | miniature.by, miniature.trigger or "")


def _as_it_is(template: Path, folder: Path) -> Path:
    """A conforming one needs no copy: nothing is changed."""
    return template


def _reference(contract: Contract) -> Implementation:
    return Implementation(f"reference_{contract.name}", contract,
                    partial(_as_it_is, reference_template(contract)))


MEASURED: Catalogue = (
    *map(_broken, (*CATALOGUE, *DISTURBED, *BANKING)),
    *map(_reference, (orders.CONTRACT, accounts.CONTRACT)),
    *CONFORMING,
)
