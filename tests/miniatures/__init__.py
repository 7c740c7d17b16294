"""Broken implementations: the reference implementation with one small change each."""
