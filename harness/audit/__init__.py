"""Audit of existing data: each read model against the fold of its events.

``sources`` reads lines, ``partitions`` puts those of one aggregate together with bounded memory,
``judging`` and ``acknowledgements`` judge one aggregate, ``run`` does all of it. Nothing is written
to the system that is audited.
"""
