"""The laws of delivery: one row for each carrier, with the page that it follows."""

from harness.core.carriers import LAWS, Carrier


def test_every_carrier_has_a_law() -> None:
    """Each carrier has a law, and each law names its source."""
    assert [carrier for carrier in Carrier if not LAWS[carrier].source] == []
