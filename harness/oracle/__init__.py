"""The oracle judges a history against its contract. It is pure: it needs no stage.

``ledger_building`` works through a history and keeps, for each aggregate, the ``worlds`` that the
replies allow; ``views`` and ``stored_events`` read the evidence; ``checks`` compares the two.
``linearizability`` checks any concurrent history against any sequential model.
"""
