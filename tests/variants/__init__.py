"""Implementations of other designs than the reference's, which conform all the same."""
