"""The conformance suite: one property-based test for each requirement."""
