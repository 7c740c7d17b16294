"""What is demanded: the contracts, the scenario generators and the conformance suite."""
