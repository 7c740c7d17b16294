"""The public names of cqrs-conformance: all that code outside the project imports.

``contracts`` and ``values``: a contract of one's own, and the values its members may have.
``catalogue``: implementations whose verdict is known, for the command ``power``.
``story``: the types of the fixture ``cqrs``, with which a test tells a story about a system.
``run``: a run in a program of one's own. ``stage``: a system served on loopback.
``check``: a saved history judged again. ``replays``: a counterexample played again.
``linearizability``: a check of concurrent histories against any sequential model.
``pytest_plugin`` and ``__main__``: the entry points of pytest and of the command line.

Names, parameters and their meaning stay the same within a major version; before 1.0 a change is in
the changelog. Each name is imported from its module. This one imports nothing, since pytest
imports it in every session of an environment that has the distribution.
"""
