"""Audit of existing data: each read model against the fold of its events.

``sources`` and ``exports`` read lines of files, ``live`` those of a stack's stores (``settled``:
more than once), ``partitions`` puts those of one aggregate together with bounded memory,
``judging`` and ``acknowledgements`` judge one aggregate, ``run`` does all of it in this process and
``spreading`` on the workers of a cluster. ``kept`` keeps what is finished. Nothing is written to
the system that is audited.
"""
