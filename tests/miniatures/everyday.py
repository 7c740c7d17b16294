"""Which miniatures every run of the tests makes; the others run with ``-m catalogue``, every night.

At least one for each hop and each way to disturb; the quick ones where there is a choice.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from tests.miniatures.building import Miniature

EVERYDAY = frozenset([
    "adds_floats", "deposit_counted_twice", "overdraft_allowed", "refuses_with_500",
    "does_not_decode_base64", "leaks_exception_text", "accepts_unknown_type", "mass_assignment",
    "first_command_record_only", "gap_skipped", "handles_first_record_only",
    "whole_batch_acknowledged_after_failure", "found_although_deleted", "wrong_content_type",
    "query_writes", "command_reads_view", "wildcard_role", "ignores_failed_entries",
    "swallows_publish_error", "marks_done_before_working", "writes_view_unconditionally",
    "folds_before_it_reads_the_row", "remembers_in_memory",
])


def parameters(miniatures: Iterable[Miniature]) -> list[Any]:
    """The miniatures as parameters of a test, those that not every run makes marked."""
    return [
        pytest.param(m, id=m.name, marks=() if m.name in EVERYDAY else pytest.mark.catalogue)
        for m in miniatures
    ]
