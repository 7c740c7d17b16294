"""Importing this module lets ``harness`` and ``scenarios`` mean the packages of this distribution.

A public module imports it first, so that it works beside a user's folder of such a name, or says
that the name is taken.
"""

from cqrs_conformance.own_packages import claim

__all__: list[str] = []

claim()
