"""The public names of cqrs-conformance: all that code outside the project imports.

``contracts`` and ``values``: a contract of one's own, and the values its members may have.
``catalogue``: implementations whose verdict is known, for the command ``power``.
``story``: the types of the fixture ``cqrs``, with which a test tells a story about a system.
``linearizability``: a check of concurrent histories against any sequential model.
``pytest_plugin`` and ``__main__``: the entry points of pytest and of the command line.

Each name is imported from its module. This one imports nothing, since pytest imports it in every
session of an environment that has the distribution.
"""
