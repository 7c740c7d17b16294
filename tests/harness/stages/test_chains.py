"""Chains of deliveries, each of which sets off the next."""

from harness.stages.controlled.chains import Chains


def chain(*, delayed: bool) -> tuple[Chains, int]:
    """A chain that was cut, and its last event."""
    chains, number = Chains(), 0
    chains.begin(1)
    while chains.goes_on(number):
        with chains.handed_over([number]):
            chains.add(number + 1, delayed=delayed)
        number += 1
    return chains, number


def test_cut() -> None:
    """A chain is cut when it is too long, and is endless."""
    chains, last = chain(delayed=False)
    assert (8 < last < 50, chains.is_endless(last), chains.goes_on(0)) == (
        True, True, True)


def test_delayed() -> None:
    """A chain in which a message waits for its time is cut, and not endless."""
    chains, last = chain(delayed=True)
    assert not chains.is_endless(last)


def test_begins_again() -> None:
    """Whatever is on its way begins a new chain when the next deliveries begin."""
    chains, last = chain(delayed=False)
    chains.begin(1)
    assert chains.goes_on(last)
