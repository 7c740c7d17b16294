"""Stages that the harness does not control: they are reached over the network."""
