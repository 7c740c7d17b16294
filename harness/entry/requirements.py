"""The command ``requirements``: a contract's requirements, as text or JSON."""

from __future__ import annotations

import argparse
import json

from harness.core import contract_registry as registry


def list_them(given: argparse.Namespace, _: list[str]) -> int:
    """Print the requirements."""
    contract = registry.find_contract(given.contract)
    documents = [
        {"id": r.id, "level": r.level.value, "needs": list(r.needs), "requirement": r.sentence}
        for r in contract.requirements
    ]
    if given.json:
        print(json.dumps(documents, indent=2, ensure_ascii=False))
        return 0
    for document in documents:
        print(f"{document['id']}  {document['level']:<6}  {document['requirement']}")
    return 0
