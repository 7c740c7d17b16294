"""Rendering verdicts: nothing else in the harness prints."""
