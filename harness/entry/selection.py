"""The requirements that a user selects: ids and families, in lists and in lower case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.core.contract import Contract
from harness.core.contract_registry import check_requirements


def selected(
    contract: Contract, wanted: Sequence[str], excluded: Sequence[str] = ()
) -> tuple[str, ...]:
    """The ids of the requirements to judge; without a wish all of the contract.

    A wish is an id (``PRJ-02``), a family (``PRJ``) or several with commas between them.

    Raises:
        ContractError: the contract has none of that id or family.
    """
    known = tuple(r.id for r in contract.requirements)
    named = tuple(expanded(known, wanted)) if wanted else known
    left_out = tuple(expanded(known, excluded))
    check_requirements(contract, [*named, *left_out])
    return tuple(id for id in named if id not in left_out)


def expanded(known: Sequence[str], wishes: Iterable[str]) -> list[str]:
    """The ids that wishes stand for, each once; an unknown one stays as it is."""
    words = [word.strip() for wish in wishes for word in wish.split(",") if word.strip()]
    return list(dict.fromkeys(id for word in words for id in _ids(known, word)))


def _ids(known: Sequence[str], word: str) -> list[str]:
    upper = word.upper()
    return [id for id in known if upper in (id, id.partition("-")[0])] or [word]
