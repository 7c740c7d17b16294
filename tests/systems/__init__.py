"""Whole systems that speak dialects of their own, and broken versions of them.

Each is written after the shape of real ones: a folder with its template, its code, its contract and
its dialect. ``catalogue`` lists them all.
"""
