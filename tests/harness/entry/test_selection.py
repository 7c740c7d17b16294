"""Selections: as users try them."""

from __future__ import annotations

import pytest

from harness.core.contract_registry import ContractError
from harness.entry.selection import selected
from scenarios.domains.orders import CONTRACT

ALL = tuple(r.id for r in CONTRACT.requirements)
QUERIES = tuple(id for id in ALL if id.startswith("QRY"))


@pytest.mark.parametrize(("wanted", "excluded", "ids"), [
    ((), (), ALL),
    (("PRJ-02",), (), ("PRJ-02",)),
    (("prj-02",), (), ("PRJ-02",)),
    (("PRJ-01,PRJ-02", "API-01"), (), ("PRJ-01", "PRJ-02", "API-01")),
    (("qry",), (), QUERIES),
    (("QRY", "QRY-01"), ("QRY-02",), tuple(id for id in QUERIES if id != "QRY-02")),
    ((), ("QRY",), tuple(id for id in ALL if id not in QUERIES)),
], ids=str)
def test_selected(wanted: tuple[str, ...], excluded: tuple[str, ...], ids: tuple[str, ...]) -> None:
    """Ids, families and lists are taken, in any case, and each requirement once."""
    assert selected(CONTRACT, wanted, excluded) == ids


@pytest.mark.parametrize(("wanted", "excluded"), [(("PRJ-2",), ()), ((), ("XYZ",))])
def test_unknown(wanted: tuple[str, ...], excluded: tuple[str, ...]) -> None:
    """A word that the contract does not have is refused."""
    with pytest.raises(ContractError, match="none of that id"):
        selected(CONTRACT, wanted, excluded)
