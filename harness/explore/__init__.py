"""Exploring a requirement: drawing, sweeping, attributing, shrinking, replaying."""
