"""Whole systems of other shapes than the reference, each with its contract and its dialect."""
