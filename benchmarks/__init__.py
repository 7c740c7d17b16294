"""Measurements of speed, and comparisons of two checkouts."""
