"""Whole systems that speak dialects of their own, and the faults that each of them may have.

Each is written after the shape of real ones: a folder with its template, its code, its contract and
its dialect. ``catalogue`` lists them all.
"""
