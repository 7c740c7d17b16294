"""Promises: requirements that a contract takes out."""

import pytest

from scenarios.demands.promises import ESSENTIAL, SETS, PromiseError, not_promised
from scenarios.demands.requirements import REQUIREMENTS

IDS = {requirement.id for requirement in REQUIREMENTS}


def test_ids_and_sets_are_taken_out_together() -> None:
    """A set stands for its requirements."""
    assert not_promised(["PRJ-02", "event-sourced"]) == {"PRJ-02", "CMD-06", "CMD-07"}


@pytest.mark.parametrize(("name", "remedy"), [
    ("PRJ-99", "did you mean PRJ-"), ("crud", "did you mean crud-projection"),
    ("?", "section 7")])
def test_a_name_that_is_none_is_refused(name: str, remedy: str) -> None:
    """The error names the nearest one, or the place where all are listed."""
    with pytest.raises(PromiseError, match=remedy):
        not_promised([name])


@pytest.mark.parametrize("name", sorted(SETS))
def test_a_set_names_requirements_and_leaves_the_essential_ones(name: str) -> None:
    """A system that takes out a set can still conform."""
    assert IDS > SETS[name] > frozenset()
    assert not SETS[name] & ESSENTIAL
