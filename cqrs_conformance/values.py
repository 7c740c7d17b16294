"""Forms of a command's members: texts, names, numbers, date-times, choices, lists and objects.

Each function gives a ``Member``: a judgement of values, valid values that are often handled
wrongly, and values that an implementation must refuse.
"""

import cqrs_conformance.claimed  # noqa: F401  # before harness is imported
from scenarios.generators.compound_values import (
    boolean,
    choice,
    email,
    list_of,
    object_of,
    plain_text,
)
from scenarios.generators.values import date_time, name, number, text

__all__ = [
    "boolean", "choice", "date_time", "email", "list_of", "name", "number", "object_of",
    "plain_text", "text",
]
