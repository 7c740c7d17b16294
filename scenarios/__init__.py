"""The demands: the contracts, the scenario generators and the conformance suite."""
