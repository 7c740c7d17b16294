"""Adoption: checks a template with its contract and dialect, tries them, and drafts a first one.

``survey`` finds the facts and mistakes of a system without starting it, ``trial`` sends one command
of each type and one query, and ``drafting`` writes a first dialect and contract from a template.
"""
